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

// Guard says whose session a credential is, and whether it is good enough. Make one with
// [NewGuard], and others that demand more with [Guard.With]. It is safe for concurrent use.
//
// The checkers of [WithChecker] are asked first. Then the Guard looks where the server
// does, in the same order: X-Session-Token, the session cookie (see
// [orylogin.WithSessionCookie]), and Authorization with the scheme Bearer. The first of
// these that is there counts, even if it is not valid and a later one is. Of several
// session cookies, all are sent, and the server takes the first that it can read. Nothing
// else of what the caller has sent goes to the server.
//
// Checks of one credential at the same time share one call. It does not end with the
// context of the check that began it, but with the client's time limit, or after 30
// seconds. It has the values of that context and runs in a goroutine of its own, so a panic of
// a transport or an observer in it ends the program. A failure of the server with a
// Retry-After counts for its credential until then, for an hour at most.
//
// An unsafe request with a session cookie is refused if a page of another site has sent it,
// by the browser's Sec-Fetch-Site, or else by its Origin: see [WithOrigins]. GET, HEAD and
// OPTIONS are safe.
type Guard struct {
	client    *orylogin.Client
	calls     *calls // those of the guards that are made of it, too
	cache     Cache  // nil for none
	maxAge    time.Duration
	checkers  []Checker
	meets     []func(context.Context, *orylogin.Session) error
	stepUpURL string
	noTokens  bool
	noCookies bool
	origins   *http.CrossOriginProtection
	refuse    func(http.ResponseWriter, *http.Request, *Refusal)
}

const (
	longestCall = 30 * time.Second // of the server and a cache together
	pace        = time.Second      // between questions because of a requirement
)

// calls are the questions under way, and the failures that count until Retry-After. There is
// one call of a credential at a time, so that no older answer comes after a newer one.
type calls = merge.Group[CacheKey, answer]

// answer is what became of a question.
type answer struct {
	session    *orylogin.Session // nil for none
	err        error
	key        CacheKey
	asked      time.Time     // zero for long ago
	keptAt     time.Time     // when who has put it into the cache has asked, by their clock
	cookies    []string      // the session cookies that the server has set
	retryAfter time.Duration // that the server asks for
}

// GuardOption configures a [Guard] when it is made.
type GuardOption func(*Guard) error

// WithCache keeps sessions for up to maxAge after the server was asked, and none longer
// than the session lives. A session that is revoked in the meantime still counts until
// then, so maxAge should be seconds. A kept session that does not meet a requirement refuses
// nobody: the server is asked again. It is asked so once a second for a credential, and checks
// that come sooner wait for that. Default: the server is asked each time.
func WithCache(cache Cache, maxAge time.Duration) GuardOption {
	wrong := fmt.Sprintf("WithCache: there is no cache, or %v is not positive", maxAge)
	return option.Setting(cache != nil && maxAge > 0, wrong, func(g *Guard) { g.cache, g.maxAge = cache, maxAge })
}

// WithTokensOnly makes the guard ignore session cookies.
func WithTokensOnly() GuardOption {
	return option.Setting(true, "", func(g *Guard) { g.noCookies = true })
}

// WithCookiesOnly makes the guard ignore session tokens.
func WithCookiesOnly() GuardOption {
	return option.Setting(true, "", func(g *Guard) { g.noTokens = true })
}

// WithRefusal sets the function by which [Guard.Wrap] answers refused requests, for example
// with a redirect to a login page. Default: [Refusal.ServeHTTP].
func WithRefusal(refuse func(http.ResponseWriter, *http.Request, *Refusal)) GuardOption {
	return option.Setting(refuse != nil, "WithRefusal: the function is nil", func(g *Guard) { g.refuse = refuse })
}

// WithOrigins allows unsafe requests with a cookie from pages of these origins, such as
// "https://app.example.com". Default: those of the same site, and where the browser does
// not say which that is, of the same host.
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

// Checker says whose session a credential is. A [Guard] is one, too.
type Checker interface {
	// Check returns a session, or an error that is [ErrNoCredential] if there is no
	// credential of its kind. Any other error refuses: a [*Refusal] as it is, and others
	// like those of [orylogin.Client.Whoami].
	Check(ctx context.Context, credential Credential) (*orylogin.Session, error)
}

// WithChecker adds checkers, such as one of API keys. They are asked in this order, before
// the guard asks the server. The first that does not return [ErrNoCredential] answers. A
// guard keeps none of their answers, and a guard inside of another asks them again.
func WithChecker(checkers ...Checker) GuardOption {
	return option.Setting(!slices.Contains(checkers, nil), "WithChecker: a checker is nil",
		func(g *Guard) { g.checkers = append(g.checkers, checkers...) })
}

// NewGuard returns a Guard that asks the client's server. It is an error if client or an
// option is nil, or if an option's value is not valid; the error names each such option.
func NewGuard(client *orylogin.Client, opts ...GuardOption) (*Guard, error) {
	if client == nil {
		return nil, errors.New("orylogin/session: the client is nil")
	}
	guard := &Guard{client: client, calls: &calls{}, origins: http.NewCrossOriginProtection()}
	return guard.With(opts...)
}

// With returns a Guard that has the options of g and these. Both share calls and cache. The
// new one can stand inside of g, as in g.Wrap(more.Wrap(handler)). There it takes the session
// that g has found. The server is asked again only if g has that session from the cache and it
// does not meet a requirement of the new one.
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

var errNoGuard = errors.New("orylogin/session: the Guard was not made by NewGuard")

// Check returns the session of a credential that meets the requirements of the guard. The
// error is a [*Refusal]. The session may be shared with others: do not change it.
//
// API: GET /sessions/whoami (toSession)
func (g *Guard) Check(ctx context.Context, credential Credential) (*orylogin.Session, error) {
	inside, err := g.Authenticate(ctx, credential)
	session, _ := FromContext(inside) // nil if there is an error
	return session, err
}

// Authenticate is [Guard.Check] for an interceptor: it returns a context in which
// [FromContext] finds the session. A guard inside that is made of g by [Guard.With] does not
// ask again. If there is an error, the context is nil.
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
		found, err = g.judge(ctx, w, r, began) // what the session lacked may have come since
	}
	for _, line := range found.cookies {
		if w != nil {
			w.Header().Add("Set-Cookie", line)
		}
	}
	found.cookies = nil // a guard inside hands on nothing
	if err != nil {
		return nil, g.refusal(found, err)
	}
	return &checked{Context: ctx, calls: g.calls, answer: found, began: began}, nil
}

// judge returns whose session it is, also if it does not meet a requirement. It takes no
// answer to a question from before since.
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
		if err == nil && session == nil {
			err = errors.New("orylogin/session: the Checker returned no session")
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

// ask returns the session of a credential: that of the guard outside, of the cache, or of
// the server.
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
		found := g.kept(ctx, key) // by the call before
		if found.session == nil || !since.IsZero() {
			time.Sleep(min(pace, time.Until(found.keptAt.Add(pace)))) // whose clock may be another
			found = g.whoami(ctx, c, key)
			g.tell(ctx, found)
		}
		return merge.Result[answer]{Value: found, Began: found.asked, Keep: found.keep()}
	})
	if err != nil {
		return answer{}, fmt.Errorf("orylogin/session: %w", err)
	}
	found := result.Value
	if left := time.Until(result.Keep); left > 0 {
		found.retryAfter = left
	}
	return found, found.err
}

// kept returns what the cache has. It was asked long ago, as far as is known: the clock of who
// has put it there may be another.
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
	var failed *orylogin.APIError
	if errors.As(found.err, &failed) {
		found.retryAfter = failed.RetryAfter
	}
	return found
}

// failed reports whether the server has not said whose session it is, or that there is none.
func (a answer) failed() bool {
	return a.err != nil && meaningOf(orylogin.OutcomeOf(a.err)).status >= 429
}

// keep returns until when an answer counts for those who ask later: a failure counts until
// Retry-After.
func (a answer) keep() time.Time {
	if a.retryAfter == 0 || !a.failed() {
		return time.Time{}
	}
	return time.Now().Add(min(a.retryAfter, longestWaited))
}

// isOther reports whether a Set-Cookie line sets another cookie than that of the session.
func (g *Guard) isOther(line string) bool {
	set, err := http.ParseSetCookie(line)
	return err != nil || g.client.SessionCookie(requestWith("Cookie", set.Name+"=x")).IsZero()
}

// tell lets the cache know what the server has answered.
func (g *Guard) tell(ctx context.Context, found answer) {
	switch {
	case g.cache == nil || found.failed():
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
