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

// keepQuery keeps what the login is for, such as its return_to, for visitBack.
func (a *app) keepQuery(w http.ResponseWriter, next orylogin.Next) {
	kept := &http.Cookie{ //nolint:gosec // it is Secure, except over plain http
		Name: "login_query", Value: strings.TrimPrefix(next.Again, "?"), Path: "/",
		HttpOnly: true, Secure: strings.HasPrefix(a.URL, "https:"), SameSite: http.SameSiteLaxMode,
	}
	if len(kept.Value) > 3<<10 { // browsers drop a cookie of 4 KB, and keep the one before
		kept.Value, kept.MaxAge = "", -1
	}
	http.SetCookie(w, kept)
}

// visitBack is visit for a page to which Kratos sends a browser. What the login was for is not in
// the URL of that page, but in the cookie of keepQuery.
func (a *app) visitBack(w http.ResponseWriter, r *http.Request) *orylogin.Visit {
	if kept, err := r.Cookie("login_query"); err == nil {
		r = r.Clone(r.Context())
		r.URL.RawQuery = kept.Value
	}
	return a.visit(w, r)
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
