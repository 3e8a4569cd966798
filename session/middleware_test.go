package session_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// guarded returns a handler behind a Guard. It answers with the identity's id.
func guarded(t *testing.T, kratos http.RoundTripper, opts ...session.GuardOption) http.Handler {
	t.Helper()
	guard, err := session.NewGuard(clientOf(t, kratos), opts...)
	require.NoError(t, err)
	return guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, ok := session.FromContext(r.Context())
		if !ok {
			t.Error("there is no session in the context")
			return
		}
		_, _ = io.WriteString(w, who.Identity.ID)
	}))
}

// ask sends a request with the header lines and returns the answer.
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

// whoami returns an answer of the server with a session.
func whoami(level string, expiresAt time.Time) string {
	return fmt.Sprintf(`{"id":"s","active":true,"authenticator_assurance_level":%q,"identity":{"id":"i"},"expires_at":%q}`,
		level, expiresAt.Format(time.RFC3339))
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	fill := strings.NewReplacer("TOKEN", tokenOf(t, sourceOf(t, server)).Reveal(), "COOKIE", cookieOf(t, server))
	handler := guarded(t, server)
	for name, test := range map[string]struct {
		lines []string
		want  int
		sent  string // the credential that whoami got
	}{
		"token":              {[]string{"X-Session-Token: TOKEN"}, 200, "X-Session-Token: TOKEN"},
		"bearer":             {[]string{"Authorization: bEARER TOKEN"}, 200, "X-Session-Token: TOKEN"},
		"cookie":             {[]string{"Cookie: a=b; ory_kratos_session=COOKIE; csrf_token_x=y"}, 200, "Cookie: ory_kratos_session=COOKIE"},
		"quoted cookie":      {[]string{`Cookie: ory_kratos_session="COOKIE"`}, 200, `Cookie: ory_kratos_session="COOKIE"`},
		"bad token":          {[]string{"X-Session-Token: bad"}, 401, "X-Session-Token: bad"},
		"bad hides cookie":   {[]string{"X-Session-Token: bad", "Cookie: ory_kratos_session=COOKIE"}, 401, "X-Session-Token: bad"},
		"token before all":   {[]string{"X-Session-Token: TOKEN", "Cookie: ory_kratos_session=bad", "Authorization: Bearer bad"}, 200, "X-Session-Token: TOKEN"},
		"too many cookies":   {[]string{"Cookie: ory_kratos_session=COOKIE" + strings.Repeat("; a=b", 1000), "Authorization: Bearer TOKEN"}, 401, ""},
		"too long cookies":   {[]string{"Cookie: a=" + strings.Repeat("b", 64<<10), "Authorization: Bearer TOKEN"}, 401, ""},
		"cookie before":      {[]string{"Cookie: ory_kratos_session=COOKIE", "Authorization: Bearer bad"}, 200, "Cookie: ory_kratos_session=COOKIE"},
		"empty token header": {[]string{"X-Session-Token: ", "Authorization: Bearer TOKEN"}, 200, "X-Session-Token: TOKEN"},
		"cookie of Ory":      {[]string{"Cookie: ory_session_x=bad"}, 401, "Cookie: ory_session_x=bad"},
		"nothing":            {nil, 401, ""},
		"other cookie":       {[]string{"Cookie: session=COOKIE"}, 401, ""},
		"two of one name":    {[]string{"Cookie: ory_kratos_session=bad; a=b; ory_kratos_session=COOKIE"}, 200, "Cookie: ory_kratos_session=bad; ory_kratos_session=COOKIE"},
		"a stale one of Ory": {[]string{"Cookie: ory_session_x=bad; ory_kratos_session=COOKIE"}, 200, "Cookie: ory_session_x=bad; ory_kratos_session=COOKIE"},
		"empty cookie":       {[]string{"Cookie: ory_kratos_session="}, 401, ""},
		"basic":              {[]string{"Authorization: Basic TOKEN"}, 401, ""},
		"no scheme":          {[]string{"Authorization: TOKEN"}, 401, ""},
		"empty bearer":       {[]string{"Authorization: Bearer "}, 401, ""},
		"two words":          {[]string{"Authorization: Bearer TOKEN TOKEN"}, 401, ""},
		"control character":  {[]string{"X-Session-Token: TOKEN\x00"}, 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(server.Requests(orylogintest.Whoami))
			for i, line := range test.lines {
				test.lines[i] = fill.Replace(line)
			}
			answer := ask(t, handler, test.lines...)
			require.Equal(t, test.want, answer.Code)
			require.Equal(t, test.want == http.StatusOK, answer.Body.String() == "i")
			var sent []string
			for _, request := range server.Requests(orylogintest.Whoami)[before:] {
				for _, header := range []string{"X-Session-Token", "Cookie", "Authorization"} {
					if value := request.Header(header); value != "" {
						sent = append(sent, header+": "+value)
					}
				}
			}
			require.Equal(t, fill.Replace(test.sent), strings.Join(sent, "\n"))
		})
	}
}

func TestCookieName(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Time{}))
	guard, err := session.NewGuard(clientOf(t, server, orylogin.WithSessionCookie("own")))
	require.NoError(t, err)
	handler := guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	require.Equal(t, http.StatusOK, ask(t, handler, "Cookie: own=good").Code)
	require.Equal(t, http.StatusUnauthorized, ask(t, handler, "Cookie: ory_kratos_session=good").Code)
	require.Equal(t, http.StatusUnauthorized, ask(t, handler, "Cookie: ory_session_x=good").Code)
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	const (
		server      = "https://elsewhere/self-service/login/browser?aal=aal2"
		application = "https://app.example.com/login?aal=aal2"
		inactive    = `{"error":{"code":401,"id":"session_inactive","message":"the request has no valid session","status":"Unauthorized"}`
		owed        = `{"error":{"code":403,"id":"session_aal2_required","message":"the session needs a second factor","status":"Forbidden"}`
		unavailable = `{"error":{"code":503,"message":"the session could not be checked","status":"Service Unavailable"}}`
		limited     = `{"error":{"code":429,"message":"there are too many requests","status":"Too Many Requests"}}`
	)
	respond := func(status int, body string) func(*orylogintest.Server) {
		return func(s *orylogintest.Server) { s.Respond(orylogintest.Whoami, status, body) }
	}
	demandAt := func(url string) func(*orylogintest.Server) {
		return respond(403, `{"error":{"id":"session_aal2_required","code":403},"redirect_browser_to":"`+url+`"}`)
	}
	demand, stepUpURL := demandAt(server), []session.GuardOption{session.WithStepUpURL(application)}
	loginURL := session.WithLoginURL("https://app.example.com/login")
	option := func(url string) []session.GuardOption {
		return []session.GuardOption{session.RequireAAL2(url)}
	}
	for name, test := range map[string]struct {
		breaks func(*orylogintest.Server)
		opts   []session.GuardOption
		want   int
		body   string
	}{
		"no session":             {func(s *orylogintest.Server) { s.ExpireSessions("i") }, nil, 401, inactive + `}`},
		"no session, with a URL": {func(s *orylogintest.Server) { s.ExpireSessions("i") }, []session.GuardOption{loginURL}, 401, inactive + `,"redirect_browser_to":"https://app.example.com/login"}`},
		"a failure, with a URL":  {respond(500, ""), []session.GuardOption{loginURL}, 503, unavailable},
		"a factor, and a login":  {demand, append(stepUpURL, loginURL), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"the server demands":     {demand, nil, 403, owed + `,"redirect_browser_to":"` + server + `"}`},
		"both demand":            {demand, option(""), 403, owed + `,"redirect_browser_to":"` + server + `"}`},
		"both have a URL":        {demand, option(application), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"the middleware demands": {nil, option(application), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"nobody has a URL":       {nil, option(""), 403, owed + `}`},
		"the server, with a URL": {demand, stepUpURL, 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"both, with a URL":       {demand, append(stepUpURL, option("")...), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"a requirement, and it":  {nil, append(option(""), stepUpURL...), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"the last one counts":    {nil, append(option("/other"), stepUpURL...), 403, owed + `,"redirect_browser_to":"` + application + `"}`},
		"a script":               {demandAt("javascript:alert(1)"), nil, 403, owed + `}`},
		"500":                    {respond(500, `{"error":{"code":500,"message":"secret"}}`), nil, 503, unavailable},
		"502 of a proxy":         {respond(502, "<p>"), nil, 503, unavailable},
		"401 of a proxy":         {respond(401, "<p>"), nil, 503, unavailable},
		"403 of a proxy":         {respond(403, "<p>"), nil, 503, unavailable},
		"429":                    {respond(429, "no"), nil, 429, limited},
		"nobody's session":       {respond(200, `{"id":"s","active":true}`), nil, 503, unavailable},
		"an ended session":       {respond(200, `{"id":"s","active":false,"identity":{"id":"i"}}`), nil, 503, unavailable},
		"the connection breaks":  {func(s *orylogintest.Server) { s.Cut(orylogintest.Whoami) }, nil, 503, unavailable},
		"the server is slow":     {func(s *orylogintest.Server) { s.Delay(orylogintest.Whoami, time.Hour) }, nil, 503, unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				token := tokenOf(t, sourceOf(t, server)).Reveal()
				if test.breaks != nil {
					test.breaks(server)
				}
				answer := ask(t, guarded(t, server, test.opts...), "X-Session-Token: "+token)
				require.Equal(t, test.want, answer.Code)
				require.Equal(t, test.body+"\n", answer.Body.String())
				require.Equal(t, "application/json", answer.Header().Get("Content-Type"))
				require.Equal(t, "no-store", answer.Header().Get("Cache-Control"))
				require.Equal(t, test.want == 401, answer.Header().Get("WWW-Authenticate") == "Bearer")
			})
		})
	}
}

// TestOwedSecondFactor checks that the server can demand ada's second factor.
func TestOwedSecondFactor(t *testing.T) {
	t.Parallel()
	server := newKratos(t, orylogintest.WithHighestAAL())
	_, err := clientOf(t, server).Login(t.Context(), password)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	answer := ask(t, guarded(t, server), "X-Session-Token: "+owed.Token.Reveal())
	require.Equal(t, http.StatusForbidden, answer.Code)
	require.Contains(t, answer.Body.String(), server.URL+"/self-service/login/browser?aal=aal2")
}

func TestLevels(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	handler := guarded(t, server, session.RequireAAL2(""))
	for level, want := range map[string]int{"aal1": 403, "aal2": 200, "aal3": 200, "": 403, "new": 403} {
		server.Respond(orylogintest.Whoami, http.StatusOK, whoami(level, time.Time{}))
		require.Equal(t, want, ask(t, handler, "X-Session-Token: good").Code, level)
	}
}

func TestGuardsThatCannotBe(t *testing.T) {
	t.Parallel()
	_, err := session.NewGuard(nil)
	require.ErrorContains(t, err, "client is nil")
	client := clientOf(t, nil)
	_, err = session.NewGuard(client, nil, session.WithCache(nil, 0), session.WithOrigins("x"), session.WithRefusal(nil), session.WithChecker(session.Checker(nil)), session.Require(nil),
		session.RequireFresh(0, ""), session.RequireFreshAAL2(-1, ""), session.RequireAAL2("javascript:alert(1)"))
	for name, with := range map[string]func(string) session.GuardOption{
		"WithLoginURL": session.WithLoginURL, "WithStepUpURL": session.WithStepUpURL, "RequireAAL2": session.RequireAAL2,
		"RequireFreshAAL2": func(url string) session.GuardOption { return session.RequireFreshAAL2(time.Hour, url) },
		"RequireFresh":     func(url string) session.GuardOption { return session.RequireFresh(time.Hour, url) },
	} {
		for _, url := range []string{"javascript:alert(1)", "login", "data:,"} {
			_, err := session.NewGuard(client, with(url))
			require.ErrorContains(t, err, "orylogin/session: "+name+": ")
			require.ErrorContains(t, err, "neither of http or https nor a path")
		}
		_, err := session.NewGuard(client, with(""))
		require.Equal(t, strings.HasPrefix(name, "With"), err != nil, name)
	}
	for _, want := range []string{"an option is nil", "WithCache", "WithOrigins", "WithRefusal", "WithChecker", "Require:", "RequireFresh:", "RequireFreshAAL2", "RequireAAL2"} {
		require.ErrorContains(t, err, want)
	}
	handler := (&session.Guard{}).Wrap(http.NotFoundHandler())
	require.Equal(t, http.StatusServiceUnavailable, ask(t, handler, "X-Session-Token: x").Code)
	_, ok := session.FromContext(t.Context())
	require.False(t, ok)
}

// TestContradictoryAnswers checks that no answer with two meanings lets a request through.
func TestContradictoryAnswers(t *testing.T) {
	t.Parallel()
	const one = `{"id":"s","active":true,"identity":{"id":"i"}}`
	for body, want := range map[string]int{
		one: 200,
		`{"id":"s","active":true,"identity":{"id":"i"},"error":null}`:      200,
		`{"id":"s","active":true,"identity":{"id":"i"},"error":"revoked"}`: 503,
		`{"id":"s","active":true,"identity":{"id":"i"},"error":{}}`:        503,
		`{"id":"s","active":true,"identity":{"id":"i"},"error":false}`:     503,
		one + `{"error":{"code":401}}`:                                     503,
		one + `<html>`:                                                     503,
		`{"id":"s","Active":true,"active":true,"identity":{"id":"i"}}`:     503,
		`{"id":"s","active":true,"identity":{"id":"i","ID":"j"}}`:          503,
		`{"id":"s","active":true,"identity":{"id":"i","id":"j"}}`:          503,
	} {
		for _, credential := range []string{"X-Session-Token: x", "Cookie: ory_kratos_session=x", "Authorization: Bearer x"} {
			server := newKratos(t)
			server.Respond(orylogintest.Whoami, http.StatusOK, body)
			var refusal *session.Refusal
			handler := guarded(t, server, session.WithRefusal(func(w http.ResponseWriter, r *http.Request, f *session.Refusal) {
				refusal = f
				f.ServeHTTP(w, r)
			}))
			require.Equal(t, want, ask(t, handler, credential).Code, body)
			if want != http.StatusOK {
				require.ErrorIs(t, refusal.Err, orylogin.ErrUnknownAnswer, body)
			}
		}
	}
}
