// Package host checks the hosts and ports of URLs.
package host

import (
	"net"
	"strconv"
	"strings"
)

// IsLoopback reports whether a host, given without its port, is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// Lower returns a host with its ASCII letters in lower case. Hosts are compared and sent in
// this form. It changes no other letters, so no other name can become equal to the host.
func Lower(host string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, host)
}

// ValidPort reports whether a port is empty or a number that a port can have.
func ValidPort(port string) bool {
	if port == "" {
		return true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}
