package test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
	"github.com/orylogin/orylogin/test/kratostest"
)

// newSigningKey makes a key for an algorithm.
func newSigningKey(t *testing.T, algorithm string) jose.JSONWebKey {
	t.Helper()
	var private crypto.Signer
	var err error
	switch algorithm {
	case "ES256":
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "EdDSA":
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	require.NoError(t, err)
	return jose.JSONWebKey{Key: private, KeyID: rand.Text(), Algorithm: algorithm, Use: "sig"}
}

// signsBy returns a template of Kratos that signs with a key. Jsonnet maps its claims.
func signsBy(t *testing.T, key jose.JSONWebKey, ttl, mapper string) map[string]any {
	t.Helper()
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{key}})
	require.NoError(t, err)
	made := map[string]any{"ttl": ttl, "jwks_url": "base64://" + base64.StdEncoding.EncodeToString(set)}
	if mapper != "" {
		made["claims_mapper_url"] = "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper))
	}
	return made
}

func templates(made map[string]any) kratostest.Setting {
	return kratostest.Set("session.whoami.tokenizer.templates", made)
}

// keySetFile writes the public keys to a file and returns its URL.
func keySetFile(t *testing.T, keys ...jose.JSONWebKey) string {
	t.Helper()
	var set jose.JSONWebKeySet
	for _, key := range keys {
		set.Keys = append(set.Keys, key.Public())
	}
	text, err := json.Marshal(set)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "keys.json")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return "file://" + path
}

// signed returns a signed token of a session.
func signed(t *testing.T, client *orylogin.Client, token orylogin.Secret, template string) orylogin.Secret {
	t.Helper()
	who, err := client.Whoami(t.Context(), token, orylogin.WithTokenizeAs(template))
	require.NoError(t, err)
	return who.Tokenized
}

// offline returns a guard that does not ask Kratos about signed sessions.
func offline(t *testing.T, client *orylogin.Client, config jwt.Config) *session.Guard {
	t.Helper()
	checker, err := jwt.New(config)
	require.NoError(t, err)
	guard, err := session.NewGuard(client, session.WithChecker(checker))
	require.NoError(t, err)
	return guard
}

// turnedAway requires that a guard refuses a token, and returns the reason.
func turnedAway(t *testing.T, status int, guard *session.Guard, token orylogin.Secret) string {
	t.Helper()
	_, err := guard.Check(t.Context(), session.TokenCredential(token))
	var refusal *session.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, status, refusal.StatusCode, "%v", err)
	return err.Error()
}

// TestSignedSessions checks tokens that a real Kratos has signed.
func TestSignedSessions(t *testing.T) {
	t.Parallel()
	const forPayments = `{claims: {aud: "payments", session: std.extVar("session")}}`
	keys, made := []jose.JSONWebKey{}, map[string]any{}
	for _, algorithm := range []string{"ES256", "RS256", "EdDSA"} {
		key := newSigningKey(t, algorithm)
		keys = append(keys, key)
		made[algorithm] = signsBy(t, key, "1m", forPayments)
	}
	made["plain"] = signsBy(t, keys[0], "1m", "")
	made["mail"] = signsBy(t, keys[0], "1m", `{claims: {aud: ["mail", "calendar"]}}`)
	made["elsewhere"] = signsBy(t, keys[0], "1m", `{claims: {aud: "payments", iss: "https://elsewhere.example.com/"}}`)
	made["short"] = signsBy(t, keys[0], "1ns", forPayments)
	kratos, client := start(t, templates(made))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	config := jwt.Config{
		KeysURL: keySetFile(t, keys...), Issuer: kratos.PublicURL + "/", Audience: "payments",
		Algorithms: []string{"ES256", "RS256", "EdDSA"},
	}
	guard := offline(t, newClient(t, "http://127.0.0.1:1"), config) // no request reaches that server

	for _, algorithm := range config.Algorithms {
		token := signed(t, client, login.Token, algorithm)
		who, err := guard.Check(t.Context(), session.TokenCredential(token))
		require.NoError(t, err, algorithm)
		require.Equal(t, login.Session.ID, who.ID)
		require.Equal(t, login.Session.Identity.ID, who.Identity.ID)
		require.Equal(t, api.AAL1, who.AuthenticatorAssuranceLevel)
		require.WithinDuration(t, login.Session.AuthenticatedAt, who.AuthenticatedAt, time.Second)
		require.WithinDuration(t, time.Now().Add(time.Minute), who.ExpiresAt, time.Minute, "of the token, not of the session")
		require.JSONEq(t, string(login.Session.Identity.Traits), string(who.Identity.Traits))
		require.Nil(t, who.Document())
		require.Equal(t, token.Reveal(), who.Tokenized.Reveal())
	}
	sure, err := guard.With(session.RequireAAL2(""))
	require.NoError(t, err)
	turnedAway(t, http.StatusForbidden, sure, signed(t, client, login.Token, "ES256"))
	require.Contains(t, turnedAway(t, http.StatusUnauthorized, guard, signed(t, client, login.Token, "plain")), "audience")
	require.Contains(t, turnedAway(t, http.StatusUnauthorized, guard, signed(t, client, login.Token, "mail")), "audience")
	require.Contains(t, turnedAway(t, http.StatusUnauthorized, guard, signed(t, client, login.Token, "elsewhere")), "issuer")

	config.Leeway = time.Nanosecond
	require.Contains(t, turnedAway(t, http.StatusUnauthorized, offline(t, client, config), signed(t, client, login.Token, "short")), "expired")
	config.Leeway, config.Audience = 0, ""
	who, err := offline(t, client, config).Check(t.Context(), session.TokenCredential(signed(t, client, login.Token, "plain")))
	require.NoError(t, err)
	require.Equal(t, login.Session.Identity.ID, who.Identity.ID)
	config.Audience = "calendar"
	_, err = offline(t, client, config).Check(t.Context(), session.TokenCredential(signed(t, client, login.Token, "mail")))
	require.NoError(t, err)
}

// TestRevokedSignedSession checks that such a token is valid until it expires, since no server
// is asked.
func TestRevokedSignedSession(t *testing.T) {
	t.Parallel()
	key := newSigningKey(t, "ES256")
	kratos, client := start(t, templates(map[string]any{"t": signsBy(t, key, "1h", "")}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	guard := offline(t, client, jwt.Config{KeysURL: keySetFile(t, key), Issuer: kratos.PublicURL + "/", Algorithms: []string{"ES256"}})
	token := signed(t, client, login.Token, "t")
	require.NoError(t, client.Logout(t.Context(), login.Token))
	_, err = guard.Check(t.Context(), session.TokenCredential(token))
	require.NoError(t, err)
	turnedAway(t, http.StatusUnauthorized, guard, login.Token)
}

// TestRotatedKey adds the new key to the key set before Kratos signs with it. The old key stays
// until it is no longer needed.
func TestRotatedKey(t *testing.T) {
	t.Parallel()
	before, after := newSigningKey(t, "ES256"), newSigningKey(t, "ES256")
	kratos, client := start(t, templates(map[string]any{"t": signsBy(t, before, "1h", "")}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	config := jwt.Config{Issuer: kratos.PublicURL + "/", Algorithms: []string{"ES256"}}
	guardOf := func(keys ...jose.JSONWebKey) *session.Guard {
		config.KeysURL = keySetFile(t, keys...)
		return offline(t, client, config)
	}
	both, only := guardOf(before, after), guardOf(after)
	valid := func(guard *session.Guard, token orylogin.Secret) {
		t.Helper()
		_, err := guard.Check(t.Context(), session.TokenCredential(token))
		require.NoError(t, err)
	}
	old := signed(t, client, login.Token, "t")
	valid(both, old)
	change(t, kratos, templates(map[string]any{"t": signsBy(t, after, "1h", "")}))
	fresh := signed(t, client, login.Token, "t")
	valid(both, old)
	valid(both, fresh)
	valid(only, fresh)
	require.Contains(t, turnedAway(t, http.StatusUnauthorized, only, old), "not in the key set")
}

// parts returns the names in the header and in the claims of a token, and its algorithm.
func parts(t *testing.T, token orylogin.Secret) ([]string, []string, string) {
	t.Helper()
	texts := strings.Split(token.Reveal(), ".")
	require.Len(t, texts, 3)
	decoded := make([]map[string]any, 2)
	for i := range decoded {
		text, err := base64.RawURLEncoding.DecodeString(texts[i])
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, &decoded[i]))
	}
	return slices.Sorted(maps.Keys(decoded[0])), slices.Sorted(maps.Keys(decoded[1])), decoded[0]["alg"].(string)
}

// TestFakeTokenizer checks that the fake signs as Kratos does.
func TestFakeTokenizer(t *testing.T) {
	t.Parallel()
	key := newSigningKey(t, "ES256")
	kratos, client := start(t, templates(map[string]any{
		"plain": signsBy(t, key, "1m", ""),
		"whole": signsBy(t, key, "1m", `{claims: {aud: "a", session: std.extVar("session"), sub: "eve"}}`),
	}))
	fake := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "plain"},
		orylogintest.Template{Name: "whole", CopySession: true, Claims: map[string]any{"aud": "a", "sub": "eve"}},
	))
	fake.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
	servers := []struct {
		client *orylogin.Client
		config jwt.Config
	}{
		{client, jwt.Config{KeysURL: keySetFile(t, key), Issuer: kratos.PublicURL + "/"}},
		{fake.Client(), jwt.Config{KeysURL: fake.KeysURL(), Issuer: fake.URL + "/"}},
	}
	said := map[string][]string{}
	for _, server := range servers {
		login, err := server.client.Login(t.Context(), asAda)
		require.NoError(t, err)
		server.config.Algorithms = []string{"ES256"}
		for name, audience := range map[string]string{"plain": "", "whole": "a"} {
			token := signed(t, server.client, login.Token, name)
			header, claims, algorithm := parts(t, token)
			said[name] = append(said[name], strings.Join(append(append(header, claims...), algorithm), " "))
			server.config.Audience = audience
			who, err := offline(t, server.client, server.config).Check(t.Context(), session.TokenCredential(token))
			require.NoError(t, err)
			require.Equal(t, login.Session.Identity.ID, who.Identity.ID, "no template changes the subject")
			require.Equal(t, login.Session.ID, who.ID)
		}
		_, err = server.client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("unknown"))
		var refused *orylogin.APIError
		require.ErrorAs(t, err, &refused)
		said["unknown"] = append(said["unknown"], refused.Reason)
	}
	for name, both := range said {
		require.Equal(t, both[0], both[1], name)
	}
}
