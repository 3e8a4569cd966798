package orylogin

import "github.com/orylogin/orylogin/internal/host"

// SafeRedirect reports whether an application may redirect a browser to target. target is a
// URL that the application was given, such as a redirect_browser_to of Kratos or a return_to
// of a query. If it is safe, SafeRedirect returns it with its origin normalised: redirect to
// that URL and not to target. Otherwise it returns "".
//
// There are two kinds of safe target:
//
//   - a path that begins with exactly one slash, with or without a query and a fragment; it
//     stays within the application, whatever is allowed
//   - an http or https URL whose origin is one of the allowed ones
//
// An allowed origin is a scheme, a host and, unless it is the scheme's default, a port:
// "https://app.example.com", "http://localhost:4455". Origins are compared exactly, except
// for the case of ASCII letters and a default port. There are no wildcards, subdomains are
// not included, and an internationalised host must be in punycode. Any other entry, also one
// with a trailing slash, allows nothing.
//
// Browsers and net/url read malformed URLs differently. SafeRedirect refuses all that they
// could disagree about: spaces, control and non-ASCII characters that are not
// percent-encoded, backslashes outside the query, user information, unusual forms of hosts
// and ports, malformed escapes. It refuses a path with dot segments. It refuses a path that,
// once its escapes are decoded, begins with two slashes or has a backslash or a control
// character. It refuses a target of more than 8 KiB.
//
// SafeRedirect checks only where the redirect leads. It does not look into the query or the
// fragment, where there may be another return_to. It does not know whether the page exists,
// whether the page redirects elsewhere, what a host name resolves to, or whether visiting the
// page has an effect, as a logout has. Its result is not escaped for HTML.
func SafeRedirect(target string, allowed ...string) (string, bool) {
	return host.SafeRedirect(target, allowed)
}
