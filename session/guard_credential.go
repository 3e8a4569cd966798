package session

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/header"
	tokens "github.com/orylogin/orylogin/internal/token"
)

// ErrNoCredential says that there is no session token or cookie, or only one whose form
// cannot be valid, such as a token with a space. A [Checker] returns it for a credential of
// another kind. It matches [orylogin.ErrSessionInactive].
var ErrNoCredential = fmt.Errorf("orylogin/session: there is no session token or cookie (%w)", orylogin.ErrSessionInactive)

var errCrossSite = &Refusal{Outcome: orylogin.OutcomeCSRF, Err: fmt.Errorf(
	"orylogin/session: a page of another site has sent the cookie (%w)", orylogin.ErrCSRFViolation)}

// Credential is what a caller has sent. A [Checker] finds in it the token or cookie of a
// session. A Credential prints neither. The zero Credential is empty.
type Credential struct {
	sent func() (http.ResponseWriter, *http.Request)
}

// RequestCredential returns the credential of an HTTP request. If the server renews the
// session cookie, w gets the new cookie before the check returns. w may be nil.
func RequestCredential(w http.ResponseWriter, r *http.Request) Credential {
	return Credential{func() (http.ResponseWriter, *http.Request) { return w, r }}
}

// HeaderCredential returns the credential in the headers of a call, such as the metadata of
// gRPC. Their names may be in any case. A call with a cookie counts as an unsafe request: see
// [Guard].
func HeaderCredential(header map[string][]string) Credential {
	canonical := http.Header{}
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		canonical[name] = append(canonical[name], values...)
	}
	return RequestCredential(nil, &http.Request{Method: http.MethodPost, Header: canonical, Host: canonical.Get(":authority")})
}

// TokenCredential returns the credential of a session token.
func TokenCredential(token orylogin.Secret) Credential {
	return RequestCredential(nil, requestWith(tokenHeader, token.Reveal()))
}

// CookieCredential returns the credential of a Cookie header, such as that of
// [orylogin.Client.SessionCookie].
func CookieCredential(cookie orylogin.Secret) Credential {
	return RequestCredential(nil, requestWith("Cookie", cookie.Reveal()))
}

func requestWith(name, value string) *http.Request {
	return &http.Request{Method: http.MethodGet, Header: http.Header{name: {value}}}
}

// Header returns the first value of a header. It is empty if there is none.
func (c Credential) Header(name string) string {
	_, request := c.reveal()
	return request.Header.Get(name)
}

func (c Credential) reveal() (http.ResponseWriter, *http.Request) {
	if c.sent != nil {
		if w, r := c.sent(); r != nil {
			return w, r
		}
	}
	return nil, &http.Request{}
}

// credential is the token or the cookies with which the guard asks the server.
type credential struct {
	cookie bool
	text   string // a token, or cookies with their names
}

// credentialOf returns the first credential of a request, in the server's order. A credential
// that cannot be valid counts as none.
func (g *Guard) credentialOf(r *http.Request) (credential, bool) {
	if token := r.Header.Get(tokenHeader); token != "" && !g.noTokens {
		return credential{text: token}, tokens.Check(token) == nil
	}
	if !g.noCookies {
		if cookie := g.client.SessionCookie(r); !cookie.IsZero() {
			return credential{true, cookie.Reveal()}, true
		}
		if header.TooManyCookies(r.Header) {
			return credential{}, false // there are too many cookies, and one may be a session cookie
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get(bearerHeader), " ")
	if !strings.EqualFold(scheme, bearerScheme) || g.noTokens {
		return credential{}, false
	}
	token = strings.TrimSpace(token)
	return credential{text: token}, tokens.Check(token) == nil
}

// key returns a hash of all that the server gets for the credential.
func (c credential) key() CacheKey {
	var buffer [512]byte // no allocation for a credential that fits
	if c.cookie {
		buffer[0] = 1
	}
	return sha256.Sum256(append(buffer[:1], c.text...))
}

// isCrossSite reports whether a page of another site may have made the browser send the
// request. A site is what browsers call a site; an application and its API usually share one.
func (g *Guard) isCrossSite(r *http.Request) bool {
	judged := *r
	judged.Host = cmp.Or(r.Host, "unknown") // the origin "null" has no host either
	if r.Header.Get("Upgrade") != "" {
		judged.Method = http.MethodPost // a page of any site can open a WebSocket and read from it
	}
	return r.Header.Get("Sec-Fetch-Site") != "same-site" && g.origins.Check(&judged) != nil
}
