// Package providertest runs an OpenID Connect provider on loopback, for users of a real Ory
// Kratos. Its users are already logged in there and consent at once.
package providertest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
)

// Provider is a running provider. Its methods are safe for concurrent use.
type Provider struct {
	mock *mockoidc.MockOIDC

	mu     sync.Mutex
	denies bool
	asks   bool         // whether there is a page
	asked  []url.Values // the parameters with which browsers have come

	answers map[Endpoint]answer // replacements of its own answers
}

// Start starts a provider for a test and stops it when the test ends. The next user has the
// e-mail address. If it is empty, the provider does not tell the user's address.
func Start(tb testing.TB, email string) *Provider {
	tb.Helper()
	provider, err := launch(tb.Context())
	if err != nil {
		tb.Fatalf("providertest: %v", err)
	}
	tb.Cleanup(provider.Stop)
	provider.LogIn(email)
	return provider
}

// Run is Start for programs that are no tests. The provider stops when ctx ends or when Stop is
// called.
func Run(ctx context.Context) (*Provider, error) {
	provider, err := launch(ctx)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, provider.Stop)
	return provider, nil
}

func launch(ctx context.Context) (*Provider, error) {
	mock, err := mockoidc.NewServer(nil)
	if err != nil {
		return nil, fmt.Errorf("make a provider: %w", err)
	}
	provider := &Provider{mock: mock}
	if err := errors.Join(mock.AddMiddleware(provider.authorize), mock.AddMiddleware(provider.answer)); err != nil {
		return nil, fmt.Errorf("make a provider: %w", err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a provider: %w", err)
	}
	return provider, mock.Start(listener, nil)
}

// Stop stops the provider. Further calls do nothing.
func (p *Provider) Stop() { _ = p.mock.Shutdown() }

// URL returns the base URL of the provider.
func (p *Provider) URL() string { return p.mock.Addr() }

// LogIn makes the user with the e-mail address the next one. That user does not deny.
func (p *Provider) LogIn(email string) {
	p.mu.Lock()
	p.denies = false
	p.mu.Unlock()
	p.mock.QueueUser(&mockoidc.MockUser{Subject: "subject of " + email, Email: email, EmailVerified: true})
}

// Deny makes all users deny the login until the next LogIn.
func (p *Provider) Deny() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.denies = true
}

// Asked returns the parameters of the last browser. It is nil before the first one.
func (p *Provider) Asked() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		return nil
	}
	return p.asked[len(p.asked)-1]
}

// authorize keeps the parameters of a browser. If the user denies, it sends the browser back,
// which the library cannot do.
func (p *Provider) authorize(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != mockoidc.AuthorizationEndpoint {
			next.ServeHTTP(w, r)
			return
		}
		query := r.URL.Query()
		p.mu.Lock()
		p.asked = append(p.asked, query)
		denies, asks := p.denies, p.asks
		p.mu.Unlock()
		switch {
		case denies:
			goBack(w, r, denial)
		case asks:
			p.ask(w, r, next)
		default:
			next.ServeHTTP(w, r)
		}
	})
}
