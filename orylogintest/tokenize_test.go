package orylogintest_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"math/big"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// bytesOf decodes the base64 of tokens and key sets.
func bytesOf(t *testing.T, text string) []byte {
	t.Helper()
	decoded, err := base64.RawURLEncoding.DecodeString(text)
	require.NoError(t, err)
	return decoded
}

// TestTemplates checks signed sessions without a library for them.
func TestTemplates(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "payments", Claims: map[string]any{"aud": "payments", "sub": "eve"}},
		orylogintest.Template{Name: "whole", TTL: time.Hour, CopySession: true},
	))
	identity := server.AddIdentity(ada)
	client := server.Client()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	signed := func(template string) string {
		who, err := client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs(template))
		require.NoError(t, err)
		return who.Tokenized.Reveal()
	}

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.KeysURL(), nil)
	require.NoError(t, err)
	answer, err := server.RoundTrip(request)
	require.NoError(t, err)
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	var set struct {
		Keys []map[string]string `json:"keys"`
	}
	require.NoError(t, json.Unmarshal(body, &set))
	require.Len(t, set.Keys, 1)
	key := set.Keys[0]
	require.Equal(t, []string{"EC", "P-256", "ES256", ""}, []string{key["kty"], key["crv"], key["alg"], key["d"]})
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), append(append([]byte{4}, bytesOf(t, key["x"])...), bytesOf(t, key["y"])...))
	require.NoError(t, err)

	for template, lasts := range map[string]int64{"payments": 60, "whole": 3600} {
		token := signed(template)
		parts := strings.Split(token, ".")
		require.Len(t, parts, 3)
		hash, signature := sha256.Sum256([]byte(parts[0]+"."+parts[1])), bytesOf(t, parts[2])
		require.Len(t, signature, 64)
		require.True(t, ecdsa.Verify(public, hash[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])))
		require.JSONEq(t, `{"alg":"ES256","kid":"`+key["kid"]+`","typ":"JWT"}`, string(bytesOf(t, parts[0])))
		var claims struct {
			Issuer    string            `json:"iss"`
			Subject   string            `json:"sub"`
			SessionID string            `json:"sid"`
			Audience  string            `json:"aud"`
			IssuedAt  int64             `json:"iat"`
			NotBefore int64             `json:"nbf"`
			Expiry    int64             `json:"exp"`
			Session   *orylogin.Session `json:"session"`
		}
		require.NoError(t, json.Unmarshal(bytesOf(t, parts[1]), &claims))
		require.Equal(t, []string{server.URL + "/", identity.ID, login.Session.ID}, []string{claims.Issuer, claims.Subject, claims.SessionID})
		require.Equal(t, []int64{claims.IssuedAt, claims.IssuedAt + lasts}, []int64{claims.NotBefore, claims.Expiry})
		if template == "payments" {
			require.Equal(t, "payments", claims.Audience)
			require.Nil(t, claims.Session)
			continue
		}
		require.Equal(t, login.Session.ID, claims.Session.ID)
		require.True(t, claims.Session.Tokenized.IsZero(), "no token is in itself")
	}

	_, err = client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("unknown"))
	var refused *orylogin.APIError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, `Unable to find tokenizer template "unknown".`, refused.Reason)
}

// TestSignedSessionsAreSecrets checks that signed sessions count as secrets: whoever has one is
// the user.
func TestSignedSessionsAreSecrets(t *testing.T) {
	t.Parallel()
	templates := orylogintest.WithTemplates(orylogintest.Template{Name: "t"})
	require.Equal(t, "orylogintest: the text holds secrets: a signed session", failure(t, []orylogintest.Option{templates}, func(s *orylogintest.Server) {
		s.AddIdentity(ada)
		login, err := s.Client().Login(t.Context(), asAda)
		require.NoError(t, err)
		who, err := s.Client().Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("t"))
		require.NoError(t, err)
		s.ExpectNoSecrets("token=" + who.Tokenized.Reveal())
	}))
}

// TestNoTokenizer checks that releases before v1.3 ignore the template.
func TestNoTokenizer(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithRelease(orylogintest.V0_8))
	server.AddIdentity(ada)
	login, err := server.Client().Login(t.Context(), asAda)
	require.NoError(t, err)
	who, err := server.Client().Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("t"))
	require.NoError(t, err)
	require.True(t, who.Tokenized.IsZero())
}

func TestClaimsThatAreNoJSON(t *testing.T) {
	t.Parallel()
	templates := orylogintest.WithTemplates(orylogintest.Template{Name: "t", Claims: map[string]any{"a": func() {}}})
	require.Contains(t, failure(t, []orylogintest.Option{templates}, func(*orylogintest.Server) {}), `the template "t"`)
}
