package jwt_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
)

const issuer = "https://auth.example.com/"

// object is a JSON object.
type object = map[string]any

// key is a key with which Kratos signs.
type key struct {
	id, algorithm string
	private       crypto.Signer
}

// newKey makes a key for an algorithm.
func newKey(t *testing.T, algorithm string) key {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm[:2] {
	case "ES":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "Ed":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	require.NoError(t, err)
	return key{rand.Text(), algorithm, private}
}

// public returns the public key in the form of a key set.
func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: k.algorithm, Use: "sig"}
}

// sign signs claims. The test can change some of them, and nil removes a claim.
func (k key) sign(t *testing.T, changes ...object) string {
	t.Helper()
	claims := object{
		"iss": issuer, "sub": "ada", "sid": "s", "jti": "j",
		"iat": time.Now().Unix(), "nbf": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
	}
	for _, change := range changes {
		maps.Copy(claims, change)
	}
	maps.DeleteFunc(claims, func(_ string, value any) bool { return value == nil })
	payload, err := json.Marshal(claims)
	require.NoError(t, err)
	return k.signText(t, string(payload), nil)
}

// signText signs a payload, with more fields in the header.
func (k key) signText(t *testing.T, payload string, header map[jose.HeaderKey]any) string {
	t.Helper()
	options := &jose.SignerOptions{ExtraHeaders: map[jose.HeaderKey]any{"kid": k.id}}
	maps.Copy(options.ExtraHeaders, header)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(k.algorithm), Key: k.private}, options)
	require.NoError(t, err)
	signed, err := signer.Sign([]byte(payload))
	require.NoError(t, err)
	token, err := signed.CompactSerialize()
	require.NoError(t, err)
	return token
}

// setOf returns a key set with the keys.
func setOf(t *testing.T, keys ...key) string {
	t.Helper()
	set := jose.JSONWebKeySet{}
	for _, each := range keys {
		set.Keys = append(set.Keys, each.public())
	}
	text, err := json.Marshal(set)
	require.NoError(t, err)
	return string(text)
}

// host is a transport that serves a key set, or fails.
type host struct {
	mu     sync.Mutex
	answer func(*http.Request) (*http.Response, error)
	asked  atomic.Int64
}

func (h *host) RoundTrip(r *http.Request) (*http.Response, error) {
	h.asked.Add(1)
	h.mu.Lock()
	answer := h.answer
	h.mu.Unlock()
	return answer(r)
}

// set sets the answer of the host from now on.
func (h *host) set(answer func(*http.Request) (*http.Response, error)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.answer = answer
}

// has sets a text as the host's answer.
func (h *host) has(status int, text string) {
	h.streams(status, func() io.Reader { return strings.NewReader(text) })
}

// streams sets a body as the host's answer.
func (h *host) streams(status int, body func() io.Reader) {
	h.set(func(r *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(body()), Request: r}, nil
	})
}

// hostOf returns a host that serves the keys.
func hostOf(t *testing.T, keys ...key) *host {
	t.Helper()
	h := &host{}
	h.has(http.StatusOK, setOf(t, keys...))
	return h
}

// newChecker returns a Checker for the keys of a host.
func newChecker(t *testing.T, h *host, changes ...func(*jwt.Config)) *jwt.Checker {
	t.Helper()
	config := jwt.Config{
		KeysURL: "https://keys.example.com/keys.json", Issuer: issuer,
		Algorithms: []string{"ES256", "RS256", "EdDSA"}, HTTPClient: &http.Client{Transport: h},
	}
	for _, change := range changes {
		change(&config)
	}
	checker, err := jwt.New(config)
	require.NoError(t, err)
	return checker
}

// check checks a token in a request.
func check(t *testing.T, checker session.Checker, token string) (*orylogin.Session, error) {
	t.Helper()
	return checker.Check(t.Context(), bearer(token))
}

func bearer(token string) session.Credential {
	return session.HeaderCredential(map[string][]string{"authorization": {"Bearer " + token}})
}

// isInvalid checks that an error is that of a token that does not count.
func isInvalid(t *testing.T, err error, why string) {
	t.Helper()
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.NotErrorIs(t, err, session.ErrNoCredential)
	require.Equal(t, orylogin.OutcomeNoSession, orylogin.OutcomeOf(err))
	require.ErrorContains(t, err, why)
}

// isUnavailable checks that an error is that of a check that cannot be made.
func isUnavailable(t *testing.T, err error, why string) {
	t.Helper()
	var refusal *session.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, http.StatusServiceUnavailable, refusal.StatusCode)
	require.Equal(t, orylogin.OutcomeUnavailable, refusal.Outcome)
	require.NotErrorIs(t, err, orylogin.ErrSessionInactive)
	require.ErrorContains(t, err, why)
}

// together calls f in 64 goroutines and waits for them.
func together(f func()) {
	var group sync.WaitGroup
	for range 64 {
		group.Go(f)
	}
	group.Wait()
}
