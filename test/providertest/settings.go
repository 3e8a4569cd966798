package providertest

import (
	"encoding/base64"

	"github.com/orylogin/orylogin/test/kratostest"
)

// ID is the name by which Kratos knows the provider, and Label is what its button says.
const (
	ID    = "loopback"
	Label = "Sign in with Loopback"
)

// mapper makes an account of what the provider tells.
const mapper = `local claims = std.extVar('claims'); local email = if 'email' in claims then claims.email else '';
	{ identity: { traits: { [if email != '' then 'email']: email } } }`

// Settings make Kratos know the provider, and log in whoever comes from there for the first
// time. Further settings are added to them.
func (p *Provider) Settings(more ...kratostest.Setting) []kratostest.Setting {
	return append([]kratostest.Setting{
		kratostest.Set("selfservice.methods.oidc.enabled", true),
		kratostest.Set("selfservice.methods.oidc.config.providers", []any{map[string]any{
			"id": ID, "provider": "generic", "label": "Loopback", "issuer_url": p.mock.Issuer(),
			"client_id": p.mock.ClientID, "client_secret": p.mock.ClientSecret, "scope": []string{"openid", "email"},
			"mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper)),
		}}),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks", []any{map[string]any{"hook": "session"}}),
	}, more...)
}
