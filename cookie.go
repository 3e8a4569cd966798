package orylogin

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/orylogin/orylogin/internal/header"
)

// maxSetCookies limits how many cookies one answer can set. header.MaxCookieBytes limits their
// lines. Servers set three.
const maxSetCookies = 50

// cookie is a cookie as a browser sends it.
type cookie struct {
	name string
	pair Secret // name=value
}

// cookieNames are the names of the cookies that Kratos needs.
type cookieNames struct {
	session string // empty for the usual names
	forward func(name string) bool
}

// isSession reports whether a cookie with the name has a session.
func (n *cookieNames) isSession(name string) bool {
	if n.session != "" {
		return name == n.session
	}
	return name == "ory_kratos_session" || strings.HasPrefix(name, "ory_session_")
}

// forwards reports whether a cookie with the name passes between the browser and Kratos.
func (n *cookieNames) forwards(name string) bool {
	if n.forward != nil {
		return n.forward(name)
	}
	return n.isSession(name) || name == "ory_kratos_continuity" || strings.HasPrefix(name, "csrf_token_")
}

func isCookieName(name string) bool {
	parsed, err := http.ParseCookie(name + "=x")
	return err == nil && len(parsed) == 1 && parsed[0].Name == name
}

var errLongCookies = tooLarge("the request has more than 1,000 cookies or 64 KiB of them")

// requestCookies returns the cookies of a request for whose names keep returns true. It reads
// them as the server does: in the browser's order, with all cookies of one name, and without
// empty ones.
func requestCookies(r *http.Request, keep func(name string) bool) ([]cookie, error) {
	if header.TooManyCookies(r.Header) {
		return nil, errLongCookies
	}
	var cookies []cookie
	for _, sent := range r.Cookies() {
		if sent.Value != "" && keep(sent.Name) {
			cookies = append(cookies, newCookie(sent))
		}
	}
	return cookies, nil
}

// sizeOf returns the total length of texts in bytes.
func sizeOf(texts []string) int {
	size := 0
	for _, text := range texts {
		size += len(text)
	}
	return size
}

func newCookie(parsed *http.Cookie) cookie {
	pair := parsed.Name + "=" + parsed.Value
	if parsed.Quoted {
		pair = parsed.Name + `="` + parsed.Value + `"`
	}
	return cookie{parsed.Name, NewSecret(pair)}
}

// cookieHeader returns the Cookie header of the cookies. It is empty if there are none.
func cookieHeader(cookies []cookie) string {
	pairs := make([]string, len(cookies))
	for i, each := range cookies {
		pairs[i] = each.pair.Reveal()
	}
	return strings.Join(pairs, "; ")
}

// isDeletion reports whether a Set-Cookie line deletes its cookie. Max-Age counts before
// Expires, as in a browser.
func isDeletion(set *http.Cookie) bool {
	isPast := !set.Expires.IsZero() && set.Expires.Before(time.Now())
	return set.Value == "" || set.MaxAge < 0 || set.MaxAge == 0 && isPast
}

// SessionCookie returns the session cookie of a browser's request, for [Client.WhoamiCookie]:
// "ory_kratos_session=…". Several session cookies are joined as in a Cookie header. It
// returns the zero Secret if the browser has sent none, or more than 64 KiB or 1,000 cookies.
// [WithSessionCookie] sets the cookie's name.
func (c *Client) SessionCookie(r *http.Request) Secret {
	if c == nil || c.config == nil || r == nil {
		return Secret{}
	}
	cookies, _ := requestCookies(r, c.config.cookies.isSession) // none if there are too many
	return NewSecret(cookieHeader(cookies))
}

// checkCookie returns an error if the text is not a Cookie header.
func checkCookie(cookies Secret) error {
	if len(cookies.Reveal()) > header.MaxCookieBytes {
		return errors.New("the session cookie is too long")
	}
	parsed, err := http.ParseCookie(cookies.Reveal())
	if err != nil || slices.ContainsFunc(parsed, func(c *http.Cookie) bool { return c.Value == "" }) {
		return errors.New("the session cookie is not of the form name=value")
	}
	return nil
}
