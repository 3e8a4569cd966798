package main

import (
	"context"
	"fmt"
	"net"
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
	"github.com/orylogin/orylogin/test/providertest"
)

// site is the application, and what its users can come from.
type site struct {
	postToKratos bool
	withSSO      bool

	hydra *hydratest.Server // nil without single sign-on
}

// prepare starts the provider and, for single sign-on, Hydra and a client, and returns the
// settings by which Kratos knows them.
func (s *site) prepare(ctx context.Context, appURL string) ([]kratostest.Setting, error) {
	release, err := kratostest.BinaryRelease()
	if err != nil {
		return nil, err
	}
	provider, err := providertest.Run(ctx)
	if err != nil {
		return nil, err
	}
	provider.Ask(
		providertest.User{About: "new@example.com, who has no account there yet", Email: "new@example.com"},
		providertest.User{About: "alice@example.com, who has a password there", Email: "alice@example.com"},
		providertest.User{About: "Somebody who tells no e-mail address"},
	)
	plain.Println("provider     " + provider.URL() + "  is behind the button \"" + providertest.Label + "\"")
	settings := provider.Settings(kratostest.EmailRequired(release))
	if !s.withSSO {
		return settings, nil
	}
	if s.hydra, err = hydratest.Run(ctx, hydratest.Config{LoginURL: appURL + "/login", ConsentURL: appURL + "/consent"}); err != nil {
		return nil, err
	}
	return append(settings, kratostest.Set("oauth2_provider.url", s.hydra.AdminURL)), s.startClient(ctx)
}

// startClient starts an application whose users log in with this one, until ctx ends.
func (s *site) startClient(ctx context.Context) error {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "localhost:0")
	if err != nil {
		return err
	}
	url := fmt.Sprintf("http://localhost:%d", listener.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert // a TCP listener
	client, err := s.hydra.NewClient(ctx, "the client", url)
	if err != nil {
		return err
	}
	go func() {
		if err := app.Serve(ctx, listener, client); err != nil {
			plain.Println("the OAuth2 client has ended:", err)
		}
	}()
	plain.Println("OAuth2 client", url+"  logs its users in with the application; /?prompt=login asks them again")
	return nil
}

// serve serves the application until ctx ends.
func (s *site) serve(ctx context.Context, listener net.Listener, appURL, kratosURL string) error {
	client, err := orylogin.New(kratosURL, orylogin.WithReturnOrigins(appURL))
	if err != nil {
		return err
	}
	config := app.Config{Kratos: client, KratosURL: kratosURL, URL: appURL, PostToKratos: s.postToKratos}
	if s.hydra != nil {
		config.ReturnOrigins = []string{s.hydra.PublicURL} // a form may end there
	}
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
