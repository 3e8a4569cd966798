package host

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// List are hosts to which something may be sent.
type List []hostPort

// hostPort is a host of a list. Without a port it stands for the default one of
// the request's scheme.
type hostPort struct{ host, port string }

// maxHost is the length of the longest name in the DNS, with a port.
const maxHost = 253 + len(":65535")

// ParseList refuses what is not a host with or without a port, so that a mistake is not
// taken for a host that is never asked. The errors begin with the name of the package.
func ParseList(pkg string, entries []string) (List, error) {
	if len(entries) == 0 {
		return nil, errors.New(pkg + ": the Transport has no Hosts")
	}
	parsed := make(List, len(entries))
	for i, entry := range entries {
		target, err := url.Parse("//" + entry)
		if err != nil || len(entry) > maxHost || target.Host != entry || target.Hostname() == "" || strings.Contains(entry, "*") ||
			strings.HasSuffix(entry, ":") || !ValidPort(target.Port()) {
			return nil, fmt.Errorf("%s: the entry %d of Hosts is not a host or a host:port", pkg, i)
		}
		parsed[i] = hostPort{target.Hostname(), target.Port()}
	}
	return parsed, nil
}

// Contains reports whether the request goes to one of the hosts: by its URL, which decides
// who is called, and by its field Host, which decides who answers there.
func (l List) Contains(request *http.Request) bool {
	target := request.URL
	if !l.names(target.Hostname(), target.Port(), target.Scheme) {
		return false
	}
	if request.Host == "" {
		return true
	}
	answering := url.URL{Host: request.Host}
	return l.names(answering.Hostname(), answering.Port(), target.Scheme)
}

func (l List) names(host, port, scheme string) bool {
	wanted := canonical(host, port, scheme)
	return slices.ContainsFunc(l, func(h hostPort) bool { return canonical(h.host, h.port, scheme) == wanted })
}

// canonical returns host:port.
func canonical(host, port, scheme string) string {
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[scheme]
	}
	return net.JoinHostPort(Lower(host), port)
}

// IsConfidential reports whether nobody between here and the URL's host can read what
// is sent.
func IsConfidential(target *url.URL) bool {
	if target.Scheme == "https" {
		return true
	}
	return target.Scheme == "http" && IsLoopback(target.Hostname())
}
