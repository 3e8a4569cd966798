package playground

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"

	"github.com/go-jose/go-jose/v4"

	"github.com/orylogin/orylogin/test/kratostest"
)

// template is the name of the template for signed sessions. It is also their audience.
const template = "demo"

// startSigning makes a key for signed sessions, and serves its public key until ctx ends. It
// returns the URL of that key set, and the setting with which Kratos signs. For servers that
// cannot sign it returns neither.
func startSigning(ctx context.Context) (string, []kratostest.Setting, error) {
	if release, err := kratostest.BinaryRelease(); err != nil || release < kratostest.V1_3 {
		return "", nil, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return "", nil, err
	}
	key := jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"}
	signing, err := keySet(key)
	if err != nil {
		return "", nil, err
	}
	public, err := keySet(key.Public())
	if err != nil {
		return "", nil, err
	}
	listener, err := listenNear(ctx, localhost, keysPort)
	if err != nil {
		return "", nil, err
	}
	go serveBeside(ctx, listener, "the key set", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		_, _ = w.Write(public)
	}))
	mapper := `{claims: {aud: "` + template + `", session: std.extVar("session")}}`
	return localURL(portOf(listener)).JoinPath("keys.json").String(), []kratostest.Setting{
		kratostest.Set("session.whoami.tokenizer.templates."+template, map[string]any{
			"ttl": "1m", "jwks_url": inBase64(signing), "claims_mapper_url": inBase64([]byte(mapper)),
		}),
	}, nil
}

func keySet(key jose.JSONWebKey) ([]byte, error) {
	return json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
}

// inBase64 returns a URL that has the content in itself.
func inBase64(content []byte) string {
	return "base64://" + base64.StdEncoding.EncodeToString(content)
}
