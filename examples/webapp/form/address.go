package form

import (
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

// picture is an image within its address. A vector image can hold scripts.
var picture = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$`)

// webURL returns an absolute http or https address, and false for any other.
func webURL(raw string) (string, bool) {
	parsed, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || parsed.Host == "" || parsed.User != nil || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return "", false
	}
	return parsed.String(), true
}

// imageURL takes images within their addresses, too.
func imageURL(raw string) (template.URL, bool) {
	if picture.MatchString(raw) {
		return template.URL(raw), true //nolint:gosec // a bitmap, matched above
	}
	address, ok := webURL(raw)
	return template.URL(address), ok //nolint:gosec // http or https
}

// host matches a host and a port, with nothing that a Content Security Policy takes for
// something else.
var host = regexp.MustCompile(`^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$`)

var defaultPort = map[string]string{"http": ":80", "https": ":443"}

// Origin returns the origin of a web address in one spelling, such as
// https://auth.example.com, and false if it has none. An origin can be used in a Content
// Security Policy as it is. International names have to be in their ASCII form.
func Origin(raw string) (string, bool) {
	address, ok := webURL(raw)
	if !ok {
		return "", false
	}
	parsed, err := url.Parse(address)
	if err != nil {
		return "", false
	}
	name := strings.TrimSuffix(strings.ToLower(parsed.Host), defaultPort[parsed.Scheme])
	if !host.MatchString(name) {
		return "", false
	}
	return parsed.Scheme + "://" + name, true
}

// isAt reports whether an address is at an origin, one that the application has named.
func isAt(address, origin string) bool {
	found, ok := Origin(address)
	return ok && found == origin
}

// absolute returns the whole of an address that may be a path of an origin.
func absolute(address, origin string) string {
	base, err := url.Parse(origin)
	if err != nil || !strings.HasPrefix(address, "/") {
		return address
	}
	whole, err := base.Parse(address)
	if err != nil {
		return address
	}
	return whole.String()
}
