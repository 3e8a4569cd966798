package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"net/http"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	josejwt "github.com/go-jose/go-jose/v4/jwt"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
)

// The contestants that only check a signature: the standard library, and the library that this
// module uses, which also parses the token.
const (
	byECDSA = "crypto/ecdsa alone"
	byJOSE  = "go-jose alone"
)

// signedChecks returns the experiment that checks a signed session with a key set in memory.
func (l *laboratory) signedChecks() experiment {
	made := experiment{name: signedCheck, rounds: l.rounds}
	key, token := signedSession()
	guard := newGuard(newClient("http://127.0.0.1", nil), session.WithChecker(newChecker(key)))
	credential := session.TokenCredential(orylogin.NewSecret(token))
	made.add(byECDSA, measure.Repeat(l.length, bare(key, token)))
	made.add(byJOSE, measure.Repeat(l.length, func() error {
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
		if err == nil {
			_, err = signed.Verify(key.Public())
		}
		return err
	}))
	made.add(contenders.Ours, measure.Repeat(l.length, func() error {
		_, err := guard.Check(l.ctx, credential)
		return err
	}))
	return made
}

// bare returns a function that checks a token's signature.
func bare(key *ecdsa.PrivateKey, token string) func() error {
	signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
	if err != nil {
		panic(err)
	}
	text, raw := []byte(token[:strings.LastIndex(token, ".")]), signed.Signatures[0].Signature
	r, s := new(big.Int).SetBytes(raw[:32]), new(big.Int).SetBytes(raw[32:])
	return func() error {
		hash := sha256.Sum256(text)
		if !ecdsa.Verify(&key.PublicKey, hash[:], r, s) {
			return errors.New("the signature is wrong")
		}
		return nil
	}
}

// signedSession returns a key and a token that it has signed.
func signedSession() (*ecdsa.PrivateKey, string) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: key, KeyID: "k"}}, nil)
	if err != nil {
		panic(err)
	}
	now := time.Now()
	token, err := josejwt.Signed(signer).Claims(map[string]any{
		"iss": "https://auth.example.com/", "sub": "ada", "sid": "s", "aud": "payments",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(),
	}).Serialize()
	if err != nil {
		panic(err)
	}
	return key, token
}

// newChecker returns a checker whose key set has the key.
func newChecker(key *ecdsa.PrivateKey) *jwt.Checker {
	public := jose.JSONWebKey{Key: key.Public(), KeyID: "k", Algorithm: "ES256", Use: "sig"}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{public}})
	if err != nil {
		panic(err)
	}
	checker, err := jwt.New(jwt.Config{
		KeysURL: "https://keys.example.com", Issuer: "https://auth.example.com/", Audience: "payments",
		Algorithms: []string{"ES256"},
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusOK, Body: io.NopCloser(strings.NewReader(string(set)))}, nil
		})},
	})
	if err != nil {
		panic(err)
	}
	return checker
}
