package providertest

import (
	"encoding/base64"
	"maps"

	"github.com/orylogin/orylogin/test/kratostest"
)

// ID is the provider's id in Kratos, and Label is the text of its button.
const (
	ID    = "loopback"
	Label = "Sign in with Loopback"
)

// mapper makes the traits of an account from the claims of the provider.
const mapper = `local claims = std.extVar('claims'); local email = if 'email' in claims then claims.email else '';
	{ identity: { traits: { [if email != '' then 'email']: email } } }`

// Settings configure a Kratos that knows the provider. It makes an account for each new user of
// the provider. More settings are added.
func (p *Provider) Settings(more ...kratostest.Setting) []kratostest.Setting {
	return append([]kratostest.Setting{
		kratostest.Set("selfservice.methods.oidc.enabled", true),
		Known(p.Entry(nil)),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks", []any{map[string]any{"hook": "session"}}),
	}, more...)
}

// Known makes Kratos know the providers with these entries and no others.
func Known(entries ...map[string]any) kratostest.Setting {
	return kratostest.Set("selfservice.methods.oidc.config.providers", entries)
}

// Entry returns Kratos's configuration of the provider, with some members changed.
func (p *Provider) Entry(changes map[string]any) map[string]any {
	entry := map[string]any{
		"id": ID, "provider": "generic", "label": "Loopback", "issuer_url": p.mock.Issuer(),
		"client_id": p.mock.ClientID, "client_secret": p.mock.ClientSecret, "scope": []string{"openid", "email"},
		"mapper_url": "base64://" + base64.StdEncoding.EncodeToString([]byte(mapper)),
	}
	maps.Copy(entry, changes)
	return entry
}
