package chromium_test

import (
	"encoding/base64"
	"net"
	"testing"

	"github.com/oauth2-proxy/mockoidc"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

// startProvider starts an OpenID Connect provider on loopback, and returns settings
// that make Kratos know it. Whoever comes is new there, and consents at once.
func startProvider(t *testing.T, email string) []kratostest.Setting {
	t.Helper()
	provider, err := mockoidc.NewServer(nil)
	require.NoError(t, err)
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, provider.Start(listener, nil))
	t.Cleanup(func() { _ = provider.Shutdown() })
	provider.QueueUser(&mockoidc.MockUser{Subject: "grace", Email: email, EmailVerified: true})
	mapper := `local claims = std.extVar('claims'); { identity: { traits: { email: claims.email } } }`
	return []kratostest.Setting{
		kratostest.Set("selfservice.methods.oidc.enabled", true),
		kratostest.Set("selfservice.methods.oidc.config.providers", []any{map[string]any{
			"id": "loopback", "provider": "generic", "label": "Loopback", "issuer_url": provider.Issuer(),
			"client_id": provider.ClientID, "client_secret": provider.ClientSecret, "scope": []string{"openid", "email"},
			"mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper)),
		}}),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks", []any{map[string]any{"hook": "session"}}),
	}
}

func TestProvider(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, change, startProvider(t, "grace@example.com")...).open(t, "/login")
			p.shows("/login", "Log in")
			p.capture("provider", narrow)
			p.press("Sign in with Loopback")
			p.shows("/", "Hello!", "You are signed in as grace@example.com", "Other account")
			require.Contains(t, p.cookies(), sessionCookie)
		})
	}
}
