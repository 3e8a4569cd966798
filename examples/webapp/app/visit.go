package app

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/orylogin/orylogin"
)

// visit returns a visit of the browser. A session that begins with it shows the browser as its
// device.
func (a *app) visit(w http.ResponseWriter, r *http.Request) *orylogin.Visit {
	return a.Kratos.Visit(w, r, orylogin.WithDevice(r.UserAgent(), a.address(r)))
}

// address returns the address of the browser. It is not valid if it is not known.
func (a *app) address(r *http.Request) netip.Addr {
	if a.AddressHeader == "" {
		from, _ := netip.ParseAddrPort(r.RemoteAddr)
		return from.Addr().Unmap()
	}
	said := strings.Join(r.Header.Values(a.AddressHeader), ",")
	last, _ := netip.ParseAddr(strings.TrimSpace(said[strings.LastIndex(said, ",")+1:]))
	return last.Unmap()
}
