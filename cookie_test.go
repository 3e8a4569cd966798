package orylogin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// replying is a transport with one JSON answer and its cookies for all requests. It keeps the
// last Cookie header.
type replying struct {
	status  int
	body    string
	cookies []string
	sent    http.Header
}

func (r *replying) RoundTrip(request *http.Request) (*http.Response, error) {
	r.sent = request.Header.Clone()
	header := http.Header{"Content-Type": {"application/json"}, "Set-Cookie": r.cookies}
	return &http.Response{
		StatusCode: r.status, Header: header, Request: request, Body: io.NopCloser(strings.NewReader(r.body)),
	}, nil
}

const (
	browserFlow = `{"id":"f","type":"browser","ui":{"action":"/","method":"POST","nodes":[]}}`
	nativeFlow  = `{"id":"f","type":"api","ui":{"action":"/","method":"POST","nodes":[]}}`
	browserDone = `{"session":{"id":"s","active":true,"identity":{"id":"i","schema_id":"d","schema_url":"u","traits":{}}}}`
)

// page returns the request of a browser with the lines of its Cookie headers.
func page(cookies ...string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/login", nil)
	r.Header["Cookie"] = cookies
	return r
}

// TestCookiesThatAreSent checks that the server gets the cookies that it needs, in the
// browser's order, and all of those with one name.
func TestCookiesThatAreSent(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lines []string
		want  string
	}{
		"none":                       {nil, ""},
		"the ones of the server":     {[]string{"csrf_token_a=1; ory_kratos_session=2; ory_kratos_continuity=3"}, "csrf_token_a=1; ory_kratos_session=2; ory_kratos_continuity=3"},
		"not those of others":        {[]string{"theme=dark; ory_kratos_session=2; _ga=1"}, "ory_kratos_session=2"},
		"two of one name":            {[]string{"ory_kratos_session=old; ory_kratos_session=new"}, "ory_kratos_session=old; ory_kratos_session=new"},
		"of two projects":            {[]string{"ory_session_a=1; ory_kratos_session=2; ory_session_b=3"}, "ory_session_a=1; ory_kratos_session=2; ory_session_b=3"},
		"on several lines":           {[]string{"ory_kratos_session=1", "csrf_token_a=2"}, "ory_kratos_session=1; csrf_token_a=2"},
		"quoted":                     {[]string{`ory_kratos_session="a b"`}, `ory_kratos_session="a b"`},
		"without a value":            {[]string{"ory_kratos_session=; csrf_token_a=1"}, "csrf_token_a=1"},
		"a name behind other spaces": {[]string{"\u00a0ory_kratos_session=1; \u2003csrf_token_a=1"}, ""},
		"a value with a line break":  {[]string{"ory_kratos_session=a\r\nX-Evil: b"}, ""},
		"not of the form name=value": {[]string{"ory_kratos_session; =1; ;;"}, ""},
	} {
		transport := &replying{status: 200, body: browserFlow}
		client := over(t, transport)
		_, err := client.Visit(nil, page(test.lines...)).CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err, name)
		require.Equal(t, test.want, transport.sent.Get("Cookie"), name)
	}
}

// TestSessionCookie checks that a service finds all session cookies of a request, by the rule
// of its client, and no other cookie.
func TestSessionCookie(t *testing.T) {
	t.Parallel()
	r := page("csrf_token_a=1; ory_kratos_session=2; mine=3; ory_session_x=4; ory_kratos_session=5; mine=")
	usual := over(t, &replying{})
	require.Equal(t, "ory_kratos_session=2; ory_session_x=4; ory_kratos_session=5", usual.SessionCookie(r).Reveal())
	named := over(t, &replying{}, orylogin.WithSessionCookie("mine"))
	require.Equal(t, "mine=3", named.SessionCookie(r).Reveal())
	require.True(t, usual.SessionCookie(nil).IsZero())
	require.True(t, usual.SessionCookie(page("theme=dark")).IsZero())
	require.True(t, (*orylogin.Client)(nil).SessionCookie(r).IsZero())

	transport := &replying{status: 401, body: `{"error":{"code":401,"message":"no"}}`}
	_, err := over(t, transport).WhoamiCookie(t.Context(), usual.SessionCookie(r))
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, "ory_kratos_session=2; ory_session_x=4; ory_kratos_session=5", transport.sent.Get("Cookie"))
}

// TestTooManyCookies checks that a browser or a server with very many cookies is refused with a
// clear error.
func TestTooManyCookies(t *testing.T) {
	t.Parallel()
	transport := &replying{status: 200, body: browserFlow}
	client := over(t, transport)
	heap := page(strings.Repeat("csrf_token_a=1; ", 5000))
	_, err := client.Visit(nil, heap).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.ErrorIs(t, err, orylogin.ErrInvalidCall)
	require.ErrorIs(t, err, orylogin.ErrRequestTooLarge)
	require.EqualError(t, err, "orylogin: the request has more than 1,000 cookies or 64 KiB of them: larger than a login needs")
	require.Nil(t, transport.sent, "nothing was sent")
	require.True(t, client.SessionCookie(page(strings.Repeat("ory_kratos_session=1; ", 5000))).IsZero())

	for range 51 {
		transport.cookies = append(transport.cookies, "csrf_token_a=1; Path=/")
	}
	w := httptest.NewRecorder()
	_, err = client.Visit(w, page()).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.Empty(t, w.Header())
}

// TestCostOfCookies checks that the cost of cookies grows no faster than their number.
func TestCostOfCookies(t *testing.T) { //nolint:paralleltest // allocations are counted
	client := over(t, &replying{status: 200, body: browserFlow})
	header := func(cookies int) *http.Request {
		var line strings.Builder
		for i := range cookies {
			_, _ = fmt.Fprintf(&line, "csrf_token_%d=x; ", i)
		}
		return page(line.String())
	}
	cost := func(cookies int) float64 {
		r := header(cookies)
		return testing.AllocsPerRun(5, func() { client.Visit(nil, r) })
	}
	small, large := cost(200), cost(3000)
	require.Less(t, large, 16*small)
}

// TestCookiesForTheBrowser checks which cookies of an answer the browser gets.
func TestCookiesForTheBrowser(t *testing.T) {
	t.Parallel()
	lines := []string{
		"ory_kratos_session=new; Path=/; HttpOnly; SameSite=Lax", "csrf_token_a=1; Path=/; Max-Age=31536000",
		"theme=dark", "\u00a0ory_kratos_session=evil", "ory_kratos_session", "__cf_bm=1; Path=/",
	}
	for name, test := range map[string]struct {
		status int
		body   string
		opts   []orylogin.Option
		want   []string
	}{
		"those that the server needs": {200, browserFlow, nil, lines[:2]},
		"of an error, too":            {403, `{"error":{"id":"security_csrf_violation","code":403}}`, nil, lines[:2]},
		"those that are named": {200, browserFlow, []orylogin.Option{
			orylogin.WithCookies(func(name string) bool { return name == "__cf_bm" }),
		}, lines[5:]},
		"none of what nobody knows": {200, "<html>", nil, nil},
	} {
		client := over(t, &replying{status: test.status, body: test.body, cookies: lines}, test.opts...)
		w := httptest.NewRecorder()
		visit := client.Visit(w, page())
		_, _ = visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.Equal(t, test.want, w.Header()["Set-Cookie"], name)
		require.Empty(t, visit.CookieLines(), name)

		visit = client.Visit(nil, page())
		_, _ = visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.Len(t, visit.CookieLines(), len(test.want), name)
		require.Subset(t, append(test.want, ""), append(visit.CookieLines(), ""), name)
	}
}

// TestNativeFlowOfSomebodyElse checks that a browser cannot log in with the flow of a native
// client. Anybody can put the id of such a flow into a link.
func TestNativeFlowOfSomebodyElse(t *testing.T) {
	t.Parallel()
	transport := &replying{status: 200, body: nativeFlow}
	client := over(t, transport)
	visit := client.Visit(nil, page())
	_, err := visit.GetFlow(t.Context(), "f")
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	require.Equal(t, orylogin.OutcomeCSRF, orylogin.OutcomeOf(err))

	native, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	transport.sent = nil
	_, err = visit.Submit(t.Context(), native, orylogin.TOTP{})
	require.ErrorIs(t, err, orylogin.ErrInvalidCall)
	require.Nil(t, transport.sent)
}

// TestLoginWithoutCookie checks that a session does not log in a browser without the session's
// cookie.
func TestLoginWithoutCookie(t *testing.T) {
	t.Parallel()
	transport := &replying{status: 200, body: browserFlow}
	client := over(t, transport)
	visit := client.Visit(nil, page())
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	for _, cookies := range [][]string{
		nil,
		{"csrf_token_a=1"},
		{"ory_kratos_session=; Max-Age=0"},
		{"ory_kratos_session=x; Max-Age=-1"},
		{"ory_kratos_session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"},
	} {
		transport.body, transport.cookies = browserDone, cookies
		_, err = visit.Submit(t.Context(), flow, orylogin.TOTP{})
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, cookies)
	}
	transport.cookies = []string{"ory_kratos_session=x; Path=/"}
	login, err := visit.Submit(t.Context(), flow, orylogin.TOTP{})
	require.NoError(t, err)
	require.Equal(t, "i", login.Session.Identity.ID)
	require.True(t, login.Token.IsZero())
}
