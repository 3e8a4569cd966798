package conformance

import (
	"context"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"github.com/oauth2-proxy/mockoidc"

	"github.com/orylogin/orylogin/test/kratostest"
)

// provider is an OpenID Connect provider. Its users are logged in there already and consent
// at once.
type provider struct{ *mockoidc.MockOIDC }

func startProvider(ctx context.Context) (*provider, error) {
	mock, err := mockoidc.NewServer(nil)
	if err != nil {
		return nil, err
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &provider{mock}, mock.Start(listener, nil)
}

func (p *provider) stop() { _ = p.Shutdown() }

// settings make Kratos know the provider as "loopback", and log in whoever registers by it.
// Nobody can without an address.
func (p *provider) settings(release kratostest.Release) []kratostest.Setting {
	mapper := `local claims = std.extVar('claims'); local email = if 'email' in claims then claims.email else '';
		{ identity: { traits: { [if email != '' then 'email']: email } } }`
	return []kratostest.Setting{
		kratostest.Set("selfservice.methods.oidc.config.providers", []any{map[string]any{
			"id": "loopback", "provider": "generic", "issuer_url": p.Issuer(),
			"client_id": p.ClientID, "client_secret": p.ClientSecret, "scope": []string{"openid", "email"},
			"mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper)),
		}}),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks", hook("session")),
		kratostest.EmailRequired(release),
	}
}

// logIn makes the user with the address the next one to come.
func (p *provider) logIn(address string) {
	p.QueueUser(&mockoidc.MockUser{Subject: "subject of " + address, Email: address, EmailVerified: true})
}

// browse opens a URL as a browser does, and follows the redirects until one leads away from
// the provider and Kratos. It returns where.
func (p *provider) browse(ctx context.Context, from, kratosURL string) (*url.URL, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	browser := &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	for range 10 {
		if !strings.HasPrefix(from, kratosURL) && !strings.HasPrefix(from, p.Addr()) {
			return url.Parse(from)
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, from, nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", typeHTML)
		response, err := browser.Do(request)
		if err != nil {
			return nil, err
		}
		_ = response.Body.Close()
		next, err := response.Location()
		if err != nil {
			return nil, fmt.Errorf("%d without a redirect: %w", response.StatusCode, err)
		}
		from = next.String()
	}
	return nil, fmt.Errorf("the browser goes round in circles, at %s", from)
}
