package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// TestSignedToken asks a real Kratos for a signed token. The command prints only the token.
func TestSignedToken(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	keys, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key, KeyID: "k", Algorithm: "ES256", Use: "sig"}}})
	require.NoError(t, err)
	kratos := start(t, kratostest.Set("session.whoami.tokenizer.templates", map[string]any{
		"payments": map[string]any{"jwks_url": "base64://" + base64.StdEncoding.EncodeToString(keys)},
	}))
	p := newPerson(t)
	require.Equal(t, ok, p.script(kratos.PublicURL).code)
	// claims returns the claims of a token, checked with the server's key.
	claims := func(token string) map[string]any {
		t.Helper()
		signed, err := jose.ParseSignedCompact(token, []jose.SignatureAlgorithm{jose.ES256})
		require.NoError(t, err)
		payload, err := signed.Verify(key.Public())
		require.NoError(t, err)
		var claims map[string]any
		require.NoError(t, json.Unmarshal(payload, &claims))
		return claims
	}
	run := func(code int, args ...string) result {
		t.Helper()
		got := p.run(nil, nil, append([]string{"token", "--tokenize-as"}, args...)...)
		require.Equal(t, code, got.code, got.stderr)
		p.discreet(got.stdout)
		return got
	}
	alone := run(ok, "payments")
	require.Empty(t, alone.stderr)
	who := claims(strings.TrimSpace(alone.stdout))
	require.NotEmpty(t, who["sub"])

	header, found := strings.CutPrefix(run(ok, "payments", "--header").stdout, "Authorization: Bearer ")
	require.True(t, found)
	require.Equal(t, who["sid"], claims(strings.TrimSuffix(header, "\n"))["sid"])

	var document map[string]string
	require.NoError(t, json.Unmarshal([]byte(run(ok, "payments", "--json").stdout), &document))
	require.Equal(t, who["sub"], claims(document["token"])["sub"])
	delete(document, "token")
	require.Equal(t, map[string]string{"url": kratos.PublicURL, "identity_id": who["sub"].(string)}, document)

	unknown := run(failed, "unknown")
	require.Empty(t, unknown.stdout)
	require.Contains(t, unknown.stderr, "check the template that --tokenize-as names")
	require.Empty(t, run(usage, "").stdout, "an empty name is no wish for the session token")

	token := p.tokens()[0]
	require.Equal(t, ok, p.run(nil, nil, "logout").code)
	p.keeps(kratos.PublicURL, map[string]string{"token": token, "identity_id": "i", "expires_at": "2999-01-01T00:00:00Z"})
	require.Empty(t, run(noSession, "payments").stdout)
}

// TestUnusableSignedToken has texts that are not tokens, or that would control the terminal or
// add a header.
func TestUnusableSignedToken(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	for _, tokenized := range []string{
		"", `"tokenized":null,`, `"tokenized":"",`, `"tokenized":"a.b",`, `"tokenized":"a.b.c\nX-Other: d",`,
		`"tokenized":"a.b.c\n",`, `"tokenized":"\u001b]0;a.b.c",`, `"tokenized":"` + p.tokens()[0] + `",`,
	} {
		server.Respond(orylogintest.Whoami, http.StatusOK, `{`+tokenized+`"id":"s","active":true,"identity":{"id":"i"}}`)
		got := p.run(nil, nil, "token", "--tokenize-as", "t", "--header")
		require.Equal(t, failed, got.code, tokenized)
		require.Empty(t, got.stdout, tokenized)
		require.Contains(t, got.stderr, "has no signed token", tokenized)
	}
	server.Handle(orylogintest.Whoami, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	got := p.run(nil, nil, "token", "--tokenize-as", "t", "--timeout", "50ms")
	require.Equal(t, failed, got.code)
	require.Contains(t, got.stderr, "did not answer within")
}
