package orylogin

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/orylogin/orylogin/internal/host"
)

// maxRedirect is the length in bytes that no redirect target may exceed.
const maxRedirect = 8 << 10

// SafeRedirect reports whether a browser may be redirected to target, a URL
// that the application was given, such as a redirect_browser_to of Kratos or a
// return_to of a query. If so it returns the URL to send, which is target with its
// origin normalised; send that one and not target. Otherwise it returns "".
//
// There are two kinds of safe target:
//
//   - a path that begins with exactly one slash, with or without a query and a
//     fragment, which stays within the application whatever is allowed
//   - an http or https URL whose origin is one of the allowed ones
//
// An allowed origin is a scheme, a host and, unless it is the scheme's default,
// a port: "https://app.example.com", "http://localhost:4455". Origins are compared
// exactly, except for the case of ASCII letters and a default port: there are no
// wildcards, no subdomains are implied, and an internationalised host must be
// listed in its punycode form. Any other entry, also one with a trailing slash,
// allows nothing.
//
// Browsers and net/url read malformed URLs differently. SafeRedirect refuses
// whatever they could disagree about: spaces, control and non-ASCII characters
// that are not percent-encoded, backslashes outside of the query, user information,
// unusual forms of hosts and ports, malformed escapes. It refuses a path that has
// dot segments, and one that, once its escapes are decoded, begins with two slashes
// or has a backslash or a control character. It also refuses a target longer than
// 8 KiB.
//
// SafeRedirect checks where the redirect leads and nothing else. It does not
// look into the query or the fragment, where there may be another return_to. It
// does not know whether the page exists, whether that page redirects elsewhere,
// what a host name resolves to, or whether visiting it has an effect, as a
// logout has. Its result is not escaped for HTML.
func SafeRedirect(target string, allowed ...string) (string, bool) {
	if len(target) > maxRedirect || strings.ContainsFunc(target, host.NotPrintable) {
		return "", false
	}
	redirect := target
	if !strings.HasPrefix(target, "/") {
		origin, rest, ok := host.CutOrigin(target)
		if !ok || !isAllowed(origin, allowed) {
			return "", false
		}
		if !strings.HasPrefix(rest, "/") {
			rest = "/" + rest // as a browser does
		}
		target, redirect = rest, origin+rest
	}
	if !isPlain(target) || len(redirect) > maxRedirect {
		return "", false
	}
	if _, err := url.Parse(redirect); err != nil {
		return "", false
	}
	return redirect, true
}

// isAllowed reports whether a normalised origin is one of those allowed.
func isAllowed(origin string, allowed []string) bool {
	for _, entry := range allowed {
		if o, rest, ok := host.CutOrigin(entry); ok && rest == "" && o == origin {
			return true
		}
	}
	return false
}

// isPlain reports whether target, which begins with a slash, stays the path
// that it is for whoever resolves, cleans or decodes it.
func isPlain(target string) bool {
	path, suffix := target, ""
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		path, suffix = target[:i], target[i:]
	}
	// http.Redirect cleans a fragment along with its path, which could bring the
	// backslash of "/#/../\evil" to the front.
	if _, fragment, _ := strings.Cut(suffix, "#"); strings.Contains(fragment, `\`) {
		return false
	}
	decoded, err := url.PathUnescape(path)
	if err != nil || !utf8.ValidString(decoded) || strings.HasPrefix(decoded, "//") || strings.ContainsFunc(decoded, notInPath) {
		return false
	}
	for segment := range strings.SplitSeq(decoded, "/") {
		if segment == "." || segment == ".." {
			return false
		}
	}
	return true
}

// notInPath reports whether r may not be in a path, be it percent-encoded.
func notInPath(r rune) bool { return r == '\\' || unicode.IsControl(r) }
