package hydratest

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/oauth2"

	"github.com/orylogin/orylogin/test/daemon"
)

// Client is another application, whose users log in with ours by OAuth2. Its page / sends a
// browser to Hydra and adds its own query, such as prompt=login. Its page /callback says who
// the user is, or shows the OAuth2 error.
type Client struct {
	// URL is the base URL of the application, without a slash at the end.
	URL string

	config oauth2.Config
	state  string
	pkce   string
}

// StartClient starts an application that Hydra knows. It stops when the test ends.
func (s *Server) StartClient(tb testing.TB, name string) *Client {
	tb.Helper()
	server := httptest.NewUnstartedServer(nil)
	client, err := s.NewClient(tb.Context(), name, "http://"+server.Listener.Addr().String())
	if err != nil {
		tb.Fatalf("hydratest: %v", err)
	}
	server.Config.Handler = client
	server.Start()
	tb.Cleanup(server.Close)
	return client
}

// NewClient registers an application at the URL with Hydra. It has no secret and needs PKCE.
func (s *Server) NewClient(ctx context.Context, name, url string) (*Client, error) {
	var created struct {
		ID string `json:"client_id"`
	}
	err := s.client.Do(ctx, daemon.Call{Method: http.MethodPost, URL: s.AdminURL + "/admin/clients", Body: map[string]any{
		"client_name":                name,
		"redirect_uris":              []string{url + "/callback"},
		"grant_types":                []string{"authorization_code"},
		"response_types":             []string{"code"},
		"scope":                      "openid email",
		"token_endpoint_auth_method": "none",
	}}, &created)
	if err != nil {
		return nil, fmt.Errorf("create OAuth2 client %s: %w", name, err)
	}
	return &Client{URL: url, state: rand.Text(), pkce: oauth2.GenerateVerifier(), config: oauth2.Config{
		ClientID:    created.ID,
		RedirectURL: url + "/callback",
		Scopes:      []string{"openid", "email"},
		Endpoint: oauth2.Endpoint{
			AuthURL: s.PublicURL + "/oauth2/auth", TokenURL: s.PublicURL + "/oauth2/token", AuthStyle: oauth2.AuthStyleInParams,
		},
	}}, nil
}

// ServeHTTP serves the pages of the application.
func (c *Client) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/":
		c.logIn(w, r)
	case "/callback":
		c.callback(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (c *Client) logIn(w http.ResponseWriter, r *http.Request) {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(c.pkce)}
	for name := range r.URL.Query() {
		options = append(options, oauth2.SetAuthURLParam(name, r.URL.Query().Get(name)))
	}
	http.Redirect(w, r, c.config.AuthCodeURL(c.state, options...), http.StatusSeeOther) //nolint:gosec // Hydra's URL
}

func (c *Client) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	switch {
	case query.Get("state") != c.state:
		http.Error(w, "the state is another one", http.StatusBadRequest)
	case query.Get("error") != "":
		_, _ = fmt.Fprintf(w, "error=%s: %s\n", query.Get("error"), query.Get("error_description")) //nolint:gosec // it is plain text
	default:
		user, err := c.user(r.Context(), query.Get("code"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_, _ = fmt.Fprintf(w, "issuer=%s subject=%s email=%s\n", user.Issuer, user.Subject, user.Email)
	}
}

// claims say who the user is. They have the e-mail address if the consent page tells it.
type claims struct {
	Issuer  string `json:"iss"`
	Subject string `json:"sub"`
	Email   string `json:"email"`
}

// user exchanges the code for the claims. It does not check the token's signature: the token
// comes from Hydra itself.
func (c *Client) user(ctx context.Context, code string) (claims, error) {
	token, err := c.config.Exchange(ctx, code, oauth2.VerifierOption(c.pkce))
	if err != nil {
		return claims{}, err
	}
	text, _ := token.Extra("id_token").(string)
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return claims{}, errors.New("no ID token in the answer of Hydra")
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return claims{}, fmt.Errorf("decode the ID token: %w", err)
	}
	var user claims
	return user, json.Unmarshal(payload, &user)
}
