package orylogin_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestVisitForwardsCookies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts []orylogin.Option
		sent string
		want string
	}{
		"none":       {nil, "", ""},
		"foreign":    {nil, "a=b; session=c", ""},
		"usual ones": {nil, `a=b; csrf_token_806=x+/y==; ory_kratos_session="q v"; ory_kratos_continuity=z; ory_session_slug=w`, `csrf_token_806=x+/y==; ory_kratos_session="q v"; ory_kratos_continuity=z; ory_session_slug=w`},
		"configured": {
			[]orylogin.Option{orylogin.WithCookies(func(name string) bool { return name == "auth" })},
			"auth=1; ory_kratos_session=2", "auth=1",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kratosOfPages(t)
			require.ErrorIs(t, only(visitOf(t, server, test.sent, test.opts...).Whoami(t.Context())), orylogin.ErrSessionInactive)
			request := server.Requests(orylogintest.Whoami)[0]
			require.Equal(t, test.want, request.Header("Cookie"))
			require.NotEqual(t, "the browser's", request.Header("User-Agent"))
			require.Empty(t, request.Header("True-Client-IP"))
		})
	}
}

// TestVisitCollectsCookies checks that the browser gets each Set-Cookie line of the server
// unchanged, also after an error. The cookie counts for the next request of the same visit.
func TestVisitCollectsCookies(t *testing.T) {
	t.Parallel()
	const (
		csrf    = "csrf_token_1=new; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax"
		session = "ory_kratos_session=s1; Path=/; Expires=Fri, 31 Dec 9999 23:59:59 GMT; HttpOnly"
		foreign = "lb=node-7; Path=/"
		gone    = "ory_kratos_session=deleted; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT"
	)
	server := kratosOfPages(t)
	visit := visitOf(t, server, "csrf_token_1=old")
	for i, step := range []struct {
		status int
		set    []string
		sent   string
	}{
		{200, []string{csrf, foreign}, "csrf_token_1=old"},
		{403, []string{session}, "csrf_token_1=new"},
		{401, []string{gone}, "csrf_token_1=new; ory_kratos_session=s1"},
		{200, nil, "csrf_token_1=new"},
	} {
		body := sessionJSON
		if step.status != 200 {
			body = `{"error":{"code":401,"message":"no"}}`
		}
		server.Handle(orylogintest.Whoami, reply(step.status, body, step.set...))
		require.Equal(t, step.status == 200, only(visit.Whoami(t.Context())) == nil)
		require.Equal(t, step.sent, server.Requests(orylogintest.Whoami)[i].Header("Cookie"))
	}
	require.Equal(t, []string{csrf, session, gone}, visit.CookieLines())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x"} {
		require.Equal(t, "visit with 1 cookies", fmt.Sprintf(verb, visit))
		require.Equal(t, "visit with 1 cookies", fmt.Sprintf(verb, *visit))
	}
}

// TestMaxAgeComesBeforeExpires checks the order that browsers and RFC 6265 have. The clock of
// the application may be ahead of the server's.
func TestMaxAgeComesBeforeExpires(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ attributes, kept string }{
		{"Expires=Thu, 01 Jan 1970 00:00:00 GMT; Max-Age=86400", "ory_kratos_session=s1"},
		{"Expires=Fri, 31 Dec 9999 23:59:59 GMT; Max-Age=0", ""},
		{"Expires=Thu, 01 Jan 1970 00:00:00 GMT", ""},
	} {
		server := kratosOfPages(t)
		server.Handle(orylogintest.Whoami, reply(200, sessionJSON, "ory_kratos_session=s1; "+test.attributes))
		visit := visitOf(t, server, "")
		for range 2 {
			_, err := visit.Whoami(t.Context())
			require.NoError(t, err)
		}
		require.Equal(t, test.kept, server.Requests(orylogintest.Whoami)[1].Header("Cookie"), test.attributes)
	}
}

func TestDevice(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := server.Client().Visit(nil, pageRequest(t, ""),
		orylogin.WithDevice("Mozilla\r\nCookie: a=b", netip.MustParseAddr("fe80::1%eth0")),
		orylogin.WithCallHeader("Accept-Language", "de"))
	require.Error(t, only(visit.Whoami(t.Context())))
	request := server.Requests(orylogintest.Whoami)[0]
	require.Equal(t, "MozillaCookie: a=b", request.Header("User-Agent"))
	require.Equal(t, "fe80::1", request.Header("True-Client-IP"))
	require.Equal(t, "de", request.Header("Accept-Language"))
	require.Empty(t, request.Header("Cookie"))
}

func TestMistakesOfVisits(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := visiting(t, "", func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return nil, http.ErrNotSupported
	})
	flow := &orylogin.Flow{}
	flow.ID = flowID
	for want, err := range map[string]error{
		"flow id is empty":                   only(visit.GetFlow(t.Context(), "")),
		"the flow id is empty":               only(visit.Submit(t.Context(), nil, password)),
		"orylogin: the flow id is empty":     only(visit.SubmitForm(t.Context(), "", url.Values{"method": {"x"}})),
		"method is nil":                      only(visit.Submit(t.Context(), flow, nil)),
		"the form is empty":                  only(visit.SubmitForm(t.Context(), flowID, url.Values{})),
		"id of the error is empty":           only(visit.GetError(t.Context(), "")),
		"was not made by Client.Visit":       only((&orylogin.Visit{}).Whoami(t.Context())),
		"Visit was not made by Client.Visit": only((*orylogin.Visit)(nil).CreateFlow(t.Context(), orylogin.FlowOptions{})),
		"Client was not made by New":         only((*orylogin.Client)(nil).Visit(nil, pageRequest(t, "")).Whoami(t.Context())),
		"was not made by New":                only((&orylogin.Client{}).Visit(nil, pageRequest(t, "")).Whoami(t.Context())),
		"the request is nil":                 only(server.Client().Visit(nil, nil).Whoami(t.Context())),
		"WithCallHeader":                     only(server.Client().Visit(nil, pageRequest(t, ""), orylogin.WithCallHeader("Cookie", "a=b")).Whoami(t.Context())),
		"WithSessionToken is for":            only(server.Client().Visit(nil, pageRequest(t, ""), orylogin.WithSessionToken(password.Password)).Whoami(t.Context())),
		"TokenExchange is for native flows":  only(visit.CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true})),
	} {
		require.ErrorContains(t, err, want)
		require.ErrorIs(t, err, orylogin.ErrInvalidCall, want)
	}
	server.ExpectCalls(orylogintest.Whoami, 0)
	noText := orylogin.Password{Password: orylogin.NewSecret("\xff")}
	for _, err := range []error{
		only(visit.GetFlow(t.Context(), "")),
		only(visit.Submit(t.Context(), nil, password)),
		only(visit.Submit(t.Context(), flow, noText)),
		only(visit.SubmitForm(t.Context(), flowID, url.Values{})),
		only(visit.GetError(t.Context(), "")),
	} {
		require.ErrorIs(t, err, orylogin.ErrInvalidCall)
	}
}

// TestManyPeople checks that nobody gets the cookies of another user.
func TestManyPeople(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	var group sync.WaitGroup
	for i := range 64 {
		name := fmt.Sprintf("person-%d@example.com", i)
		server.AddIdentity(orylogintest.Identity{ID: name, Email: name, Password: "hunter2"})
		group.Go(func() {
			visit := client.Visit(nil, &http.Request{})
			flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
			if err == nil {
				_, err = visit.Submit(t.Context(), flow, orylogin.Password{Identifier: name, Password: password.Password})
			}
			var session *orylogin.Session
			if err == nil {
				session, err = visit.Whoami(t.Context())
			}
			if err != nil || session.Identity.ID != name {
				t.Errorf("%s got the session of %v: %v", name, session, err)
			}
		})
	}
	group.Wait()
}
