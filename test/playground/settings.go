package playground

import (
	"net/url"

	"github.com/orylogin/orylogin/test/kratostest"
)

// Settings configure a Kratos for an application at an origin. Users can log in with mailed
// codes, and users with two factors need both. The public API is at the application's host,
// since cookies belong to a host with all its ports.
func Settings(appURL string) []kratostest.Setting {
	origins := []string{appURL}
	settings := []kratostest.Setting{
		kratostest.Set("serve.public.cors", map[string]any{"enabled": true, "allowed_origins": origins}),
		kratostest.Set("selfservice.default_browser_return_url", appURL+"/"),
		kratostest.Set("selfservice.allowed_return_urls", origins),
		kratostest.Set("selfservice.flows.logout.after.default_browser_return_url", appURL+"/login"),
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
		kratostest.Set("session.whoami.required_aal", allFactors),
	}
	for _, flow := range []string{"login", "error", "registration", "settings", "verification", "recovery"} {
		settings = append(settings, kratostest.Set("selfservice.flows."+flow+".ui_url", appURL+"/"+flow))
	}
	host := appURL
	if parsed, err := url.Parse(appURL); err == nil {
		host = parsed.Hostname()
	}
	for _, method := range []string{"passkey", "webauthn"} {
		party := "selfservice.methods." + method + ".config.rp."
		settings = append(settings, kratostest.Set(party+"id", host), kratostest.Set(party+"origins", origins))
	}
	return append(settings, kratostest.Set("serve.public.host", host))
}
