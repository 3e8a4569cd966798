package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"strings"

	"golang.org/x/oauth2"

	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

// singleSignOn is a Hydra, and a client whose users log in with the application.
type singleSignOn struct {
	hydra    *hydratest.Server
	listener net.Listener // of the client
	config   oauth2.Config
	verifier string
	state    string
}

// prepare starts Hydra and the client, and returns the setting by which Kratos knows Hydra.
func (s *singleSignOn) prepare(ctx context.Context, appURL string) ([]kratostest.Setting, error) {
	var err error
	s.hydra, err = hydratest.Run(ctx, hydratest.Config{LoginURL: appURL + "/login", ConsentURL: appURL + "/consent"})
	if err != nil {
		return nil, err
	}
	var listening net.ListenConfig
	if s.listener, err = listening.Listen(ctx, "tcp", "localhost:0"); err != nil {
		return nil, err
	}
	s.config = oauth2.Config{
		RedirectURL: s.url() + "/callback",
		Scopes:      []string{"openid"},
		Endpoint: oauth2.Endpoint{
			AuthURL: s.hydra.PublicURL + "/oauth2/auth", TokenURL: s.hydra.PublicURL + "/oauth2/token",
			AuthStyle: oauth2.AuthStyleInParams,
		},
	}
	if s.config.ClientID, err = s.hydra.CreateClient(ctx, "the client", s.config.RedirectURL); err != nil {
		return nil, err
	}
	s.verifier, s.state = oauth2.GenerateVerifier(), rand.Text()
	plain.Println("OAuth2 client", s.url()+"  logs its users in with the application; /?prompt=login asks them again")
	return []kratostest.Setting{kratostest.Set("oauth2_provider.url", s.hydra.AdminURL)}, nil
}

func (s *singleSignOn) url() string {
	return fmt.Sprintf("http://localhost:%d", s.listener.Addr().(*net.TCPAddr).Port)
}

// serve serves the client until ctx ends.
func (s *singleSignOn) serve(ctx context.Context) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.verifier)}
		if prompt := r.URL.Query().Get("prompt"); prompt != "" {
			options = append(options, oauth2.SetAuthURLParam("prompt", prompt))
		}
		http.Redirect(w, r, s.config.AuthCodeURL(s.state, options...), http.StatusSeeOther) //nolint:gosec // it is Hydra's
	})
	mux.HandleFunc("GET /callback", s.callback)
	if err := app.Serve(ctx, s.listener, mux); err != nil {
		plain.Println("the OAuth2 client has ended:", err)
	}
}

// callback shows what the client is told. All of it is the client's to know.
func (s *singleSignOn) callback(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	if query.Get("state") != s.state || query.Get("error") != "" {
		http.Error(w, "not logged in: "+query.Get("error")+" "+query.Get("error_description"), http.StatusForbidden)
		return
	}
	token, err := s.config.Exchange(r.Context(), query.Get("code"), oauth2.VerifierOption(s.verifier))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	signed, _ := token.Extra("id_token").(string)
	_, rest, _ := strings.Cut(signed, ".")
	payload, _, _ := strings.Cut(rest, ".")
	claims, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = fmt.Fprintf(w, "The client knows who you are:\n%s\n", claims) //nolint:gosec // it is text
}

var consentPage = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><title>May the client know who you are?</title>
<h1>May the client know who you are?</h1>
<form method="post"><button name="answer" value="yes">Yes</button> <button name="answer" value="no">No</button></form>
`))

// consent asks whether the client may know who the user is, and tells Hydra.
func (s *singleSignOn) consent(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_ = consentPage.Execute(w, nil)
		return
	}
	reply := s.hydra.RejectConsent
	if r.PostFormValue("answer") == "yes" {
		reply = s.hydra.AcceptConsent
	}
	target, err := reply(r.Context(), r.URL.Query().Get("consent_challenge"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}
