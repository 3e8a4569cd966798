// Package host judges the hosts and ports of URLs.
package host

import (
	"net"
	"strconv"
	"strings"
)

// IsLoopback reports whether a host, without its port, is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// ValidPort reports whether a port is empty or a number that a port can have.
func ValidPort(port string) bool {
	if port == "" {
		return true
	}
	number, err := strconv.ParseUint(port, 10, 16)
	return err == nil && number > 0
}
