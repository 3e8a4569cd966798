package session

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/option"
)

// Middleware lets requests with a session through and refuses all others. Make one
// with [NewMiddleware]; it is safe for concurrent use.
//
// It looks for the session where the server does, in the same order: X-Session-Token,
// the session cookie (see [orylogin.WithSessionCookie]), and Authorization with the scheme
// Bearer. The first of these that is there counts, even if it is not valid and a later one
// is. Of several session cookies, all are sent, and the server takes the first that it can
// read. Nothing else of the request goes to the server.
type Middleware struct {
	client    *orylogin.Client
	aal2      bool // the session needs a second factor
	stepUpURL string
	refuse    func(http.ResponseWriter, *http.Request, Refusal)
	cache     *cache // nil for none
}

// MiddlewareOption configures a [Middleware] when it is made.
type MiddlewareOption func(*Middleware) error

// WithAAL2 demands a session with two factors. A request whose session has fewer is
// refused with 403 and stepUpURL, where a browser adds the second one, for example
// "https://app.example.com/login?aal=aal2". The same URL is given when the server
// itself demands the second factor. If stepUpURL is empty, the refusal has the
// server's own URL, or none if the server did not demand the factor. Default: the
// server's configuration decides, and the URL is the server's own.
func WithAAL2(stepUpURL string) MiddlewareOption {
	return func(m *Middleware) error {
		m.aal2, m.stepUpURL = true, stepUpURL
		return nil
	}
}

// WithCache keeps the sessions of up to entries tokens and cookies for up to maxAge,
// and none longer than the session lives. A session that is revoked in the meantime
// still counts until then, so maxAge should be seconds. Answers other than a session
// are not kept. The cache holds answers and does not merge requests: requests with
// the same token that arrive before the first answer each ask the server. Default:
// the server is asked each time.
func WithCache(entries int, maxAge time.Duration) MiddlewareOption {
	return func(m *Middleware) error {
		if entries <= 0 || maxAge <= 0 {
			return fmt.Errorf("WithCache: %d entries for %v are not positive", entries, maxAge)
		}
		m.cache = newCache(entries, maxAge)
		return nil
	}
}

// WithRefusal sets the function that answers refused requests, for example with a
// redirect to a login page. Default: [Refusal.ServeHTTP].
func WithRefusal(refuse func(http.ResponseWriter, *http.Request, Refusal)) MiddlewareOption {
	return func(m *Middleware) error {
		if refuse == nil {
			return errors.New("WithRefusal: the function is nil")
		}
		m.refuse = refuse
		return nil
	}
}

// NewMiddleware returns a Middleware that asks the client's server. It is an error if
// client or an option is nil, or if an option's value is not valid; the error names
// each such option.
func NewMiddleware(client *orylogin.Client, opts ...MiddlewareOption) (*Middleware, error) {
	if client == nil {
		return nil, errors.New("orylogin/session: the client is nil")
	}
	m := &Middleware{
		client: client,
		refuse: func(w http.ResponseWriter, r *http.Request, refusal Refusal) { refusal.ServeHTTP(w, r) },
	}
	if err := option.Apply("orylogin/session", m, opts); err != nil {
		return nil, err
	}
	return m, nil
}

// Wrap returns a handler that calls next for requests with a session. In next,
// [FromContext] returns that session.
//
// API: GET /sessions/whoami (toSession)
func (m *Middleware) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		session, err := m.session(r)
		if err != nil {
			m.refuseWith(w, r, newRefusal(err, m.stepUpURLOf(err)))
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), contextKey{}, session)))
	})
}

// refuseWith keeps a Middleware that was not made by NewMiddleware shut.
func (m *Middleware) refuseWith(w http.ResponseWriter, r *http.Request, refusal Refusal) {
	if m == nil || m.refuse == nil {
		refusal.ServeHTTP(w, r)
		return
	}
	m.refuse(w, r, refusal)
}

var (
	errNoCredential = errors.New("orylogin/session: the request has no session token or cookie")
	errAAL2         = errors.New("orylogin/session: the session has no second factor")
)

// session returns the session of a request.
func (m *Middleware) session(r *http.Request) (*orylogin.Session, error) {
	if m == nil || m.client == nil {
		return nil, errors.New("orylogin/session: the Middleware was not made by NewMiddleware")
	}
	credential, found := credentialOf(r, m.client)
	if !found {
		return nil, errNoCredential
	}
	if session, cached := m.cache.get(credential); cached {
		return session, nil
	}
	session, err := credential.whoami(r.Context(), m.client)
	switch {
	case err != nil:
		return nil, err
	case !m.suffices(session):
		return nil, errAAL2
	}
	m.cache.put(credential, session)
	return session, nil
}

func (m *Middleware) suffices(session *orylogin.Session) bool {
	level := session.AuthenticatorAssuranceLevel
	return !m.aal2 || level == api.AAL2 || level == api.AAL3
}

// stepUpURLOf returns where a second factor is given: at the application's URL, or else
// where the server says.
func (m *Middleware) stepUpURLOf(err error) string {
	var owed *orylogin.SecondFactorError
	switch {
	case errors.As(err, &owed):
		return cmp.Or(m.stepUpURL, owed.URL)
	case errors.Is(err, errAAL2):
		return m.stepUpURL
	default:
		return ""
	}
}

type contextKey struct{}

// FromContext returns the session of the request that ctx belongs to, and false if
// the request did not pass a [Middleware]. The session may be shared with other
// requests: do not change it.
func FromContext(ctx context.Context) (*orylogin.Session, bool) {
	if ctx == nil {
		return nil, false
	}
	session, ok := ctx.Value(contextKey{}).(*orylogin.Session)
	return session, ok
}
