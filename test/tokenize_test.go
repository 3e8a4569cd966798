package test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// TestTokenizedSession asks whoami for the session as a signed token.
func TestTokenizedSession(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("session.whoami.tokenizer.templates", map[string]any{
		"service": map[string]any{
			"ttl":               "1m",
			"jwks_url":          "base64://" + base64.StdEncoding.EncodeToString(signingKeys(t)),
			"claims_mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(`{claims: {team: "analysts"}}`)),
		},
	}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	require.True(t, login.Session.Tokenized.IsZero())

	session, err := client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("service"))
	require.NoError(t, err)
	parts := strings.Split(session.Tokenized.Reveal(), ".")
	require.Len(t, parts, 3, "a signed JSON web token")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	require.NoError(t, err)
	var claims struct {
		Subject string `json:"sub"`
		Session string `json:"sid"`
		Team    string `json:"team"`
	}
	require.NoError(t, json.Unmarshal(payload, &claims))
	require.Equal(t, login.Session.Identity.ID, claims.Subject)
	require.Equal(t, login.Session.ID, claims.Session)
	require.Equal(t, "analysts", claims.Team)
	require.NotContains(t, session.LogValue().String(), parts[2])

	_, err = client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("unknown"))
	require.Equal(t, http.StatusBadRequest, status(t, err))
	require.NotErrorIs(t, err, orylogin.ErrSessionInactive)
}

// signingKeys returns a JSON web key set with one new key.
func signingKeys(t *testing.T) []byte {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	private, err := key.Bytes()
	require.NoError(t, err)
	public, err := key.PublicKey.Bytes() // the byte 4, then x and y
	require.NoError(t, err)
	encode := base64.RawURLEncoding.EncodeToString
	set, err := json.Marshal(map[string]any{"keys": []any{map[string]any{
		"kty": "EC", "crv": "P-256", "alg": "ES256", "use": "sig", "kid": "1",
		"x": encode(public[1:33]), "y": encode(public[33:]), "d": encode(private),
	}}})
	require.NoError(t, err)
	return set
}
