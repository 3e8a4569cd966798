package orylogintest

import "slices"

// Option configures a [Server] when it is made.
type Option func(*config)

type config struct {
	release      Release
	passwordless bool
	codeAsFactor bool
	twoSteps     bool
	providers    []string
	highestAAL   bool
	verified     bool
	returnTo     []string
}

// WithRelease makes the server answer as a release does. Default: [V1_3].
func WithRelease(release Release) Option { return func(c *config) { c.release = release } }

// WithCode lets users log in with a code that is mailed to them, as
// selfservice.methods.code.passwordless_enabled does. Default: not.
func WithCode() Option { return func(c *config) { c.passwordless = true } }

// WithCodeSecondFactor makes a mailed code a second factor that everybody has, as
// selfservice.methods.code.mfa_enabled does. Default: not.
func WithCodeSecondFactor() Option { return func(c *config) { c.codeAsFactor = true } }

// WithIdentifierFirst asks for the identifier before it offers methods, as
// selfservice.flows.login.style: identifier_first does. Default: not.
func WithIdentifierFirst() Option { return func(c *config) { c.twoSteps = true } }

// WithProviders lets users log in with OpenID Connect providers, by their ids. The
// server names the provider's URL, at which there is nothing. Default: none.
func WithProviders(ids ...string) Option {
	return func(c *config) { c.providers = slices.Clone(ids) }
}

// WithHighestAAL makes whoami, and a login, demand the second factor of an identity
// that has one, as session.whoami.required_aal: highest_available does. Default: one
// factor will do.
func WithHighestAAL() Option { return func(c *config) { c.highestAAL = true } }

// WithVerificationRequired refuses the login of an identity whose address is not
// verified, as the hook require_verified_address does. Default: it is let in.
func WithVerificationRequired() Option { return func(c *config) { c.verified = true } }

// WithReturnTo allows URLs, and what is below them, as return_to. Default: the
// origin of the pages, http://127.0.0.1:4455.
func WithReturnTo(urls ...string) Option {
	return func(c *config) { c.returnTo = append(c.returnTo, urls...) }
}
