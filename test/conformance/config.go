package conformance

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/test/kratostest"
)

// Config is a set of settings that a server differs in from the default.
type Config uint

// The settings that scenarios need. A server without any of them has passwords, TOTP and lookup
// secrets, and demands no second factor.
const (
	HighestAAL         Config = 1 << iota // whoami demands the highest level that the identity can have
	PasswordlessCode                      // a mailed code is a first factor
	CodeSecondFactor                      // a mailed code is a second factor
	IdentifierFirst                       // a login asks for the identifier before the password
	VerifiedAddress                       // an identity whose address is not verified cannot log in
	Provider                              // there is an OpenID Connect provider
	ClosedRegistration                    // nobody can register
	WebHook                               // a web hook of the suite refuses the logins of some identities
	ShortFlows                            // flows live for seconds, or the Admin makes them expire
	ShortSessions                         // sessions live for seconds, or the Admin makes them expire
	ShortCodes                            // codes expire at once, or the Admin makes them expire
)

// configurations are the configurations in which the suite runs. Each scenario runs in at least
// one of them. Settings that affect each other are together in one. A mailed code is a first or
// a second factor, but never both.
var configurations = []Config{
	0,
	HighestAAL,
	PasswordlessCode,
	CodeSecondFactor | Provider,
	IdentifierFirst,
	HighestAAL | CodeSecondFactor, // everybody owes a second factor
	Provider | ClosedRegistration | WebHook,
	HighestAAL | PasswordlessCode | IdentifierFirst | VerifiedAddress | Provider,
}

// Configurations returns the configurations in which the suite runs against a release.
func Configurations(release kratostest.Release) []Config {
	var known []Config
	for _, config := range configurations {
		for _, setting := range settings {
			if release < setting.since {
				config &^= setting.config
			}
		}
		if release == kratostest.V0_8 {
			config &^= VerifiedAddress // on v0.8 no identity can be created with a verified address
		}
		if !slices.Contains(known, config) {
			known = append(known, config)
		}
	}
	return known
}

// settings has the name of each setting, how to configure a Kratos for it, and the first
// release that has it.
var settings = []struct {
	config    Config
	name, key string
	value     any
	since     kratostest.Release
}{
	{HighestAAL, "highest-aal", "session.whoami.required_aal", "highest_available", kratostest.V0_8},
	{PasswordlessCode, "code", "selfservice.methods.code.passwordless_enabled", true, kratostest.V1_3},
	{CodeSecondFactor, "code-second-factor", "selfservice.methods.code.mfa_enabled", true, kratostest.V1_3},
	{IdentifierFirst, "identifier-first", "selfservice.flows.login.style", "identifier_first", kratostest.V1_3},
	{VerifiedAddress, "verified-address", "selfservice.flows.login.after.password.hooks", hook("require_verified_address"), kratostest.V0_8},
	{Provider, "provider", "selfservice.methods.oidc.enabled", true, kratostest.V0_8},
	{ClosedRegistration, "closed-registration", "selfservice.flows.registration.enabled", false, kratostest.V1_3},
	{WebHook, "web-hook", "selfservice.flows.login.after.hooks", hook("web_hook"), kratostest.V1_3},
	{ShortFlows, "short-flows", "selfservice.flows.login.lifespan", "2s", kratostest.V0_8},
	{ShortSessions, "short-sessions", "session.lifespan", "2s", kratostest.V0_8},
	{ShortCodes, "short-codes", "selfservice.methods.code.config.lifespan", "1ns", kratostest.V1_3},
}

func hook(name string) []any { return []any{map[string]any{"hook": name}} }

// kratos returns the settings that configure a Kratos, without those of the provider
// and the web hook themselves.
func (c Config) kratos() []kratostest.Setting {
	var list []kratostest.Setting
	for _, setting := range settings {
		if c&setting.config != 0 {
			list = append(list, kratostest.Set(setting.key, setting.value))
		}
	}
	return list
}

// short are the settings under which other scenarios cannot run.
const short = ShortFlows | ShortSessions | ShortCodes

// everybodyOwes are the settings with which each identity that has an address owes a second
// factor after the first.
const everybodyOwes = HighestAAL | CodeSecondFactor

// String lists the names of the settings.
func (c Config) String() string {
	return c.list("+", "default", func(i int) string { return settings[i].name })
}

// Keys says how to configure a Kratos in this way.
func (c Config) Keys() string {
	return c.list("; ", "the defaults", func(i int) string { return fmt.Sprintf("%s: %v", settings[i].key, settings[i].value) })
}

func (c Config) list(separator, none string, text func(int) string) string {
	var list []string
	for i, setting := range settings {
		if c&setting.config != 0 {
			list = append(list, text(i))
		}
	}
	if len(list) == 0 {
		return none
	}
	return strings.Join(list, separator)
}

// since returns the first release that has all the settings.
func (c Config) since() kratostest.Release {
	first := kratostest.V0_8
	for _, setting := range settings {
		if c&setting.config != 0 {
			first = max(first, setting.since)
		}
	}
	return first
}
