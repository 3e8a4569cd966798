package providertest

import (
	"encoding/base64"
	"maps"

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
		Known(p.Entry(nil)),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks", []any{map[string]any{"hook": "session"}}),
	}, more...)
}

// Known makes Kratos know the providers with these entries, and no other.
func Known(entries ...map[string]any) kratostest.Setting {
	return kratostest.Set("selfservice.methods.oidc.config.providers", entries)
}

// Entry is what Kratos is configured with to know the provider, with these members changed.
func (p *Provider) Entry(changes map[string]any) map[string]any {
	entry := map[string]any{
		"id": ID, "provider": "generic", "label": "Loopback", "issuer_url": p.mock.Issuer(),
		"client_id": p.mock.ClientID, "client_secret": p.mock.ClientSecret, "scope": []string{"openid", "email"},
		"mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper)),
	}
	maps.Copy(entry, changes)
	return entry
}
