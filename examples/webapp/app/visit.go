package app

import (
	"net/http"
	"net/netip"
	"strings"

	"github.com/orylogin/orylogin"
)

// visit is a request of a browser. The session that it begins has the browser as its device.
func (a *app) visit(w http.ResponseWriter, r *http.Request) *orylogin.Visit {
	return a.Kratos.Visit(w, r, orylogin.WithDevice(r.UserAgent(), a.address(r)))
}

// address returns the address of the browser; an invalid one if nobody has told it.
func (a *app) address(r *http.Request) netip.Addr {
	if a.AddressHeader == "" {
		from, _ := netip.ParseAddrPort(r.RemoteAddr)
		return from.Addr().Unmap()
	}
	said := strings.Join(r.Header.Values(a.AddressHeader), ",")
	last, _ := netip.ParseAddr(strings.TrimSpace(said[strings.LastIndex(said, ",")+1:]))
	return last.Unmap()
}
