package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/merge"
	"github.com/orylogin/orylogin/internal/option"
)

// Guard finds the session of a credential and says whether it is good enough. Make one with
// [NewGuard], and stricter ones with [Guard.With]. It is safe for concurrent use.
//
// A Guard asks the checkers of [WithChecker] first. Then it looks for a credential where the
// server does, in the same order: X-Session-Token, the session cookie (see
// [orylogin.WithSessionCookie]), and Authorization with the scheme Bearer. Only the first
// credential counts, even if only a later one is valid. If there are several session cookies,
// the Guard sends all, and the server takes the first that it can read, even if that one's
// session has ended. The Guard sends nothing else of the caller to the server.
//
// Checks of one credential at the same time share one call. The call has the values of the
// context of the check that began it, but does not end with that context. It ends after the
// client's time limit, and after 30 seconds at the latest. It runs in its own goroutine, so a
// panic of a transport or an observer in it ends the program. If a check fails with 429 or 503
// because of an answer with Retry-After, the Guard keeps that failure. Until the time of
// Retry-After has passed, checks of the credential fail without a call, for an hour at most.
// Their errors say so.
//
// Before a Guard believes a server that denies a session, it asks [orylogin.Client.Ready]. If
// the server says that it cannot work, for example without its database, the refusal is a 503.
// Denials at the same time share this question.
//
// A Guard refuses an unsafe request with a session cookie if a page of another site has sent
// it. It knows that by the browser's Sec-Fetch-Site, or else by its Origin: see
// [WithOrigins]. A request with neither of them is not from a page. GET, HEAD and OPTIONS are
// safe, but a request with Upgrade is not, such as that of a WebSocket.
type Guard struct {
	client    *orylogin.Client
	calls     *calls // shared with the guards made by With
	doubts    *doubts
	cache     Cache // nil for none
	maxAge    time.Duration
	checkers  []Checker
	meets     []func(context.Context, *orylogin.Session) error
	loginURL  string
	stepUpURL string
	noTokens  bool
	noCookies bool
	origins   *http.CrossOriginProtection
	refuse    func(http.ResponseWriter, *http.Request, *Refusal)
}

const (
	longestCall = 30 * time.Second       // of the server and the cache together
	pace        = 200 * time.Millisecond // least time between two questions because of a requirement
)

// calls has the calls under way, and the failures that count until Retry-After. A credential
// has one call at a time, so no older answer comes after a newer one.
type calls = merge.Group[CacheKey, answer]

// answer is the result of a call.
type answer struct {
	session    *orylogin.Session // nil for none
	err        error
	key        CacheKey
	asked      time.Time     // when the guard asked the server; zero is long ago
	keptAt     time.Time     // when the process that filled the cache asked, by its own clock
	cookies    []string      // the session cookies that the server has set
	retryAfter time.Duration // how long the server asks to wait
}

// GuardOption configures a [Guard] when it is made.
type GuardOption func(*Guard) error

// WithCache keeps sessions for up to maxAge after the server was asked, but not beyond their
// expiry. A session that is revoked in the meantime still counts for that long, so maxAge
// should be seconds. If a kept session does not meet a requirement, the guard asks the server
// again before it refuses. It does so at most every 200 milliseconds for each credential: a
// check that comes sooner waits. Refused credentials are not kept. Default: the guard asks the
// server each time.
func WithCache(cache Cache, maxAge time.Duration) GuardOption {
	wrong := fmt.Sprintf("WithCache: there is no cache, or %v is not positive", maxAge)
	return option.Setting(cache != nil && maxAge > 0, wrong, func(g *Guard) { g.cache, g.maxAge = cache, maxAge })
}

// WithTokensOnly makes the guard ignore session cookies. Checkers still see them: see
// [WithChecker].
func WithTokensOnly() GuardOption {
	return option.Setting(true, "", func(g *Guard) { g.noCookies = true })
}

// WithCookiesOnly makes the guard ignore session tokens. Checkers still see them: see
// [WithChecker]. Refusals with 401 then lack the header WWW-Authenticate. With WithChecker
// they have it, since a checker may take tokens.
func WithCookiesOnly() GuardOption {
	return option.Setting(true, "", func(g *Guard) { g.noTokens = true })
}

// WithRefusal sets the function with which [Guard.Wrap] answers refused requests, for example
// with a redirect to a login page. Default: [Refusal.ServeHTTP].
func WithRefusal(refuse func(http.ResponseWriter, *http.Request, *Refusal)) GuardOption {
	return option.Setting(refuse != nil, "WithRefusal: the function is nil", func(g *Guard) { g.refuse = refuse })
}

// WithOrigins allows unsafe requests with a cookie from pages of these origins, such as
// "https://app.example.com". Default: pages of the same site, or of the same host if the
// browser does not tell the site.
func WithOrigins(origins ...string) GuardOption {
	return func(g *Guard) error {
		g.origins = http.NewCrossOriginProtection()
		for _, origin := range origins {
			if err := g.origins.AddTrustedOrigin(origin); err != nil {
				return fmt.Errorf("WithOrigins: %w", err)
			}
		}
		return nil
	}
}

// Checker finds the session of a credential. A [Guard] is a Checker, too.
type Checker interface {
	// Check returns a session. If there is no credential of its kind, the error matches
	// [ErrNoCredential]. Any other error refuses the caller. If it is a [*Refusal], the guard
	// refuses with that. Otherwise the guard takes it as an error of [orylogin.Client.Whoami].
	// A session that is not Active or has no Identity.ID is refused with 503.
	Check(ctx context.Context, credential Credential) (*orylogin.Session, error)
}

// WithChecker adds checkers, for example one for API keys. The guard asks them in this order,
// before it asks the server. The first result that is not [ErrNoCredential] counts. The guard
// does not cache it, and a guard inside another guard asks the checkers again.
func WithChecker(checkers ...Checker) GuardOption {
	return option.Setting(!slices.Contains(checkers, nil), "WithChecker: a checker is nil",
		func(g *Guard) { g.checkers = append(g.checkers, checkers...) })
}

// NewGuard returns a Guard that asks the client's server. It returns an error if client is
// nil, or if an option is nil or not valid. The error names each such option.
func NewGuard(client *orylogin.Client, opts ...GuardOption) (*Guard, error) {
	if client == nil {
		return nil, errors.New("orylogin/session: the client is nil")
	}
	guard := &Guard{client: client, calls: &calls{}, doubts: &doubts{}, origins: http.NewCrossOriginProtection()}
	return guard.With(opts...)
}

// With returns a Guard that has the options of g and also opts. Both guards share calls and
// cache. The new guard can stand inside g, as in g.Wrap(more.Wrap(handler)). There it takes
// the session that g has found. If that session does not meet a requirement of the new guard,
// and comes from the cache or from a call that began before the request, the new guard asks
// the server again.
func (g *Guard) With(opts ...GuardOption) (*Guard, error) {
	if g == nil || g.client == nil {
		return nil, errNoGuard
	}
	more := *g
	more.checkers, more.meets = slices.Clip(g.checkers), slices.Clip(g.meets)
	if err := option.Apply("orylogin/session", &more, opts); err != nil {
		return nil, err
	}
	return &more, nil
}

var (
	errNoGuard   = errors.New("orylogin/session: the Guard was not made by NewGuard")
	errNoSession = errors.New("orylogin/session: the Checker returned no active session with an identity")
)

// Check returns the session of a credential if it meets the guard's requirements. The error
// is a [*Refusal]. The session may be shared with others: do not change it.
//
// Check does not take a session from ctx. So a handler that runs for long, such as that of a
// stream, calls Check again and again to learn that the session has ended.
//
// API: GET /sessions/whoami (toSession)
func (g *Guard) Check(ctx context.Context, credential Credential) (*orylogin.Session, error) {
	if checkedOf(ctx) != outermost {
		ctx = context.WithValue(ctx, contextKey{}, outermost)
	}
	inside, err := g.Authenticate(ctx, credential)
	session, _ := FromContext(inside) // nil if there is an error
	return session, err
}

// Authenticate is [Guard.Check] for an interceptor: it returns a context in which
// [FromContext] finds the session. A guard that [Guard.With] has made from g takes that
// session from the context: see [Guard.With]. If there is an error, the context is nil.
//
// API: GET /sessions/whoami (toSession)
func (g *Guard) Authenticate(ctx context.Context, credential Credential) (context.Context, error) {
	w, r := credential.reveal()
	inside, refusal := g.enter(ctx, w, r)
	if refusal != nil {
		return nil, refusal
	}
	return inside, nil
}

// Forget makes the next check of a credential ask the server. Call it after a logout: otherwise
// the cache still has the session until its maxAge has passed, and a check can share the call of
// a check that began before the logout. Forget sends nothing.
func (g *Guard) Forget(ctx context.Context, credential Credential) {
	if g == nil || g.client == nil {
		return
	}
	_, r := credential.reveal()
	if found, ok := g.credentialOf(r); ok {
		g.calls.Forget(found.key())
		g.tell(ctx, answer{key: found.key(), asked: time.Now(), err: ErrNoCredential})
	}
}

func (g *Guard) enter(ctx context.Context, w http.ResponseWriter, r *http.Request) (context.Context, *Refusal) {
	if g == nil || g.client == nil || ctx == nil {
		return nil, &Refusal{Err: errNoGuard, StatusCode: http.StatusServiceUnavailable}
	}
	outside, began := checkedOf(ctx), time.Now()
	if outside.calls == g.calls {
		began = outside.began
	}
	found, err := g.judge(ctx, w, r, time.Time{})
	if err != nil && found.session != nil && found.asked.Before(began) {
		found, err = g.judge(ctx, w, r, began) // the session may have got what it lacked
	}
	for _, line := range found.cookies {
		if w != nil {
			w.Header().Add("Set-Cookie", line)
		}
	}
	found.cookies = nil // a guard inside does not pass the cookies on again
	if err != nil {
		return nil, g.refusal(found, err)
	}
	return &checked{Context: ctx, calls: g.calls, answer: found, began: began}, nil
}

// judge returns the session, even if it does not meet a requirement. It accepts no answer to a
// call from before since.
func (g *Guard) judge(ctx context.Context, w http.ResponseWriter, r *http.Request, since time.Time) (answer, error) {
	found, err := g.find(ctx, w, r, since)
	for _, meets := range g.meets {
		if err != nil {
			break
		}
		err = meets(ctx, found.session)
		if err != nil && !errors.As(err, new(*Refusal)) {
			err = &Refusal{Outcome: OutcomeForbidden, Err: err}
		}
	}
	return found, err
}

func (g *Guard) find(ctx context.Context, w http.ResponseWriter, r *http.Request, since time.Time) (answer, error) {
	for _, checker := range g.checkers {
		session, err := checker.Check(ctx, RequestCredential(w, r))
		if err == nil && !isComplete(session) {
			session, err = nil, errNoSession
		}
		if !errors.Is(err, ErrNoCredential) {
			return answer{session: session, asked: time.Now()}, err
		}
	}
	credential, found := g.credentialOf(r)
	switch {
	case !found:
		return answer{}, ErrNoCredential
	case credential.cookie && g.isCrossSite(r):
		return answer{}, errCrossSite
	default:
		return g.ask(ctx, credential, since)
	}
}

// isComplete reports whether a session says whose it is. Each session of the server does.
func isComplete(session *orylogin.Session) bool {
	return session != nil && session.Active && session.Identity != nil && session.Identity.ID != ""
}

// ask returns the session of a credential from the guard outside, from the cache or from the
// server.
func (g *Guard) ask(ctx context.Context, c credential, since time.Time) (answer, error) {
	key := c.key()
	if since.IsZero() {
		if outside := checkedOf(ctx); outside.calls == g.calls && outside.answer.key == key {
			return outside.answer, nil
		}
		if kept := g.kept(ctx, key); kept.session != nil {
			return kept, nil
		}
	}
	result, err := g.calls.Do(ctx, key, since, longestCall, func(ctx context.Context) merge.Result[answer] {
		found := g.kept(ctx, key) // an earlier call may have put it there
		if found.session == nil || !since.IsZero() {
			time.Sleep(min(pace, time.Until(found.keptAt.Add(pace)))) // min, since keptAt may be from another clock
			found = g.whoami(ctx, c, key)
		}
		return merge.Result[answer]{Value: found, Began: found.asked, Keep: found.keep(), Land: func() { g.tell(ctx, found) }}
	})
	if err != nil {
		return answer{}, fmt.Errorf("orylogin/session: %w", err)
	}
	found := result.Value
	if left := time.Until(result.Keep); left > 0 {
		found.retryAfter = left
		found.err = fmt.Errorf("%w; not asked again until Retry-After", found.err)
	}
	return found, found.err
}

// kept returns the session in the cache. It counts as asked long ago, since another process may
// have put it there, and the clock of that process may differ.
func (g *Guard) kept(ctx context.Context, key CacheKey) answer {
	if g.cache == nil {
		return answer{}
	}
	entry, found := g.cache.Get(ctx, key)
	if !found || !time.Now().Before(entry.Until) {
		return answer{}
	}
	return answer{session: entry.Session, key: key, keptAt: entry.AskedAt}
}

func (g *Guard) whoami(ctx context.Context, c credential, key CacheKey) answer {
	found := answer{key: key, asked: time.Now()}
	if c.cookie {
		visit := g.client.Visit(nil, requestWith("Cookie", c.text))
		found.session, found.err = visit.Whoami(ctx)
		found.cookies = slices.DeleteFunc(visit.CookieLines(), g.isOther)
	} else {
		found.session, found.err = g.client.Whoami(ctx, orylogin.NewSecret(c.text))
	}
	if errors.Is(found.err, orylogin.ErrSessionInactive) {
		if doubt := g.doubt(ctx); doubt != nil {
			found.err, found.cookies = doubt, nil
		}
	}
	var failed *orylogin.APIError
	if errors.As(found.err, &failed) {
		found.retryAfter = failed.RetryAfter
	}
	return found
}

// failed reports whether the server has returned no session and has not said that there is
// none.
func (a answer) failed() bool {
	return a.err != nil && meaningOf(orylogin.OutcomeOf(a.err)).status >= 429
}

// keep returns the time until which an answer counts for later checks. A failure counts until
// Retry-After.
func (a answer) keep() time.Time {
	if a.retryAfter == 0 || !a.failed() {
		return time.Time{}
	}
	return time.Now().Add(min(a.retryAfter, longestWaited))
}

// isOther reports whether a Set-Cookie line sets a cookie that is not the session cookie.
func (g *Guard) isOther(line string) bool {
	set, err := http.ParseSetCookie(line)
	return err != nil || g.client.SessionCookie(requestWith("Cookie", set.Name+"=x")).IsZero()
}

// tell stores the server's answer in the cache.
func (g *Guard) tell(ctx context.Context, found answer) {
	switch {
	case g.cache == nil || found.failed() || found.asked.IsZero(): // zero: it is from the cache
	case found.err != nil:
		g.cache.Forget(ctx, found.key, found.asked)
	default:
		until := found.asked.Add(g.maxAge)
		if expiry := found.session.ExpiresAt; expiry.Before(until) {
			until = expiry
		}
		if time.Now().Before(until) {
			g.cache.Put(ctx, found.key, CacheEntry{found.session, found.asked, until})
		}
	}
}
