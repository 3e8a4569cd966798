package session

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	hosts "github.com/orylogin/orylogin/internal/host"
)

// hostPort is a host that gets the token. Without a port it stands for the default one of
// the request's scheme.
type hostPort struct{ host, port string }

// maxHost is the length of the longest name in the DNS, with a port.
const maxHost = 253 + len(":65535")

// parseHosts refuses what is not a host with or without a port, so that a mistake is not
// taken for a host that is never asked.
func parseHosts(entries []string) ([]hostPort, error) {
	if len(entries) == 0 {
		return nil, errors.New("orylogin/session: the Transport has no Hosts")
	}
	parsed := make([]hostPort, len(entries))
	for i, entry := range entries {
		target, err := url.Parse("//" + entry)
		if err != nil || len(entry) > maxHost || target.Host != entry || target.Hostname() == "" || strings.Contains(entry, "*") ||
			strings.HasSuffix(entry, ":") || !hosts.ValidPort(target.Port()) {
			return nil, fmt.Errorf("orylogin/session: the entry %d of Hosts is not a host or a host:port", i)
		}
		parsed[i] = hostPort{target.Hostname(), target.Port()}
	}
	return parsed, nil
}

// contains reports whether the request goes to one of the hosts: by its URL, which decides
// who is called, and by its field Host, which decides who answers there.
func contains(named []hostPort, request *http.Request) bool {
	target := request.URL
	if !isNamed(named, target.Hostname(), target.Port(), target.Scheme) {
		return false
	}
	if request.Host == "" {
		return true
	}
	answering := url.URL{Host: request.Host}
	return isNamed(named, answering.Hostname(), answering.Port(), target.Scheme)
}

func isNamed(named []hostPort, host, port, scheme string) bool {
	wanted := canonical(host, port, scheme)
	return slices.ContainsFunc(named, func(h hostPort) bool { return canonical(h.host, h.port, scheme) == wanted })
}

// canonical returns host:port.
func canonical(host, port, scheme string) string {
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(hosts.Lower(host), port)
}

// confidential reports whether nobody between here and the URL's host can read what
// is sent.
func confidential(target *url.URL) bool {
	if target.Scheme == "https" {
		return true
	}
	return target.Scheme == "http" && hosts.IsLoopback(target.Hostname())
}
