package host

import (
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxRedirect is the length in bytes of the longest redirect target.
const MaxRedirect = 8 << 10

// SafeRedirect returns the URL to which a browser may be sent for a target. It reports false if
// there is none.
func SafeRedirect(target string, allowed []string) (string, bool) {
	if len(target) > MaxRedirect || strings.ContainsFunc(target, NotPrintable) {
		return "", false
	}
	redirect := target
	if !strings.HasPrefix(target, "/") {
		origin, rest, ok := CutOrigin(target)
		if !ok || !isAllowed(origin, allowed) {
			return "", false
		}
		if !strings.HasPrefix(rest, "/") {
			rest = "/" + rest // as browsers do
		}
		target, redirect = rest, origin+rest
	}
	if !isPlain(target) || len(redirect) > MaxRedirect {
		return "", false
	}
	if _, err := url.Parse(redirect); err != nil {
		return "", false
	}
	return redirect, true
}

// isAllowed reports whether a normalised origin is in the list.
func isAllowed(origin string, allowed []string) bool {
	for _, entry := range allowed {
		if o, rest, ok := CutOrigin(entry); ok && rest == "" && o == origin {
			return true
		}
	}
	return false
}

// isPlain reports whether target, which begins with a slash, stays the same path for every
// program that resolves, cleans or decodes it.
func isPlain(target string) bool {
	path, suffix := target, ""
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		path, suffix = target[:i], target[i:]
	}
	// http.Redirect cleans a fragment along with the path. This could bring the backslash of
	// "/#/../\evil" to the front.
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

// notInPath reports whether a path must not contain r, percent-encoded or not.
func notInPath(r rune) bool { return r == '\\' || unicode.IsControl(r) }
