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

// ErrNoCredential says that there is no session token or cookie, or none that can be valid.
// A [Checker] returns it for what is not of its kind. It is [orylogin.ErrSessionInactive].
var ErrNoCredential = fmt.Errorf("orylogin/session: there is no session token or cookie (%w)", orylogin.ErrSessionInactive)

var errCrossSite = &Refusal{Outcome: orylogin.OutcomeCSRF, Err: fmt.Errorf(
	"orylogin/session: a page of another site has sent the cookie (%w)", orylogin.ErrCSRFViolation)}

// Credential is what a caller has sent, in which a [Checker] finds by what the caller shows
// a session. It prints nothing of that. The zero Credential has nothing.
type Credential struct {
	sent func() (http.ResponseWriter, *http.Request)
}

// RequestCredential is what an HTTP request has. If it has a session cookie, and the server
// renews that, w gets the new one before the check returns; w may be nil.
func RequestCredential(w http.ResponseWriter, r *http.Request) Credential {
	return Credential{func() (http.ResponseWriter, *http.Request) { return w, r }}
}

// HeaderCredential is what the headers of a call have, such as the metadata of gRPC. Their
// names may be in any case. If there is a cookie, the call counts as an unsafe request.
func HeaderCredential(header map[string][]string) Credential {
	canonical := http.Header{}
	for name, values := range header {
		name = http.CanonicalHeaderKey(name)
		canonical[name] = append(canonical[name], values...)
	}
	return RequestCredential(nil, &http.Request{Method: http.MethodPost, Header: canonical, Host: canonical.Get(":authority")})
}

// TokenCredential is a session token.
func TokenCredential(token orylogin.Secret) Credential {
	return RequestCredential(nil, requestWith(tokenHeader, token.Reveal()))
}

// CookieCredential is a Cookie header, such as that of [orylogin.Client.SessionCookie].
func CookieCredential(cookie orylogin.Secret) Credential {
	return RequestCredential(nil, requestWith("Cookie", cookie.Reveal()))
}

func requestWith(name, value string) *http.Request {
	return &http.Request{Method: http.MethodGet, Header: http.Header{name: {value}}}
}

// Header returns the first value of a header, empty for none.
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

// credential is what the server is asked with.
type credential struct {
	cookie bool
	text   string // a token, or cookies with their names
}

// credentialOf returns the first credential of a request that is there, in the server's
// order. One that cannot be valid counts as none.
func (g *Guard) credentialOf(r *http.Request) (credential, bool) {
	if token := r.Header.Get(tokenHeader); token != "" && !g.noTokens {
		return credential{text: token}, tokens.Check(token) == nil
	}
	if !g.noCookies {
		if cookie := g.client.SessionCookie(r); !cookie.IsZero() {
			return credential{true, cookie.Reveal()}, true
		}
		if header.TooManyCookies(r.Header) {
			return credential{}, false // the server might find a session among them
		}
	}
	scheme, token, _ := strings.Cut(r.Header.Get(bearerHeader), " ")
	if !strings.EqualFold(scheme, bearerScheme) || g.noTokens {
		return credential{}, false
	}
	token = strings.TrimSpace(token)
	return credential{text: token}, tokens.Check(token) == nil
}

// key is a hash of all that the server is asked with.
func (c credential) key() CacheKey {
	var buffer [512]byte // without an allocation, if that is enough
	if c.cookie {
		buffer[0] = 1
	}
	return sha256.Sum256(append(buffer[:1], c.text...))
}

// isCrossSite reports whether a page of another site may have made the browser send the
// request. Sites are what browsers call so; an application and its API have one as a rule.
func (g *Guard) isCrossSite(r *http.Request) bool {
	judged := *r
	judged.Host = cmp.Or(r.Host, "unknown") // "null" has no host either
	return r.Header.Get("Sec-Fetch-Site") != "same-site" && g.origins.Check(&judged) != nil
}
