package main

import (
	"context"
	"net"
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

// site is the application, with the servers from which its users can come.
type site struct {
	postToKratos bool
	withSSO      bool

	hydra   *hydratest.Server // nil without single sign-on
	origins []string          // of Hydra and its client
}

// prepare starts the provider and, for single sign-on, Hydra and a client. It returns the
// settings with which Kratos knows them.
func (s *site) prepare(ctx context.Context, appURL string) ([]kratostest.Setting, error) {
	settings, err := playground.StartProvider(ctx)
	if err != nil || !s.withSSO {
		return settings, err
	}
	hydra, origins, known, err := playground.StartHydra(ctx, appURL)
	s.hydra, s.origins = hydra, origins
	return append(settings, known), err
}

// serve serves the application until ctx ends.
func (s *site) serve(ctx context.Context, listener net.Listener, appURL, kratosURL string) error {
	client, err := orylogin.New(kratosURL, orylogin.WithReturnOrigins(appURL))
	if err != nil {
		return err
	}
	config := app.Config{Kratos: client, KratosURL: kratosURL, URL: appURL, PostToKratos: s.postToKratos, FormOrigins: s.origins}
	handler, err := app.New(config)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/", handler)
	if s.hydra != nil {
		mux.HandleFunc("/consent", s.hydra.Consent)
	}
	return app.Serve(ctx, listener, mux)
}
