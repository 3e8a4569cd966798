package browser_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
)

func TestVisitForwardsCookies(t *testing.T) {
	for name, test := range map[string]struct {
		opts []browser.Option
		sent string
		want string
	}{
		"none":       {nil, "", ""},
		"foreign":    {nil, "a=b; session=c", ""},
		"usual ones": {nil, `a=b; csrf_token_806=x+/y==; ory_kratos_session="q v"; ory_kratos_continuity=z; ory_session_slug=w`, `csrf_token_806=x+/y==; ory_kratos_session="q v"; ory_kratos_continuity=z; ory_session_slug=w`},
		"twice":      {nil, "ory_kratos_session=1; ory_kratos_session=2", "ory_kratos_session=1"},
		"configured": {
			[]browser.Option{browser.WithCookies(func(name string) bool { return name == "auth" })},
			"auth=1; ory_kratos_session=2", "auth=1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := newKratos(t, map[string]http.HandlerFunc{"GET /sessions/whoami": reply(200, sessionJSON)})
			session, err := k.client(t, test.opts...).Visit(request(t, test.sent)).Whoami(t.Context())
			require.NoError(t, err)
			require.Equal(t, "s", session.ID)
			require.Equal(t, test.want, k.requests[0].Header.Get("Cookie"))
			require.NotEqual(t, "the browser's", k.requests[0].Header.Get("User-Agent"))
			require.Empty(t, k.requests[0].Header.Get("True-Client-IP"))
		})
	}
}

func TestNeedsNewFlow(t *testing.T) {
	for answer, want := range map[string]bool{
		`404 {"error":{"code":404}}`:                                  true,
		`410 {"error":{"id":"self_service_flow_expired","code":410}}`: true,
		`403 {"error":{"id":"security_csrf_violation","code":403}}`:   true,
		`401 {"error":{"id":"session_aal1_required","code":401}}`:     true,
		`404 <html>`:                 false,
		`500 {"error":{"code":500}}`: false,
	} {
		var status int
		_, err := fmt.Sscan(answer, &status)
		require.NoError(t, err)
		k := newKratos(t, map[string]http.HandlerFunc{"GET /self-service/login/flows": reply(status, answer[4:])})
		_, err = k.client(t).Visit(request(t, "")).GetFlow(t.Context(), "f1")
		require.Error(t, err)
		require.Equal(t, want, browser.NeedsNewFlow(err), answer)
	}
	tooOften := `{"id":"f1","type":"browser","ui":{"messages":[{"id":4000001,"type":"error","text":"The request was submitted too often."}]}}`
	k := newKratos(t, map[string]http.HandlerFunc{"POST /self-service/login": reply(400, tooOften)})
	flow := &browser.Flow{}
	flow.ID = "f1"
	_, err := k.client(t).Visit(request(t, "")).Submit(t.Context(), flow, orylogin.Code{Code: orylogin.NewSecret("1")})
	require.True(t, browser.NeedsNewFlow(err), "the flow takes no code any more")
	_, err = k.client(t).Visit(request(t, "")).GetFlow(t.Context(), "")
	require.True(t, browser.NeedsNewFlow(err), "the id of a flow is empty")
	require.False(t, browser.NeedsNewFlow(nil))
}

// TestVisitCollectsCookies: every Set-Cookie line comes out unchanged, after errors,
// too, and counts for the next request of the same visit.
func TestVisitCollectsCookies(t *testing.T) {
	const (
		csrf    = "csrf_token_1=new; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
		session = "ory_kratos_session=s1; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT; HttpOnly"
		foreign = "lb=node-7; Path=/"
		gone    = "ory_kratos_session=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
	)
	k := newKratos(t, map[string]http.HandlerFunc{
		"GET /self-service/login/browser": reply(200, flowJSON, csrf, foreign),
		"POST /self-service/login":        reply(403, `{"error":{"id":"security_csrf_violation","code":403}}`, session),
		"GET /sessions/whoami":            reply(401, `{"error":{"code":401}}`, gone),
	})
	visit := k.client(t).Visit(request(t, "csrf_token_1=old"))
	flow, err := visit.CreateFlow(t.Context(), browser.FlowOptions{})
	require.NoError(t, err)
	_, err = visit.Submit(t.Context(), flow, password)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	_, err = visit.Whoami(t.Context())
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	_, err = visit.Whoami(t.Context())
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)

	recorder := httptest.NewRecorder()
	visit.WriteCookies(recorder)
	require.Equal(t, []string{csrf, foreign, session, gone, gone}, recorder.Header().Values("Set-Cookie"))
	visit.WriteCookies(recorder)
	require.Len(t, recorder.Header().Values("Set-Cookie"), 5)

	for i, want := range []string{"csrf_token_1=old", "csrf_token_1=new", "csrf_token_1=new; ory_kratos_session=s1", "csrf_token_1=new"} {
		require.Equal(t, want, k.requests[i].Header.Get("Cookie"), i)
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		require.Equal(t, "visit with 1 cookies", fmt.Sprintf(verb, visit))
		require.Equal(t, "visit with 1 cookies", fmt.Sprintf(verb, *visit))
	}
}

// TestMaxAgeComesBeforeExpires: browsers and RFC 6265 have it so, and the clock of the
// application may be ahead of the server's.
func TestMaxAgeComesBeforeExpires(t *testing.T) {
	for _, test := range []struct{ attributes, kept string }{
		{"Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=86400", "ory_kratos_session=s1"},
		{"Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=0", ""},
		{"Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
	} {
		k := newKratos(t, map[string]http.HandlerFunc{
			"GET /self-service/login/browser": reply(200, flowJSON, "ory_kratos_session=s1; "+test.attributes),
			"GET /sessions/whoami":            reply(200, sessionJSON),
		})
		visit := k.client(t).Visit(request(t, ""))
		_, err := visit.CreateFlow(t.Context(), browser.FlowOptions{})
		require.NoError(t, err)
		_, err = visit.Whoami(t.Context())
		require.NoError(t, err)
		require.Equal(t, test.kept, k.requests[1].Header.Get("Cookie"), test.attributes)
	}
}

func TestLogout(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{
		"GET /self-service/logout/browser": reply(200, `{"logout_token":"t&t","logout_url":"https://x/?token=t"}`),
		"GET /self-service/logout": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Set-Cookie", "ory_kratos_session=; Max-Age=0")
			w.WriteHeader(http.StatusNoContent)
		},
	})
	visit := k.client(t).Visit(request(t, "ory_kratos_session=s"))
	require.NoError(t, visit.Logout(t.Context()))
	require.Equal(t, "/self-service/logout?token=t%26t", k.requests[1].URL.RequestURI())
	require.Equal(t, "ory_kratos_session=s", k.requests[1].Header.Get("Cookie"))
	recorder := httptest.NewRecorder()
	visit.WriteCookies(recorder)
	require.Equal(t, "ory_kratos_session=; Max-Age=0", recorder.Header().Get("Set-Cookie"))

	for name, answers := range map[string]map[string]http.HandlerFunc{
		"no session": {"GET /self-service/logout/browser": reply(401, `{"error":{"id":"session_inactive","code":401}}`)},
		"no token":   {"GET /self-service/logout/browser": reply(200, `{}`)},
		"refused": {
			"GET /self-service/logout/browser": reply(200, `{"logout_token":"t"}`),
			"GET /self-service/logout":         reply(403, `{"error":{"code":403}}`),
		},
		"empty": {
			"GET /self-service/logout/browser": reply(200, `{"logout_token":"t"}`),
			"GET /self-service/logout":         reply(200, `{}`),
		},
	} {
		err := newKratos(t, answers).client(t).Visit(request(t, "")).Logout(t.Context())
		var apiErr *orylogin.APIError
		require.ErrorAs(t, err, &apiErr, name)
	}
}

func TestSetDevice(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{"GET /sessions/whoami": reply(200, sessionJSON)})
	visit := k.client(t).Visit(request(t, ""))
	visit.SetDevice("Mozilla\r\nCookie: a=b", netip.MustParseAddr("fe80::1%eth0"))
	_, err := visit.Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, "MozillaCookie: a=b", k.requests[0].Header.Get("User-Agent"))
	require.Equal(t, "fe80::1", k.requests[0].Header.Get("True-Client-IP"))
	require.Empty(t, k.requests[0].Header.Get("Cookie"))
}

func TestMistakes(t *testing.T) {
	k := newKratos(t, nil)
	visit := k.client(t).Visit(request(t, ""))
	flow := &browser.Flow{}
	flow.ID = "f1"
	for want, err := range map[string]error{
		"flow id is empty":                   second(visit.GetFlow(t.Context(), "")),
		"the flow id is empty":               second(visit.Submit(t.Context(), nil, password)),
		"browser: the flow id is empty":      second(visit.SubmitForm(t.Context(), "", url.Values{"method": {"x"}})),
		"method is nil":                      second(visit.Submit(t.Context(), flow, nil)),
		"the form is empty":                  second(visit.SubmitForm(t.Context(), "f1", url.Values{})),
		"id of the error is empty":           second(visit.GetError(t.Context(), "")),
		"was not made by Client.Visit":       second((&browser.Visit{}).Whoami(t.Context())),
		"Visit was not made by Client.Visit": second((*browser.Client)(nil).Visit(request(t, "")).Whoami(t.Context())),
		"by Client.Visit":                    second((&browser.Client{}).Visit(nil).Whoami(t.Context())),
		"WithSessionCookie":                  second(browser.New(&orylogin.Client{}, browser.WithSessionCookie(""))),
		`WithSessionCookie: "a b;"`:          second(browser.New(&orylogin.Client{}, browser.WithSessionCookie("a b;"))),
		"was not made by New":                second((&orylogin.Client{}).Login(t.Context(), password)),
		"the client is nil":                  second(browser.New(nil)),
		"an option is nil":                   second(browser.New(&orylogin.Client{}, nil)),
		"WithCookies: the function is nil":   second(browser.New(&orylogin.Client{}, browser.WithCookies(nil))),
	} {
		require.ErrorContains(t, err, want)
	}
	noText := orylogin.Password{Password: orylogin.NewSecret("\xff")}
	for _, err := range []error{
		second(visit.GetFlow(t.Context(), "")),
		second(visit.Submit(t.Context(), nil, password)),
		second(visit.Submit(t.Context(), flow, noText)),
		second(visit.SubmitForm(t.Context(), "f1", url.Values{})),
		second(visit.GetError(t.Context(), "")),
	} {
		require.ErrorIs(t, err, orylogin.ErrInvalidCall)
	}
	require.Empty(t, k.requests)
}

func second[T any](_ T, err error) error { return err }

// TestManyPeople lets nobody get the cookies of somebody else.
func TestManyPeople(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{
		"GET /sessions/whoami": func(w http.ResponseWriter, r *http.Request) {
			name := strings.TrimPrefix(r.Header.Get("Cookie"), "ory_kratos_session=")
			reply(200, `{"id":"`+name+`","active":true,"identity":{"id":"i"}}`, "ory_kratos_session="+name+"-next")(w, r)
		},
	})
	client := k.client(t)
	var group sync.WaitGroup
	for i := range 64 {
		group.Go(func() {
			name := fmt.Sprint("person-", i)
			visit := client.Visit(request(t, "ory_kratos_session="+name))
			session, err := visit.Whoami(t.Context())
			if err != nil || session.ID != name {
				t.Errorf("%s got the session of %v: %v", name, session, err)
			}
			recorder := httptest.NewRecorder()
			visit.WriteCookies(recorder)
			if got := recorder.Header().Values("Set-Cookie"); len(got) != 1 || got[0] != "ory_kratos_session="+name+"-next" {
				t.Errorf("%s got the cookies %v", name, got)
			}
		})
	}
	group.Wait()
}
