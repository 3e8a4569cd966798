package host

import (
	"net/netip"
	"strconv"
	"strings"
)

// NotPrintable reports whether r is not a visible ASCII character.
func NotPrintable(r rune) bool { return r <= ' ' || r > '~' }

// CutOrigin returns the normalised origin at the start of s, and the rest of s: nothing, a
// path, a query or a fragment.
func CutOrigin(s string) (string, string, bool) {
	scheme, rest, ok := strings.Cut(s, "://")
	scheme = strings.ToLower(scheme)
	if !ok || scheme != "http" && scheme != "https" {
		return "", "", false
	}
	authority := rest
	if i := strings.IndexAny(rest, "/?#"); i >= 0 {
		authority = rest[:i]
	}
	rest = rest[len(authority):]

	host, port := authority, ""
	// A colon within brackets belongs to an IPv6 address.
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 || port[0] == '0' {
			return "", "", false
		}
	}
	if host, ok = normalHost(host); !ok {
		return "", "", false
	}
	origin := scheme + "://" + host
	switch {
	case port == "", scheme == "http" && port == "80", scheme == "https" && port == "443":
		return origin, rest, true
	}
	return origin + ":" + port, rest, true
}

// IsNoOrigin reports whether text is anything but an origin.
func IsNoOrigin(text string) bool {
	_, rest, ok := CutOrigin(text)
	return !ok || rest != ""
}

// Page returns target if a browser can be sent there: an http or https URL, or a path.
func Page(target string) string {
	if _, _, ok := CutOrigin(target); ok || strings.HasPrefix(target, "/") {
		return target
	}
	return ""
}

// normalHost returns a host in lower case. It refuses a host that browsers could change in
// another way, such as an IP address in one of its many notations.
func normalHost(host string) (string, bool) {
	if strings.ContainsFunc(host, NotPrintable) { // before ToLower, which maps some other characters to ASCII
		return "", false
	}
	host = strings.ToLower(host)
	if inner, ok := strings.CutPrefix(host, "["); ok {
		inner, ok = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		return host, ok && err == nil && addr.Is6() && addr.Zone() == "" && addr.String() == inner
	}
	if !consistsOf(host, "abcdefghijklmnopqrstuvwxyz0123456789-_.") {
		return "", false
	}
	labels := strings.Split(host, ".")
	for _, label := range labels {
		if label == "" {
			return "", false
		}
	}
	if isNumber(labels[len(labels)-1]) { // browsers read such a host as an IPv4 address
		addr, err := netip.ParseAddr(host)
		return host, err == nil && addr.String() == host
	}
	return host, true
}

// isNumber reports whether browsers read the last label of a host as a number.
func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return consistsOf(hex, "0123456789abcdef")
	}
	return consistsOf(label, "0123456789")
}

// consistsOf reports whether every character of s is one of chars.
func consistsOf(s, chars string) bool { return strings.Trim(s, chars) == "" }
