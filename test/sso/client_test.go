package sso_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/orylogin/orylogin/test/hydratest"
)

// oauthClient is another application. Its users log in with ours, by OAuth2.
type oauthClient struct {
	url    string
	issuer string
	config oauth2.Config
	state  string
	pkce   string
}

// startClient starts a client that Hydra knows.
func startClient(t *testing.T, hydra *hydratest.Server, name string) *oauthClient {
	t.Helper()
	c := &oauthClient{issuer: hydra.PublicURL, state: rand.Text(), pkce: oauth2.GenerateVerifier()}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", c.logIn)
	mux.HandleFunc("GET /callback", c.callback)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c.url = server.URL

	id, err := hydra.CreateClient(t.Context(), name, server.URL+"/callback")
	require.NoError(t, err)
	c.config = oauth2.Config{
		ClientID:    id,
		RedirectURL: server.URL + "/callback",
		Scopes:      []string{"openid"},
		Endpoint: oauth2.Endpoint{
			AuthURL:   hydra.PublicURL + "/oauth2/auth",
			TokenURL:  hydra.PublicURL + "/oauth2/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	return c
}

// logIn sends the browser to Hydra, with the parameters of the query, such as a prompt.
func (c *oauthClient) logIn(w http.ResponseWriter, r *http.Request) {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(c.pkce)}
	for name := range r.URL.Query() {
		options = append(options, oauth2.SetAuthURLParam(name, r.URL.Query().Get(name)))
	}
	redirect(w, r, c.config.AuthCodeURL(c.state, options...))
}

// callback says who the user is, as Hydra's ID token says.
func (c *oauthClient) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	switch {
	case query.Get("state") != c.state:
		http.Error(w, "the state is another one", http.StatusBadRequest)
	case query.Get("error") != "":
		_, _ = fmt.Fprintf(w, "error=%s: %s", query.Get("error"), query.Get("error_description"))
	default:
		token, err := c.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(c.pkce))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		claims := decodeIDToken(token)
		_, _ = fmt.Fprintf(w, "issuer=%s subject=%s", claims.Issuer, claims.Subject)
	}
}

type idClaims struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
}

// decodeIDToken trusts the token without a check of its signature: it comes from Hydra.
func decodeIDToken(token *oauth2.Token) idClaims {
	var claims idClaims
	text, _ := token.Extra("id_token").(string)
	if parts := strings.Split(text, "."); len(parts) == 3 {
		payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
		_ = json.Unmarshal(payload, &claims)
	}
	return claims
}
