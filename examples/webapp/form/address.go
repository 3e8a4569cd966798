package form

import (
	"html/template"
	"net/url"
	"regexp"
	"strings"
)

// picture matches an image within its own address. It leaves out vector images, which can have
// scripts.
var picture = regexp.MustCompile(`^data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]+$`)

// webURL returns an absolute http or https address. It reports false for any other.
func webURL(raw string) (string, bool) {
	parsed, err := url.Parse(strings.TrimSpace(raw))
	if err != nil || parsed.Host == "" || parsed.User != nil || parsed.Scheme != "http" && parsed.Scheme != "https" {
		return "", false
	}
	return parsed.String(), true
}

// imageURL is webURL that also accepts images within their addresses.
func imageURL(raw string) (template.URL, bool) {
	if picture.MatchString(raw) {
		return template.URL(raw), true //nolint:gosec // a bitmap, matched above
	}
	address, ok := webURL(raw)
	return template.URL(address), ok //nolint:gosec // http or https
}

// host matches a host and a port without characters that have another meaning in a Content
// Security Policy.
var host = regexp.MustCompile(`^([a-z0-9_.-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$`)

var defaultPort = map[string]string{"http": ":80", "https": ":443"}

// Origin returns the origin of a web address in one form, such as https://auth.example.com. It
// reports false if the address has none. The origin can be used in a Content Security Policy as
// it is. International names must be in their ASCII form.
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

// isAt reports whether an address is at an origin that the application has named.
func isAt(address, origin string) bool {
	found, ok := Origin(address)
	return ok && found == origin
}

// absolute returns the full address for an address that may be a path of an origin.
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
