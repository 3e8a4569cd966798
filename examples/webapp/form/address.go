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

// origin returns scheme and host of an address, or nothing.
func origin(raw string) string {
	address, ok := webURL(raw)
	if !ok {
		return ""
	}
	parsed, err := url.Parse(address)
	if err != nil || strings.ContainsAny(parsed.Host, "; ,'\"") {
		return ""
	}
	return parsed.Scheme + "://" + parsed.Host
}
