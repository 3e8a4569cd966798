package session_test

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func mustParse(t *testing.T, text string) *url.URL {
	t.Helper()
	parsed, err := url.Parse(text)
	require.NoError(t, err)
	return parsed
}

// guarded is a handler behind a Middleware that answers with the identity's id.
func guarded(t *testing.T, kratos *fakeKratos, opts ...session.MiddlewareOption) http.Handler {
	t.Helper()
	middleware, err := session.NewMiddleware(kratos.client(t), opts...)
	require.NoError(t, err)
	return middleware.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := session.FromContext(r.Context())
		if !ok {
			t.Error("there is no session in the context")
			return
		}
		_, _ = io.WriteString(w, who.Identity.ID)
	}))
}

// ask sends a request with the header's lines, and returns the answer.
func ask(t *testing.T, handler http.Handler, lines ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	for _, line := range lines {
		name, value, _ := strings.Cut(line, ": ")
		request.Header.Add(name, value)
	}
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	kratos.tokens["good"] = true
	handler := guarded(t, kratos)
	for name, test := range map[string]struct {
		lines      []string
		want       int
		wantToken  string // that whoami got
		wantCookie string
	}{
		"token":              {[]string{"X-Session-Token: good"}, 200, "good", ""},
		"bearer":             {[]string{"Authorization: bEARER good"}, 200, "good", ""},
		"cookie":             {[]string{"Cookie: a=b; ory_kratos_session=good; csrf_token_x=y"}, 200, "", "ory_kratos_session=good"},
		"quoted cookie":      {[]string{`Cookie: ory_kratos_session="good"`}, 401, "", `ory_kratos_session="good"`},
		"bad token":          {[]string{"X-Session-Token: bad"}, 401, "bad", ""},
		"bad hides cookie":   {[]string{"X-Session-Token: bad", "Cookie: ory_kratos_session=good"}, 401, "bad", ""},
		"token before all":   {[]string{"X-Session-Token: good", "Cookie: ory_kratos_session=bad", "Authorization: Bearer bad"}, 200, "good", ""},
		"cookie before":      {[]string{"Cookie: ory_kratos_session=good", "Authorization: Bearer bad"}, 200, "", "ory_kratos_session=good"},
		"empty token header": {[]string{"X-Session-Token: ", "Authorization: Bearer good"}, 200, "good", ""},
		"nothing":            {nil, 401, "", ""},
		"other cookie":       {[]string{"Cookie: session=good"}, 401, "", ""},
		"empty cookie":       {[]string{"Cookie: ory_kratos_session="}, 401, "", ""},
		"basic":              {[]string{"Authorization: Basic good"}, 401, "", ""},
		"no scheme":          {[]string{"Authorization: good"}, 401, "", ""},
		"empty bearer":       {[]string{"Authorization: Bearer "}, 401, "", ""},
		"two words":          {[]string{"Authorization: Bearer good good"}, 401, "", ""},
		"control character":  {[]string{"X-Session-Token: go\x00od"}, 401, "", ""},
	} {
		kratos.mu.Lock()
		delete(kratos.last, "/sessions/whoami")
		kratos.mu.Unlock()
		answer := ask(t, handler, test.lines...)
		require.Equal(t, test.want, answer.Code, name)
		require.Equal(t, test.wantToken, kratos.header("/sessions/whoami").Get("X-Session-Token"), name)
		require.Equal(t, test.wantCookie, kratos.header("/sessions/whoami").Get("Cookie"), name)
		require.Empty(t, kratos.header("/sessions/whoami").Get("Authorization"), name)
		if test.want == http.StatusOK {
			require.Equal(t, "i", answer.Body.String(), name)
		}
	}
}

func TestCookieName(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	kratos.tokens["ory_session_x=good"] = true
	kratos.tokens["own=good"] = true
	for cookie, codes := range map[string][2]int{ // by default, and with another name
		"ory_session_x=good": {http.StatusOK, http.StatusUnauthorized},
		"own=good":           {http.StatusUnauthorized, http.StatusOK},
	} {
		require.Equal(t, codes[0], ask(t, guarded(t, kratos), "Cookie: "+cookie).Code, cookie)
		require.Equal(t, codes[1], ask(t, guarded(t, kratos, session.WithSessionCookie("own")), "Cookie: "+cookie).Code, cookie)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const stepUp = "https://kratos/self-service/login/browser?aal=aal2"
	const unavailable = `{"error":{"code":503,"status":"Service Unavailable","message":"the session could not be checked"}}`
	answerWith := func(status int, contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, test := range map[string]struct {
		whoami http.HandlerFunc
		opts   []session.MiddlewareOption
		want   int
		body   string
	}{
		"no session": {
			answerWith(401, "application/json", `{"error":{"code":401,"message":"no"}}`), nil, 401,
			`{"error":{"id":"session_inactive","code":401,"status":"Unauthorized","message":"the request has no valid session"}}`,
		},
		"the server demands a second factor": {
			answerWith(403, "application/json", `{"error":{"id":"session_aal2_required","code":403},"redirect_browser_to":"`+stepUp+`"}`),
			[]session.MiddlewareOption{session.WithAAL2("")},
			403,
			`{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","message":"the session needs a second factor"},"redirect_browser_to":"` + stepUp + `"}`,
		},
		"the server demands a second factor, at its own URL": {
			answerWith(403, "application/json", `{"error":{"id":"session_aal2_required","code":403},"redirect_browser_to":"https://elsewhere/"}`),
			[]session.MiddlewareOption{session.WithAAL2(stepUp)},
			403,
			`{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","message":"the session needs a second factor"},"redirect_browser_to":"` + stepUp + `"}`,
		},
		"the middleware demands a second factor": {
			nil,
			[]session.MiddlewareOption{session.WithAAL2(stepUp)},
			403,
			`{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","message":"the session needs a second factor"},"redirect_browser_to":"` + stepUp + `"}`,
		},
		"it knows no URL": {
			nil,
			[]session.MiddlewareOption{session.WithAAL2("")},
			403,
			`{"error":{"id":"session_aal2_required","code":403,"status":"Forbidden","message":"the session needs a second factor"}}`,
		},
		"500":                   {answerWith(500, "application/json", `{"error":{"code":500,"message":"secret"}}`), nil, 503, unavailable},
		"502 of a proxy":        {answerWith(502, "text/html", "<p>"), nil, 503, unavailable},
		"401 of a proxy":        {answerWith(401, "text/html", "<p>"), nil, 503, unavailable},
		"403 of a proxy":        {answerWith(403, "text/html", "<p>"), nil, 503, unavailable},
		"429":                   {answerWith(429, "text/plain", "no"), nil, 503, unavailable},
		"nobody's session":      {answerWith(200, "application/json", `{"id":"s","active":true}`), nil, 503, unavailable},
		"an ended session":      {answerWith(200, "application/json", `{"id":"s","active":false,"identity":{"id":"i"}}`), nil, 503, unavailable},
		"the connection breaks": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, nil, 503, unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos := newKratos(t)
			kratos.tokens["good"] = true
			kratos.answer("/sessions/whoami", test.whoami)
			answer := ask(t, guarded(t, kratos, test.opts...), "X-Session-Token: good")
			require.Equal(t, test.want, answer.Code)
			require.Equal(t, test.body+"\n", strings.ReplaceAll(answer.Body.String(), `\u0026`, "&"))
			require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
			require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
			require.Equal(t, test.want == 401, answer.Header().Get("WWW-Authenticate") == "Bearer")
			if strings.HasPrefix(name, "50") {
				require.Equal(t, "7", answer.Header().Get("Retry-After"))
			}
		})
	}
}

// TestStepUpURL: the URL of the application comes before that of the server.
func TestStepUpURL(t *testing.T) {
	t.Parallel()
	const ours = "https://app.example.com/login?aal=aal2"
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP"})
	client := server.Client()
	_, err := client.Login(t.Context(), password)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	for name, test := range map[string]struct {
		opts []session.MiddlewareOption
		want string
	}{
		"no option":       {nil, server.URL + "/self-service/login/browser?aal=aal2"},
		"no URL":          {[]session.MiddlewareOption{session.WithAAL2("")}, server.URL + "/self-service/login/browser?aal=aal2"},
		"the application": {[]session.MiddlewareOption{session.WithAAL2(ours)}, ours},
	} {
		var refused session.Refusal
		opts := append(test.opts, session.WithRefusal(func(_ http.ResponseWriter, _ *http.Request, refusal session.Refusal) {
			refused = refusal
		}))
		middleware, err := session.NewMiddleware(client, opts...)
		require.NoError(t, err)
		ask(t, middleware.Wrap(http.NotFoundHandler()), "X-Session-Token: "+owed.Token.Reveal())
		require.Equal(t, http.StatusForbidden, refused.StatusCode, name)
		require.Equal(t, test.want, refused.StepUpURL, name)
	}
}

// TestRefusalInALog has the text of the error, which encoding/json leaves out.
func TestRefusalInALog(t *testing.T) {
	t.Parallel()
	for want, refusal := range map[string]session.Refusal{
		`{"status":403,"step_up_url":"https://step/up","err":"why"}`: {StatusCode: 403, StepUpURL: "https://step/up", Err: errors.New("why")},
		`{"status":401,"err":"why"}`:                                 {StatusCode: 401, Err: errors.New("why")},
		`{"status":503,"err":"why"}`:                                 {Err: errors.New("why")},
		`{"status":503}`:                                             {},
	} {
		for _, logged := range []any{refusal, &refusal} {
			var log bytes.Buffer
			slog.New(slog.NewJSONHandler(&log, nil)).Info("refused", "refusal", logged)
			require.Contains(t, log.String(), `"refusal":`+want)
		}
	}
}

func TestServerTimesOut(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	end := make(chan struct{})
	kratos.answer("/sessions/whoami", func(http.ResponseWriter, *http.Request) { <-end })
	defer close(end)
	client, err := orylogin.New(kratos.URL, orylogin.WithTimeout(10*time.Millisecond))
	require.NoError(t, err)
	middleware, err := session.NewMiddleware(client)
	require.NoError(t, err)
	require.Equal(t, http.StatusServiceUnavailable, ask(t, middleware.Wrap(http.NotFoundHandler()), "X-Session-Token: x").Code)
}

func TestLevels(t *testing.T) {
	t.Parallel()
	for level, want := range map[string]int{"aal1": 403, "aal2": 200, "aal3": 200, "": 403, "new": 403} {
		kratos := newKratos(t)
		kratos.tokens["good"] = true
		kratos.set(time.Hour, level)
		require.Equal(t, want, ask(t, guarded(t, kratos, session.WithAAL2("")), "X-Session-Token: good").Code, level)
	}
}

func TestRefusalHandler(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	kratos.tokens["good"] = true
	handler := guarded(t, kratos, session.WithAAL2("https://step/up"),
		session.WithRefusal(func(w http.ResponseWriter, r *http.Request, refusal session.Refusal) {
			switch refusal.StatusCode {
			case http.StatusUnauthorized:
				http.Redirect(w, r, "https://log/in", http.StatusSeeOther)
			case http.StatusForbidden:
				http.Redirect(w, r, refusal.StepUpURL, http.StatusSeeOther)
			default:
				refusal.ServeHTTP(w, r)
			}
		}))
	require.Equal(t, "https://log/in", ask(t, handler).Header().Get("Location"))
	require.Equal(t, "https://step/up", ask(t, handler, "X-Session-Token: good").Header().Get("Location"))
	kratos.Close()
	require.Equal(t, http.StatusServiceUnavailable, ask(t, handler, "X-Session-Token: good").Code)
}

func TestMiddlewaresThatCannotBe(t *testing.T) {
	t.Parallel()
	_, err := session.NewMiddleware(nil)
	require.ErrorContains(t, err, "client is nil")
	_, err = session.NewMiddleware(newClient(t, "https://x"), nil, session.WithCache(0, 0), session.WithRefusal(nil), session.WithSessionCookie("a b"))
	for _, want := range []string{"an option is nil", "WithCache", "WithRefusal", "WithSessionCookie"} {
		require.ErrorContains(t, err, want)
	}
	for _, name := range []string{"", "a=b", "a;b", "a=b; c", " a", "a b;"} {
		_, err = session.NewMiddleware(newClient(t, "https://x"), session.WithSessionCookie(name))
		require.ErrorContains(t, err, "WithSessionCookie", "%q", name)
	}
	handler := (&session.Middleware{}).Wrap(http.NotFoundHandler())
	require.Equal(t, http.StatusServiceUnavailable, ask(t, handler, "X-Session-Token: x").Code)
	answer := httptest.NewRecorder()
	session.Refusal{}.ServeHTTP(answer, nil)
	require.Equal(t, http.StatusServiceUnavailable, answer.Code)
	_, ok := session.FromContext(t.Context())
	require.False(t, ok)
}

func TestCache(t *testing.T) {
	t.Parallel()
	type step struct {
		credential string
		want       int
		asked      int64 // in all
	}
	const one, two, three = "X-Session-Token: one", "X-Session-Token: two", "Cookie: ory_kratos_session=three"
	for name, test := range map[string]struct {
		opts  []session.MiddlewareOption
		steps []step
	}{
		"off":         {nil, []step{{one, 200, 1}, {one, 200, 2}}},
		"on":          {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{one, 200, 1}, {one, 200, 1}, {three, 200, 2}, {three, 200, 2}}},
		"bounded":     {[]session.MiddlewareOption{session.WithCache(2, time.Hour)}, []step{{one, 200, 1}, {two, 200, 2}, {three, 200, 3}, {two, 200, 3}, {three, 200, 3}, {one, 200, 4}, {two, 200, 5}}},
		"too old":     {[]session.MiddlewareOption{session.WithCache(10, time.Nanosecond)}, []step{{one, 200, 1}, {one, 200, 2}}},
		"no refusals": {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{"X-Session-Token: no", 401, 1}, {"X-Session-Token: no", 401, 2}}},
		"kind counts": {[]session.MiddlewareOption{session.WithCache(10, time.Hour)}, []step{{"X-Session-Token: three", 200, 1}, {three, 200, 2}}},
		"too low":     {[]session.MiddlewareOption{session.WithCache(10, time.Hour), session.WithAAL2("")}, []step{{one, 403, 1}, {one, 403, 2}}},
	} {
		kratos := newKratos(t)
		kratos.tokens["one"], kratos.tokens["two"], kratos.tokens["three"] = true, true, true
		handler := guarded(t, kratos, test.opts...)
		for i, step := range test.steps {
			require.Equal(t, step.want, ask(t, handler, step.credential).Code, "%s, step %d", name, i)
			require.Equal(t, step.asked, kratos.whoamis.Load(), "%s, step %d", name, i)
		}
	}
}

// TestCacheEndsWithTheSession keeps no answer that outlives its session.
func TestCacheEndsWithTheSession(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	kratos.tokens["good"] = true
	handler := guarded(t, kratos, session.WithCache(10, time.Hour))
	kratos.set(200*time.Millisecond, "aal1")
	start := time.Now()
	require.Equal(t, http.StatusOK, ask(t, handler, "X-Session-Token: good").Code)
	kratos.revoke()
	answer := ask(t, handler, "X-Session-Token: good")
	if time.Since(start) < 200*time.Millisecond {
		require.Equal(t, http.StatusOK, answer.Code, "it is still in the cache")
	}
	time.Sleep(time.Until(start.Add(250 * time.Millisecond)))
	require.Equal(t, http.StatusUnauthorized, ask(t, handler, "X-Session-Token: good").Code)

	kratos.tokens["good"] = true
	kratos.set(-time.Hour, "aal1") // as seen by a clock that is wrong
	before := kratos.whoamis.Load()
	for range 2 {
		require.Equal(t, http.StatusOK, ask(t, handler, "X-Session-Token: good").Code)
	}
	require.Equal(t, before+2, kratos.whoamis.Load())
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	kratos.tokens["good"] = true
	handler := guarded(t, kratos, session.WithCache(1, time.Hour))
	together(func() {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", "good")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			t.Errorf("%d", answer.Code)
		}
	})
}

// TestRetryAfterOfTheFarFuture rounds up a time that is near the largest one.
func TestRetryAfterOfTheFarFuture(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{time.Millisecond, math.MaxInt64} {
		w := httptest.NewRecorder()
		session.Refusal{Err: &orylogin.APIError{RetryAfter: wait}}.ServeHTTP(w, nil)
		seconds, err := strconv.ParseInt(w.Header().Get("Retry-After"), 10, 64)
		require.NoError(t, err)
		require.Positive(t, seconds)
	}
}
