package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func guardOf(t *testing.T, kratos http.RoundTripper, opts ...session.GuardOption) *session.Guard {
	t.Helper()
	guard, err := session.NewGuard(clientOf(t, kratos), opts...)
	require.NoError(t, err)
	return guard
}

func with(t *testing.T, guard *session.Guard, opts ...session.GuardOption) *session.Guard {
	t.Helper()
	more, err := guard.With(opts...)
	require.NoError(t, err)
	return more
}

func withMemory(maxAge time.Duration) session.GuardOption {
	return session.WithCache(session.NewMemoryCache(1<<20), maxAge)
}

// refused checks a refusal and returns its session.
func refused(t *testing.T, err error, status int, outcome orylogin.Outcome) *orylogin.Session {
	t.Helper()
	var refusal *session.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, status, refusal.StatusCode, "%v", err)
	require.Equal(t, outcome, refusal.Outcome, "%v", err)
	return refusal.Session
}

func TestCredentialsOfAllKinds(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token, cookie := tokenOf(t, sourceOf(t, server)), "ory_kratos_session="+cookieOf(t, server)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.Header.Set("Authorization", "Bearer "+token.Reveal())
	guard := guardOf(t, server)
	for name, credential := range map[string]session.Credential{
		"token":         session.TokenCredential(token),
		"cookie":        session.CookieCredential(orylogin.NewSecret("a=b; " + cookie)),
		"request":       session.RequestCredential(nil, request),
		"metadata":      session.HeaderCredential(map[string][]string{"authorization": {"bearer " + token.Reveal()}}),
		"other names":   session.HeaderCredential(map[string][]string{"x-SESSION-token": {token.Reveal()}}),
		"cookie header": session.HeaderCredential(map[string][]string{"cookie": {"a=b", cookie}}),
	} {
		who, err := guard.Check(t.Context(), credential)
		require.NoError(t, err, name)
		require.Equal(t, "i", who.Identity.ID, name)
		ctx, err := guard.Authenticate(t.Context(), credential)
		require.NoError(t, err, name)
		inside, found := session.FromContext(ctx)
		require.True(t, found, name)
		require.Equal(t, "i", inside.Identity.ID, name)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.NotContains(t, fmt.Sprintf(verb, credential), token.Reveal())
			require.NotContains(t, fmt.Sprintf(verb, credential), cookie)
		}
	}
	server.ExpectCalls(orylogintest.Whoami, 12)
	for name, credential := range map[string]session.Credential{
		"zero":        {},
		"no request":  session.RequestCredential(nil, nil),
		"no header":   session.HeaderCredential(nil),
		"no token":    session.TokenCredential(orylogin.Secret{}),
		"no cookie":   session.CookieCredential(orylogin.Secret{}),
		"wrong token": session.TokenCredential(orylogin.NewSecret("a\nb")),
	} {
		require.Empty(t, credential.Header("X-Other"), name)
		_, err := guard.Check(t.Context(), credential)
		require.ErrorIs(t, err, session.ErrNoCredential, name)
		refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
	}
	server.ExpectCalls(orylogintest.Whoami, 12)
}

func TestNoContext(t *testing.T) {
	t.Parallel()
	_, err := guardOf(t, newKratos(t)).Check(nil, session.Credential{}) //nolint:staticcheck // a careless program
	refused(t, err, http.StatusServiceUnavailable, "")
	_, err = (*session.Guard)(nil).With()
	require.Error(t, err)
	_, found := session.FromContext(session.NewContext(t.Context(), nil))
	require.False(t, found)
	who := &orylogin.Session{}
	inside, found := session.FromContext(session.NewContext(t.Context(), who))
	require.True(t, found)
	require.Same(t, who, inside)
}

func TestKinds(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token, cookie := "X-Session-Token: "+tokenOf(t, sourceOf(t, server)).Reveal(), "Cookie: ory_kratos_session="+cookieOf(t, server)
	bearer := strings.Replace(token, "X-Session-Token: ", "Authorization: Bearer ", 1)
	tokens, cookies := guarded(t, server, session.WithTokensOnly()), guarded(t, server, session.WithCookiesOnly())
	require.Equal(t, 200, ask(t, tokens, token).Code)
	require.Equal(t, 200, ask(t, tokens, bearer).Code)
	require.Equal(t, 200, ask(t, tokens, "Cookie: ory_kratos_session=bad", bearer).Code)
	require.Equal(t, 401, ask(t, tokens, cookie).Code)
	require.Equal(t, 200, ask(t, cookies, cookie).Code)
	require.Equal(t, 200, ask(t, cookies, cookie, "X-Session-Token: bad").Code)
	require.Equal(t, 401, ask(t, cookies, token).Code)
	require.Equal(t, 401, ask(t, cookies, bearer).Code)
	require.Equal(t, "Bearer", ask(t, tokens, cookie).Header().Get("WWW-Authenticate"))
	require.NotContains(t, ask(t, cookies, token).Header(), "Www-Authenticate", "no token counts")
	checked := guarded(t, server, session.WithCookiesOnly(), session.WithChecker(keys{new(atomic.Int32)}))
	require.Equal(t, "Bearer", ask(t, checked, token).Header().Get("WWW-Authenticate"), "a token may count for the checker")
}

// TestOptionalSessions checks that a failure never counts as a request without a session.
func TestOptionalSessions(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	guard := guardOf(t, server)
	page := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, found := session.FromContext(r.Context())
		_, _ = fmt.Fprint(w, found)
	})
	greets := guard.WrapOptional(page)
	require.Equal(t, "true", ask(t, greets, token).Body.String())
	require.Equal(t, "false", ask(t, greets).Body.String())
	require.Equal(t, "false", ask(t, greets, "X-Session-Token: bad").Body.String())
	require.Equal(t, 401, ask(t, guard.WrapOptional(guard.Wrap(page))).Code, "the guard inside is not optional")
	server.Respond(orylogintest.Whoami, http.StatusBadGateway, "")
	require.Equal(t, 503, ask(t, greets, token).Code)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Time{}))
	require.Equal(t, 403, ask(t, with(t, guard, session.RequireAAL2("")).WrapOptional(page), token).Code)
}

func TestOtherSites(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Time{}))
	guard := guardOf(t, server, session.WithOrigins("https://app.example.org"))
	for name, test := range map[string]struct {
		method, site, origin string
		want                 int
	}{
		"no browser":              {"POST", "", "", 200},
		"own page":                {"POST", "same-origin", "https://example.com", 200},
		"typed":                   {"POST", "none", "", 200},
		"sibling":                 {"POST", "same-site", "https://app.example.com", 200},
		"other site":              {"POST", "cross-site", "https://evil.example", 403},
		"other site, no origin":   {"POST", "cross-site", "", 403},
		"unknown site":            {"POST", "new", "", 403},
		"other site, allowed":     {"POST", "cross-site", "https://app.example.org", 200},
		"other site, link":        {"GET", "cross-site", "", 200},
		"other site, HEAD":        {"HEAD", "cross-site", "https://evil.example", 200},
		"other site, OPTIONS":     {"OPTIONS", "cross-site", "https://evil.example", 200},
		"other site, WebSocket":   {"GET websocket", "cross-site", "https://evil.example", 403},
		"own page, WebSocket":     {"GET websocket", "", "https://example.com", 200},
		"other site, DELETE":      {"DELETE", "cross-site", "https://evil.example", 403},
		"old browser, own page":   {"POST", "", "https://example.com", 200},
		"old browser, other page": {"POST", "", "https://evil.example", 403},
		"old browser, allowed":    {"POST", "", "https://app.example.org", 200},
		"old browser, sandbox":    {"POST", "", "null", 403},
	} {
		for credential, want := range map[string]int{"Cookie": test.want, "X-Session-Token": 200} {
			method, upgrade, _ := strings.Cut(test.method, " ")
			request := httptest.NewRequestWithContext(t.Context(), method, "https://example.com/", nil)
			request.Header.Set(credential, "ory_kratos_session=x")
			for header, value := range map[string]string{"Sec-Fetch-Site": test.site, "Origin": test.origin, "Upgrade": upgrade} {
				if value != "" {
					request.Header.Set(header, value)
				}
			}
			w := httptest.NewRecorder()
			guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})).ServeHTTP(w, request)
			require.Equal(t, want, w.Code, "%s: %s", name, credential)
			if want == 403 {
				require.Contains(t, w.Body.String(), "security_csrf_violation")
			}
		}
	}
	for name, header := range map[string]map[string][]string{
		"no host":    {"cookie": {"ory_kratos_session=x"}, "origin": {"null"}},
		"other page": {"cookie": {"ory_kratos_session=x"}, "origin": {"https://evil.example"}, ":authority": {"example.com"}},
		"other site": {"cookie": {"ory_kratos_session=x"}, "sec-fetch-site": {"cross-site"}},
	} {
		_, err := guard.Check(t.Context(), session.HeaderCredential(header))
		refused(t, err, http.StatusForbidden, orylogin.OutcomeCSRF)
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
	}
	_, err := guard.Check(t.Context(), session.HeaderCredential(map[string][]string{
		"cookie": {"ory_kratos_session=x"}, "origin": {"https://example.com"}, ":authority": {"example.com"},
	}))
	require.NoError(t, err)
}

// keys is a Checker of API keys.
type keys struct{ asked *atomic.Int32 }

var errKey = errors.New("the key is revoked")

func (k keys) Check(_ context.Context, credential session.Credential) (*orylogin.Session, error) {
	k.asked.Add(1)
	switch credential.Header("X-Api-Key") {
	case "":
		return nil, session.ErrNoCredential
	case "good":
		return &orylogin.Session{Session: api.Session{ID: "k", Active: true, Identity: &api.Identity{ID: "i"}}}, nil
	case "revoked":
		return nil, &session.Refusal{Outcome: orylogin.OutcomeNoSession, Err: errKey}
	case "nothing":
		return nil, nil
	case "nobody":
		return &orylogin.Session{Session: api.Session{ID: "k", Active: true}}, nil
	case "no id":
		return &orylogin.Session{Session: api.Session{ID: "k", Active: true, Identity: &api.Identity{}}}, nil
	case "ended":
		return &orylogin.Session{Session: api.Session{ID: "k", Identity: &api.Identity{ID: "i"}}}, nil
	default:
		return nil, fmt.Errorf("no such key: %w", orylogin.ErrSessionInactive)
	}
}

// TestChain checks that a guard asks the checkers in order, until one has an answer.
func TestChain(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	asked := &atomic.Int32{}
	other := newKratos(t)
	other.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Time{}))
	elsewhere, err := session.NewGuard(clientOf(t, other, orylogin.WithSessionCookie("elsewhere")), session.WithCookiesOnly())
	require.NoError(t, err)
	var last *session.Refusal
	guard := guarded(t, server, session.WithChecker(keys{asked}, elsewhere), session.WithRefusal(
		func(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
			last = refusal
			refusal.ServeHTTP(w, r)
		}))
	require.Equal(t, 200, ask(t, guard, token).Code)
	require.Equal(t, 200, ask(t, guard, "X-Api-Key: good", "X-Session-Token: bad").Code)
	require.Equal(t, 401, ask(t, guard, "X-Api-Key: bad", token).Code)
	require.Equal(t, 401, ask(t, guard, "X-Api-Key: revoked", token).Code)
	require.ErrorIs(t, last, errKey)
	for _, broken := range []string{"nothing", "nobody", "no id", "ended"} {
		require.Equal(t, 503, ask(t, guard, "X-Api-Key: "+broken, token).Code)
		require.ErrorContains(t, last, "the Checker returned no active session with an identity")
		require.Nil(t, last.Session)
	}
	require.Equal(t, 200, ask(t, guard, "Cookie: elsewhere=x").Code)
	require.Equal(t, 401, ask(t, guard).Code)
	require.EqualValues(t, 10, asked.Load())
	server.ExpectCalls(orylogintest.Whoami, 1)
	other.ExpectCalls(orylogintest.Whoami, 1)
}

// TestRequirementsInside checks that all guards of a request together ask the server once.
func TestRequirementsInside(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	for login := time.Now(); !time.Now().After(login.Add(1)); { // a clock can stand still for some milliseconds
		time.Sleep(time.Millisecond)
	}
	errRole := errors.New("not an administrator")
	var session1 *orylogin.Session
	for name, test := range map[string]struct {
		opts    []session.GuardOption
		want    int
		outcome orylogin.Outcome
		url     string
		err     error
	}{
		"nothing more": {nil, 200, "", "", nil},
		"AAL2":         {[]session.GuardOption{session.RequireAAL2("/login?aal=aal2")}, 403, orylogin.OutcomeSecondFactor, "/login?aal=aal2", orylogin.ErrSessionAAL2Required},
		"fresh enough": {[]session.GuardOption{session.RequireFresh(time.Hour, "")}, 200, "", "", nil},
		"not fresh":    {[]session.GuardOption{session.RequireFresh(1, "https://a/login")}, 403, session.OutcomeStale, "https://a/login", orylogin.ErrSessionRefreshRequired},
		"a fresh password and no factor": {
			[]session.GuardOption{session.RequireFreshAAL2(time.Hour, "/login?aal=aal2&refresh=true")},
			403, orylogin.OutcomeSecondFactor, "/login?aal=aal2&refresh=true", orylogin.ErrSessionAAL2Required,
		},
		"no page of its own": {
			[]session.GuardOption{session.RequireFreshAAL2(time.Hour, ""), session.WithStepUpURL("/step-up")},
			403, orylogin.OutcomeSecondFactor, "/step-up", orylogin.ErrSessionAAL2Required,
		},
		"own": {[]session.GuardOption{session.Require(func(_ context.Context, s *orylogin.Session) error {
			session1 = s
			return errRole
		})}, 403, session.OutcomeForbidden, "", errRole},
		"own second factor": {[]session.GuardOption{session.WithStepUpURL("/step-up"), session.Require(func(context.Context, *orylogin.Session) error {
			return &session.Refusal{Outcome: orylogin.OutcomeSecondFactor, Err: errRole}
		})}, 403, orylogin.OutcomeSecondFactor, "/step-up", errRole},
		"own URL": {[]session.GuardOption{session.WithLoginURL("/login"), session.Require(func(context.Context, *orylogin.Session) error {
			return &session.Refusal{Outcome: orylogin.OutcomeNoSession, URL: "/other", Err: errRole}
		})}, 401, orylogin.OutcomeNoSession, "/other", errRole},
		"own status": {[]session.GuardOption{session.Require(func(context.Context, *orylogin.Session) error {
			return &session.Refusal{StatusCode: http.StatusNotFound, Err: errRole}
		})}, 404, orylogin.OutcomeOther, "", errRole},
		"the first": {[]session.GuardOption{session.RequireAAL2(""), session.RequireFresh(1, "")}, 403, orylogin.OutcomeSecondFactor, "", orylogin.ErrSessionAAL2Required},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(server.Requests(orylogintest.Whoami))
			var got *session.Refusal
			outer := guardOf(t, server, session.WithRefusal(func(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
				got = refusal
				refusal.ServeHTTP(w, r)
			}))
			inner := with(t, outer, test.opts...)
			handler := outer.Wrap(inner.Wrap(inner.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))))
			require.Equal(t, test.want, ask(t, handler, token).Code)
			require.Len(t, server.Requests(orylogintest.Whoami), before+1)
			if test.want == 200 {
				return
			}
			require.Equal(t, test.outcome, got.Outcome)
			require.Equal(t, test.url, got.URL)
			require.ErrorIs(t, got, test.err)
			require.Equal(t, "i", got.Session.Identity.ID)
		})
	}
	require.Equal(t, "i", session1.Identity.ID)
}

// TestAnotherCredentialInside checks that a guard inside asks the server for a credential that
// the guard outside did not check.
func TestAnotherCredentialInside(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	guard := guardOf(t, server)
	ctx, err := guard.Authenticate(t.Context(), session.TokenCredential(tokenOf(t, sourceOf(t, server))))
	require.NoError(t, err)
	_, err = guard.Authenticate(ctx, session.TokenCredential(orylogin.NewSecret("bad")))
	refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
	stranger := guardOf(t, server)
	_, err = stranger.Authenticate(session.NewContext(t.Context(), &orylogin.Session{}), session.Credential{})
	refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
}

// TestCheckInside checks that a handler which runs for long learns that the session has ended.
func TestCheckInside(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	guard, token := guardOf(t, server), tokenOf(t, sourceOf(t, server))
	credential := session.TokenCredential(token)
	ctx, err := guard.Authenticate(t.Context(), credential)
	require.NoError(t, err)
	who, err := guard.Check(ctx, credential)
	require.NoError(t, err)
	require.Equal(t, "i", who.Identity.ID)
	require.NoError(t, clientOf(t, server).Logout(t.Context(), token))
	_, err = guard.Check(ctx, credential)
	refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
}

// TestForget checks that a logout counts at once if the guard forgets the session.
func TestForget(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	guard, signedIn := guardOf(t, server, withMemory(time.Hour)), server.SignIn("i")
	cookie := orylogin.NewSecret(signedIn.Cookie.Name + "=" + signedIn.Cookie.Value)
	for _, credential := range []session.Credential{session.TokenCredential(signedIn.Token), session.CookieCredential(cookie)} {
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err)
	}
	signedIn.Revoke()
	for _, credential := range []session.Credential{session.TokenCredential(signedIn.Token), session.CookieCredential(cookie)} {
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err, "the cache has the session")
		guard.Forget(t.Context(), credential)
		_, err = guard.Check(t.Context(), credential)
		refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
	}
	guardOf(t, server).Forget(t.Context(), session.Credential{})
	(&session.Guard{}).Forget(t.Context(), session.TokenCredential(signedIn.Token))
}

// TestForgetDuringACheck has a logout while the server answers a check. Only that check accepts the
// session.
func TestForgetDuringACheck(t *testing.T) {
	t.Parallel()
	for _, opts := range [][]session.GuardOption{nil, {withMemory(time.Hour)}} {
		server := newKratos(t)
		synctest.Test(t, func(t *testing.T) {
			guard := guardOf(t, server, opts...)
			credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
			var ended atomic.Bool
			server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				if ended.Load() {
					w.WriteHeader(http.StatusUnauthorized)
					_, _ = fmt.Fprint(w, `{"error":{"code":401}}`)
					return
				}
				time.Sleep(time.Second)
				_, _ = fmt.Fprint(w, whoami("aal1", time.Now().Add(time.Hour)))
			}))
			began := make(chan error)
			go func() {
				_, err := guard.Check(t.Context(), credential)
				began <- err
			}()
			time.Sleep(500 * time.Millisecond)
			ended.Store(true)
			guard.Forget(t.Context(), credential)
			_, err := guard.Check(t.Context(), credential)
			refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
			require.NoError(t, <-began)
			_, err = guard.Check(t.Context(), credential)
			refused(t, err, http.StatusUnauthorized, orylogin.OutcomeNoSession)
		})
	}
}

// TestNothingIsRefusedOutOfTheCache checks that a second factor and a refresh count at once.
func TestNothingIsRefusedOutOfTheCache(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		client := clientOf(t, server)
		token := tokenOf(t, sourceOf(t, server))
		guard := guardOf(t, server, withMemory(time.Hour))
		fresh, sure := with(t, guard, session.RequireFresh(time.Minute, "")), with(t, guard, session.RequireAAL2(""))
		check := func(guard *session.Guard, want, asked int) {
			t.Helper()
			before := len(server.Requests(orylogintest.Whoami))
			_, err := guard.Check(t.Context(), session.TokenCredential(token))
			if want == 200 {
				require.NoError(t, err)
			} else {
				require.Equal(t, "i", refused(t, err, want, orylogin.OutcomeOf(errors.Unwrap(err))).Identity.ID)
			}
			require.Len(t, server.Requests(orylogintest.Whoami), before+asked)
		}
		check(guard, 200, 1)
		check(fresh, 200, 0)
		time.Sleep(2 * time.Minute)
		check(guard, 200, 0)
		_, err := fresh.Check(t.Context(), session.TokenCredential(token))
		refused(t, err, 403, session.OutcomeStale)
		_, err = client.Refresh(t.Context(), token, password)
		require.NoError(t, err)
		check(fresh, 200, 1)
		check(fresh, 200, 0)
		_, err = sure.Check(t.Context(), session.TokenCredential(token))
		refused(t, err, 403, orylogin.OutcomeSecondFactor)
		code := orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP("JBSWY3DPEHPK3PXP", time.Now()))}
		_, err = client.StepUp(t.Context(), token, code)
		require.NoError(t, err)
		check(sure, 200, 1)
		check(sure, 200, 0)

		handler := guard.Wrap(sure.Wrap(fresh.Wrap(http.NotFoundHandler())))
		time.Sleep(2 * time.Minute)
		before := len(server.Requests(orylogintest.Whoami))
		require.Equal(t, 403, ask(t, handler, "X-Session-Token: "+token.Reveal()).Code)
		require.Len(t, server.Requests(orylogintest.Whoami), before+1)
	})
}

// TestRenewedCookie checks that the response gets the cookie that the server has renewed.
func TestRenewedCookie(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Add("Set-Cookie", "csrf_token_x=y; Path=/")
		w.Header().Add("Set-Cookie", "ory_kratos_session=new; Path=/")
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprint(w, whoami("aal1", time.Now().Add(time.Hour)))
	}))
	guard := guardOf(t, server, withMemory(time.Minute))
	once := with(t, guard, session.RequireAAL2(""))
	renewed := []string{"ory_kratos_session=new; Path=/"}
	handler := guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.Empty(t, ask(t, handler, "X-Session-Token: x").Header().Values("Set-Cookie"))
	require.Empty(t, ask(t, handler, "Authorization: Bearer y", "Cookie: a=b").Header().Values("Set-Cookie"))
	require.Equal(t, renewed, ask(t, handler, "Cookie: ory_kratos_session=x").Header().Values("Set-Cookie"))
	require.Empty(t, ask(t, handler, "Cookie: ory_kratos_session=x").Header().Values("Set-Cookie"), "out of the cache")
	answer := ask(t, once.Wrap(handler), "Cookie: ory_kratos_session=x")
	require.Equal(t, 403, answer.Code)
	require.Equal(t, renewed, answer.Header().Values("Set-Cookie"))
	require.Equal(t, renewed, ask(t, guard.Wrap(guard.Wrap(handler)), "Cookie: ory_kratos_session=z").Header().Values("Set-Cookie"))
	_, err := guard.Check(t.Context(), session.CookieCredential(orylogin.NewSecret("ory_kratos_session=w")))
	require.NoError(t, err)
}
