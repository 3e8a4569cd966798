package session

import (
	"context"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
)

// Wrap is a middleware: it returns a handler that calls next for requests whose session the
// guard accepts, and refuses all others. In next, [FromContext] returns that session.
//
// API: GET /sessions/whoami (toSession)
func (g *Guard) Wrap(next http.Handler) http.Handler { return g.wrap(next, nil) }

// WrapOptional is [Guard.Wrap] for pages that also work without a session: a request that
// Wrap would refuse with 401 goes to next without a session. Other refusals are as in Wrap,
// so nobody seems to be logged out while the server fails.
//
// API: GET /sessions/whoami (toSession)
func (g *Guard) WrapOptional(next http.Handler) http.Handler { return g.wrap(next, next) }

// wrap passes requests without a session to unknown, unless that is nil.
func (g *Guard) wrap(next, unknown http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside, refusal := g.enter(r.Context(), w, r)
		switch {
		case refusal == nil:
			next.ServeHTTP(w, r.WithContext(inside))
		case unknown != nil && refusal.StatusCode == http.StatusUnauthorized:
			unknown.ServeHTTP(w, r)
		case g == nil || g.refuse == nil:
			refusal.ServeHTTP(w, r)
		default:
			g.refuse(w, r, refusal)
		}
	})
}

type contextKey struct{}

// checked is a context with a session and with what a guard inside needs to know.
type checked struct {
	context.Context
	calls  *calls // of the guard outside; nil if there is none
	answer answer
	began  time.Time
}

func (c *checked) Value(key any) any {
	if key == (contextKey{}) {
		return c
	}
	return c.Context.Value(key)
}

var outermost = &checked{}

func checkedOf(ctx context.Context) *checked {
	if ctx != nil {
		if outside, found := ctx.Value(contextKey{}).(*checked); found {
			return outside
		}
	}
	return outermost
}

// NewContext returns a context in which [FromContext] finds the session. It is for tests of a
// handler without a guard.
func NewContext(ctx context.Context, session *orylogin.Session) context.Context {
	return &checked{Context: ctx, answer: answer{session: session}}
}

// FromContext returns the session that a [Guard] has put into ctx, and false if there is
// none. The session may be shared with others: do not change it.
func FromContext(ctx context.Context) (*orylogin.Session, bool) {
	session := checkedOf(ctx).answer.session
	return session, session != nil
}
