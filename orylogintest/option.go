package orylogintest

import "slices"

// Option configures a [Server]. Pass it to [NewServer].
type Option func(*config)

type config struct {
	release      Release
	passwordless bool
	codeAsFactor bool
	twoSteps     bool
	providers    []string
	closed       bool
	highestAAL   bool
	verified     bool
	returnTo     []string
	oauth2       string
	templates    []Template
}

// WithRelease makes the server answer as a release of Kratos does. An unknown release
// fails the test. Default: [V1_3].
//
// The server ignores options for what the release does not have. Each such option names these
// releases.
func WithRelease(release Release) Option { return func(c *config) { c.release = release } }

// WithCode lets users log in with a code that is mailed to them, like
// selfservice.methods.code.passwordless_enabled. [V0_8] and [V0_10] have no such codes. Default:
// off.
func WithCode() Option { return func(c *config) { c.passwordless = true } }

// WithCodeSecondFactor gives every identity a second factor: a code that is mailed, like
// selfservice.methods.code.mfa_enabled. [V0_8] and [V0_10] have no such codes. Default: off.
func WithCodeSecondFactor() Option { return func(c *config) { c.codeAsFactor = true } }

// WithIdentifierFirst asks for the identifier before it offers methods, like
// selfservice.flows.login.style: identifier_first. [V0_8] and [V0_10] have no such style. Default:
// off.
func WithIdentifierFirst() Option { return func(c *config) { c.twoSteps = true } }

// WithProviders lets users log in with the OpenID Connect providers that have these ids. Each
// has a page on loopback, at an origin of its own, with a field "E-mail address" and the
// buttons "Allow", "Deny" and "Fail". Default: none.
//
// The button "Allow" logs in the identity that has the address and the provider: see
// Identity.Providers. If the identity does not have the provider yet, the server asks for the
// identity's password and links the two. If no identity has the address, the server makes a
// new one. If the field is empty, the provider does not tell the address, so the login needs
// a registration: the server sends a browser to the application's registration page. See also
// [WithClosedRegistration].
//
// The button "Fail" makes the provider refuse the code that it has issued. In a browser's
// login the browser continues to the application's error page. In a native login the browser
// gets an error as JSON, and does not come back to the program.
//
// The providers are like those of the type generic: they take no ID token of an app.
//
// [V0_8] and [V0_10] have providers for browsers only, and link none to an identity: they send the
// browser to the registration page.
func WithProviders(ids ...string) Option {
	return func(c *config) { c.providers = slices.Clone(ids) }
}

// WithClosedRegistration refuses everybody who logs in with a provider for the first time,
// like selfservice.flows.registration.enabled: false. It does so even if an identity has the
// address. [V0_8] cannot close the registration. Default: off.
func WithClosedRegistration() Option { return func(c *config) { c.closed = true } }

// WithHighestAAL makes the login and whoami demand a second factor of every identity that has
// one, like session.whoami.required_aal: highest_available. Default: off, one factor is
// enough.
func WithHighestAAL() Option { return func(c *config) { c.highestAAL = true } }

// WithVerificationRequired refuses the login by password of an identity whose address is not
// verified, like the hook require_verified_address after a password. Before [V25_4] the flow says
// so. Since then a form ends at the application's page /verification, and an answer in JSON names
// that page. Default: off.
func WithVerificationRequired() Option { return func(c *config) { c.verified = true } }

// WithReturnTo allows more URLs as return_to, and every URL below them, whatever the query.
// The URL of the application (see [Server.SetApplication]) and loopback URLs, such as
// http://127.0.0.1:8080 and http://localhost, are always allowed. Default: none.
func WithReturnTo(urls ...string) Option {
	return func(c *config) { c.returnTo = append(c.returnTo, urls...) }
}

// WithOAuth2 lets users log in to clients of Ory Hydra, as the setting oauth2_provider.url does
// in Kratos. Unlike that setting, url is the public URL of Hydra: a login with a
// login_challenge ends there, without a form if the browser has a session. The fake serves
// nothing at that URL, and accepts every challenge. Default: off, a challenge is answered with
// the status 500. [V0_8] and [V0_10] have no OAuth2, and ignore a challenge.
func WithOAuth2(url string) Option { return func(c *config) { c.oauth2 = url } }

// WithTemplates lets whoami sign sessions, like session.whoami.tokenizer.templates. The key
// is in [Server.KeysURL]. [V0_8] and [V0_10] sign none. Claims that are not JSON fail the
// test. Default: none.
func WithTemplates(templates ...Template) Option {
	return func(c *config) { c.templates = append(c.templates, templates...) }
}
