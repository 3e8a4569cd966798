package guard

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
	"github.com/orylogin/orylogin/test/kratostest"
)

// requireTeam demands a claim that the template has set.
func requireTeam(team string) session.GuardOption {
	return session.Require(func(_ context.Context, who *orylogin.Session) error {
		var own struct {
			Team string `json:"team"`
		}
		if err := jwt.Claims(who, &own); err != nil {
			return err
		}
		if own.Team != team {
			return errors.New("the session is of another team")
		}
		return nil
	})
}

// signedGuards returns the guard of the document, and a function that returns the status for a
// token behind its second guard.
func signedGuards(t *testing.T, client *orylogin.Client, keysURL, issuer string) (*session.Guard, func(orylogin.Secret) int) {
	t.Helper()
	guard, err := newOffline(client, keysURL, issuer)
	require.NoError(t, err)
	analysts, err := guard.With(requireTeam("analysts"))
	require.NoError(t, err)
	handler := analysts.Wrap(http.HandlerFunc(greet))
	return guard, func(token orylogin.Secret) int {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("Authorization", "Bearer "+token.Reveal())
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request)
		return w.Code
	}
}

// TestSignedSessions checks that the guard does not ask the fake about signed sessions.
func TestSignedSessions(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "payments", Claims: map[string]any{"aud": "payments", "team": "analysts"}},
		orylogintest.Template{Name: "robots", Claims: map[string]any{"aud": "payments", "team": "robots"}},
	))
	kratos.AddIdentity(orylogintest.Identity{ID: "ada", Email: "ada@example.com", Password: "correct horse"})
	client := kratos.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	signed := func(template string) orylogin.Secret {
		who, err := client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs(template))
		require.NoError(t, err)
		return who.Tokenized
	}
	analyst, robot := signed("payments"), signed("robots")
	_, ask := signedGuards(t, client, kratos.KeysURL(), kratos.URL+"/")
	require.Equal(t, http.StatusOK, ask(analyst))
	require.Equal(t, http.StatusForbidden, ask(robot))
	kratos.ExpectCalls(orylogintest.Whoami, 2)
	require.Equal(t, http.StatusForbidden, ask(login.Token), "a session of Kratos itself has no claims")
	kratos.ExpectCalls(orylogintest.Whoami, 3)
	none, err := session.NewGuard(client, session.WithTokensOnly(), session.WithCookiesOnly())
	require.NoError(t, err)
	_, err = none.Check(t.Context(), session.TokenCredential(login.Token))
	require.ErrorIs(t, err, session.ErrNoCredential)
	kratos.ExpectCalls(orylogintest.Whoami, 3)
	_, ask = signedGuards(t, client, "http://127.0.0.1:1", kratos.URL+"/")
	require.Equal(t, http.StatusServiceUnavailable, ask(analyst))
}

// TestSignedTokens sends signed tokens with a transport, which asks for the next token in time.
func TestSignedTokens(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "payments", Claims: map[string]any{"aud": "payments"}},
	))
	kratos.AddIdentity(orylogintest.Identity{ID: "ada", Email: "ada@example.com", Password: "correct horse"})
	client := kratos.Client()
	guard, err := newOffline(client, kratos.KeysURL(), kratos.URL+"/")
	require.NoError(t, err)
	service := httptest.NewServer(guard.Wrap(http.HandlerFunc(greet)))
	defer service.Close()
	source, err := session.NewSource(client, password)
	require.NoError(t, err)
	tokens := &signedTokens{client: client, sessions: source}
	web := &http.Client{Transport: &session.Transport{Source: tokens, Hosts: []string{service.Listener.Addr().String()}}}
	ask := func() {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, service.URL, nil)
		require.NoError(t, err)
		answer, err := web.Do(request)
		require.NoError(t, err)
		require.NoError(t, answer.Body.Close())
		require.Equal(t, http.StatusOK, answer.StatusCode)
	}
	ask()
	ask()
	kratos.ExpectCalls(orylogintest.Whoami, 1)
	tokens.until = time.Now().Add(5 * time.Second)
	ask()
	kratos.ExpectCalls(orylogintest.Whoami, 2)

	kratos.Sessions("ada")[0].Revoke()
	tokens.until = time.Time{}
	_, err = tokens.Token(t.Context())
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	ask()
	kratos.ExpectCalls(orylogintest.Submit, 2)
}

// TestOrderOfCredentials checks that the first credential counts, in the order of the table in
// the document.
func TestOrderOfCredentials(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithTemplates(
		orylogintest.Template{Name: "payments", Claims: map[string]any{"aud": "payments"}},
	))
	ada := kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com"})
	client := kratos.Client()
	guard, err := newOffline(client, kratos.KeysURL(), kratos.URL+"/")
	require.NoError(t, err)
	signed := func(of *orylogintest.Session) string {
		who, err := client.Whoami(t.Context(), of.Token, orylogin.WithTokenizeAs("payments"))
		require.NoError(t, err)
		return who.Tokenized.Reveal()
	}
	first, second := kratos.SignIn(ada.ID), kratos.SignIn(ada.ID)
	inHeader := func(token string) http.Header { return http.Header{"X-Session-Token": {token}} }
	asBearer := func(token string) http.Header { return http.Header{"Authorization": {"Bearer " + token}} }
	asCookie := func(of *orylogintest.Session) http.Header { return http.Header{"Cookie": {of.Cookie.String()}} }
	order := []func(*orylogintest.Session) http.Header{
		func(of *orylogintest.Session) http.Header { return inHeader(signed(of)) },
		func(of *orylogintest.Session) http.Header { return asBearer(signed(of)) },
		func(of *orylogintest.Session) http.Header { return inHeader(of.Token.Reveal()) },
		asCookie,
		func(of *orylogintest.Session) http.Header { return asBearer(of.Token.Reveal()) },
	}
	for i, earlier := range order {
		for j, later := range order[i+1:] {
			sent := later(second)
			maps.Copy(sent, earlier(first))
			counts := first
			if i == 1 && j == 0 {
				counts = second // without X-Session-Token, a signed Bearer token is looked at
			}
			who, err := guard.Check(t.Context(), session.HeaderCredential(sent))
			require.NoError(t, err)
			require.Equal(t, counts.ID, who.ID, "%d and %d", i+1, i+j+2)
		}
	}
	sent := asBearer(signed(first) + "x")
	maps.Copy(sent, asCookie(second))
	_, err = guard.Check(t.Context(), session.HeaderCredential(sent))
	require.ErrorIs(t, err, orylogin.ErrSessionInactive, "which a cookie does not make valid")
	for _, limit := range []session.GuardOption{session.WithTokensOnly(), session.WithCookiesOnly()} {
		limited, err := guard.With(limit)
		require.NoError(t, err)
		who, err := limited.Check(t.Context(), session.HeaderCredential(asBearer(signed(first))))
		require.NoError(t, err)
		require.Equal(t, first.ID, who.ID)
	}
}

// TestDocumentedTemplate lets a real Kratos sign with the template of the document.
func TestDocumentedTemplate(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/guard.md")
	require.NoError(t, err)
	mapper := regexp.MustCompile("(?s)```jsonnet\n(.*?)```").FindSubmatch(document)
	require.NotNil(t, mapper)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	signing := jose.JSONWebKey{Key: key, KeyID: "k", Algorithm: "ES256", Use: "sig"}
	encoded := func(value any) string {
		text, err := json.Marshal(value)
		require.NoError(t, err)
		return "base64://" + base64.StdEncoding.EncodeToString(text)
	}
	kratos := kratostest.Start(t, kratostest.Set("session.whoami.tokenizer.templates", map[string]any{"payments": map[string]any{
		"ttl": "1m", "jwks_url": encoded(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{signing}}),
		"claims_mapper_url": "base64://" + base64.StdEncoding.EncodeToString(mapper[1]),
	}}))
	_, err = kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: password.Identifier, Password: password.Password.Reveal()})
	require.NoError(t, err)
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	who, err := client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("payments"))
	require.NoError(t, err)
	file, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{signing}})
	require.NoError(t, err)
	public, err := publicKeys(file)
	require.NoError(t, err)
	require.NotContains(t, string(public), `"d"`)
	keys := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(public) }))
	defer keys.Close()
	guard, ask := signedGuards(t, client, keys.URL, kratos.PublicURL+"/")
	require.Equal(t, http.StatusOK, ask(who.Tokenized))
	checked, err := guard.Check(t.Context(), session.TokenCredential(who.Tokenized))
	require.NoError(t, err)
	require.Equal(t, login.Session.AuthenticatorAssuranceLevel, checked.AuthenticatorAssuranceLevel)
	require.Nil(t, checked.Document())
}
