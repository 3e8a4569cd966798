package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// timeout is the time limit for an answer of a server.
type timeout time.Duration

// UnmarshalText reads a time from the command line.
func (t *timeout) UnmarshalText(text []byte) error {
	limit, err := time.ParseDuration(string(text))
	if err != nil || limit <= 0 {
		return errors.New("its value is not a time such as 30s or 2m")
	}
	*t = timeout(limit)
	return nil
}

// late returns the error for an answer that did not come in time. It says how long the command
// has waited. Any other error stays as it is.
func late(err error, limit timeout) error {
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &problem{
		Exit: exitFailed,
		What: fmt.Sprintf("the server did not answer within %g seconds", time.Duration(limit).Seconds()),
		Next: "check --url and the network, or wait longer with --timeout",
	}
}

// server returns the server of a command, in the form that the store uses. It is the server
// that was named, or the only one with a stored session.
func (o *options) server(store store) (string, error) {
	if o.URL == "" {
		return store.only()
	}
	server, err := canonical(o.URL)
	if err != nil {
		return "", wrongUsage("--url is not the base URL of a server",
			"give one such as https://auth.example.com, with a port or a path if need be, but no user name, query or fragment")
	}
	return server, nil
}

// client returns a client of a server whose URL is canonical.
func (o *options) client(server string) (*orylogin.Client, error) {
	settings := []orylogin.Option{
		orylogin.WithTimeout(time.Duration(o.Timeout)),
		orylogin.WithHeader("User-Agent", "ory-login/"+strings.Trim(version(), "()")), // lists of sessions show this name
	}
	if o.PlainHTTP {
		settings = append(settings, orylogin.WithPlainHTTP())
	}
	client, err := orylogin.New(server, settings...)
	if err != nil { // such a URL is refused only for its scheme
		return nil, wrongUsage("plain http to "+strings.TrimPrefix(server, "http://")+" would send secrets unencrypted",
			"use https, or allow http with --plain-http")
	}
	return client, nil
}

// canonical returns the base URL of a server in its one form, without the default port of the
// scheme.
func canonical(base string) (string, error) {
	if _, err := orylogin.New(base, orylogin.WithPlainHTTP()); err != nil {
		return "", err
	}
	parsed, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	parsed.Host = strings.ToLower(parsed.Host)
	if port := parsed.Port(); parsed.Scheme == "https" && port == "443" || parsed.Scheme == "http" && port == "80" {
		parsed.Host = strings.TrimSuffix(parsed.Host, ":"+port)
	}
	return strings.TrimRight(parsed.String(), "/"), nil
}

// withoutSecrets returns a URL without the parts that may have secrets. It is empty if the text
// is not a URL.
func withoutSecrets(text string) string {
	parsed, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return (&url.URL{Scheme: parsed.Scheme, Host: parsed.Host, Path: parsed.Path}).String()
}
