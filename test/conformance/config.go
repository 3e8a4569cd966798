package conformance

import "strings"

// Config is what is special about the configuration of a server.
type Config uint

// The settings that scenarios need. Without any a server has passwords, TOTP and
// lookup secrets, and demands no second factor.
const (
	HighestAAL       Config = 1 << iota // whoami demands the highest level that the identity has
	PasswordlessCode                    // a mailed code logs in
	CodeSecondFactor                    // a mailed code is a second factor
	IdentifierFirst                     // a login asks for the identifier before the password
	VerifiedAddress                     // who has not verified the address cannot log in
	Provider                            // there is an OpenID Connect provider
	ShortFlows                          // flows live for seconds, or the Admin makes them expire
	ShortSessions                       // sessions live for seconds, or the Admin makes them expire
	ShortCodes                          // codes have expired at once
)

// settings are the names of the settings, how a Kratos is configured for them, and
// the first release that can be.
var settings = []struct {
	config     Config
	name, keys string
	since      Release
}{
	{HighestAAL, "highest-aal", "session.whoami.required_aal: highest_available", V0_8},
	{PasswordlessCode, "code", "selfservice.methods.code.passwordless_enabled: true", V1_3},
	{CodeSecondFactor, "code-second-factor", "selfservice.methods.code.mfa_enabled: true", V1_3},
	{IdentifierFirst, "identifier-first", "selfservice.flows.login.style: identifier_first", V1_3},
	{VerifiedAddress, "verified-address", "selfservice.flows.login.after.hooks: require_verified_address", V0_8},
	{Provider, "provider", "selfservice.methods.oidc.enabled: true, with a provider", V0_8},
	{ShortFlows, "short-flows", "selfservice.flows.login.lifespan: 2s", V0_8},
	{ShortSessions, "short-sessions", "session.lifespan: 2s", V0_8},
	{ShortCodes, "short-codes", "selfservice.methods.code.config.lifespan: 1ns", V1_3},
}

// short are the settings under which other scenarios cannot run.
const short = ShortFlows | ShortSessions | ShortCodes

// String lists the names of the settings.
func (c Config) String() string {
	return c.list(func(name, _ string) string { return name }, "+", "default")
}

// Keys says how a Kratos is configured so.
func (c Config) Keys() string {
	return c.list(func(_, keys string) string { return keys }, "; ", "the defaults")
}

func (c Config) list(text func(name, keys string) string, separator, none string) string {
	var list []string
	for _, setting := range settings {
		if c&setting.config != 0 {
			list = append(list, text(setting.name, setting.keys))
		}
	}
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, separator)
}

// since returns the first release that can be configured so.
func (c Config) since() Release {
	first := V0_8
	for _, setting := range settings {
		if c&setting.config != 0 {
			first = max(first, setting.since)
		}
	}
	return first
}
