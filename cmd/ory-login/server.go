package main

import (
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
)

// server returns the URL of the server that a command is about, as the store knows it:
// the one that was named, or the only one with a stored session.
func (o *options) server(store store) (string, error) {
	if o.URL == "" {
		return store.only()
	}
	if _, err := orylogin.New(o.URL, orylogin.WithPlainHTTP()); err != nil {
		return "", wrongUsage(plain(err), "name the base URL of the server's public API with --url")
	}
	return canonical(o.URL), nil
}

// client returns a client of the server.
func (o *options) client(server string) (*orylogin.Client, error) {
	var allowed []orylogin.Option
	if o.PlainHTTP {
		allowed = append(allowed, orylogin.WithPlainHTTP())
	}
	client, err := orylogin.New(server, allowed...)
	if err != nil {
		return nil, wrongUsage(plain(err), "use https, or allow http with --plain-http")
	}
	return client, nil
}

// canonical writes a URL that a Client can be made for in one way only.
func canonical(base string) string {
	parsed, err := url.Parse(base)
	if err != nil {
		return base
	}
	parsed.Host = strings.ToLower(parsed.Host)
	return strings.TrimRight(parsed.String(), "/")
}
