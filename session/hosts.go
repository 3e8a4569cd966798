package session

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	hosts "github.com/orylogin/orylogin/internal/host"
)

// contains reports whether the URL's host is among the hosts. It refuses what is
// not a host with or without a port, so that a mistake is not taken for a host that
// is never asked.
func contains(named []string, target *url.URL) (bool, error) {
	found := false
	wanted := canonical(target.Hostname(), target.Port(), target.Scheme)
	for _, entry := range named {
		host, port, err := splitHost(entry)
		if err != nil {
			return false, err
		}
		found = found || canonical(host, port, target.Scheme) == wanted
	}
	return found, nil
}

// splitHost splits a host of a Transport. It has no port if none is given.
func splitHost(entry string) (string, string, error) {
	parsed, err := url.Parse("//" + entry)
	if err != nil || parsed.Host != entry || parsed.Hostname() == "" || strings.Contains(entry, "*") ||
		strings.HasSuffix(entry, ":") || !hosts.ValidPort(parsed.Port()) {
		return "", "", fmt.Errorf("orylogin/session: %q in Hosts is not a host or a host:port", entry)
	}
	return parsed.Hostname(), parsed.Port(), nil
}

// canonical returns host:port. Only ASCII letters lose their case: no other name
// may come to equal a host that was named.
func canonical(host, port, scheme string) string {
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(strings.Map(asciiLower, host), port)
}

func asciiLower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}

// confidential reports whether nobody between here and the URL's host can read what
// is sent.
func confidential(target *url.URL) bool {
	if target.Scheme == "https" {
		return true
	}
	return target.Scheme == "http" && hosts.IsLoopback(target.Hostname())
}
