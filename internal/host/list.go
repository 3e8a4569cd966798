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

// List are the hosts to which something may be sent.
type List []hostPort

// hostPort is a host of a list. Without a port, it stands for the default port of the request's
// scheme.
type hostPort struct{ host, port string }

// maxHost is the length of the longest name in the DNS, with a port.
const maxHost = 253 + len(":65535")

// ParseList refuses any entry that is not a host, with or without a port. Otherwise a mistake
// would count as a host that no request ever goes to. The errors begin with the name of the
// package.
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

// Contains reports whether the request goes to one of the hosts. Both names of a request must
// be in the list: its URL says where the request is sent, and its field Host says who answers
// there.
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

// canonical returns host:port. An empty port becomes the default port of the scheme.
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
