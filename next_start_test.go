package orylogin_test

import (
	"fmt"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
)

// onPage returns the visit of a browser with the cookies to a page.
func onPage(t *testing.T, client *orylogin.Client, target, cookies string) *orylogin.Visit {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return client.Visit(nil, r)
}

// opened returns the Next of a page without a flow.
func opened(t *testing.T, visit *orylogin.Visit) orylogin.Next {
	t.Helper()
	return visit.Start(t.Context(), visit.AfterFlow(visit.GetFlow(t.Context(), "")))
}

// TestStartDrops checks that the new flow lacks what the server refuses.
func TestStartDrops(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithReturnTo("https://app.example"))
	client := server.Client(orylogin.WithReturnOrigins("https://app.example", "https://other.example"))
	for query, want := range map[string]struct{ flow, query string }{
		"return_to=https://app.example/x":          {"return_to=https://app.example/x", "return_to=https://app.example/x"},
		"aal=aal2&return_to=https://app.example/x": {"return_to=https://app.example/x", "aal=aal2&return_to=https://app.example/x"},
		"refresh=true":                                       {"", "refresh=true"}, // without a session there is nothing to refresh
		"return_to=https://other.example/x":                  {"", ""},             // the server does not allow it
		"aal=aal2&return_to=https://other.example/x":         {"", "aal=aal2"},
		"return_to=https://evil.example/x":                   {"", ""}, // the client does not allow it
		"return_to=https://evil.example/x&aal=aal3&prompt=x": {"", ""},
	} {
		next := opened(t, onPage(t, client, "/login?"+query, ""))
		require.NotNil(t, next.Flow, "%s: %v", query, next.Err)
		require.Equal(t, http.StatusOK, next.Status)
		created, err := url.Parse(next.Flow.RequestURL)
		require.NoError(t, err)
		wanted, err := url.ParseQuery(want.flow)
		require.NoError(t, err)
		require.Equal(t, wanted, created.Query(), query)
		wanted, err = url.ParseQuery(want.query + "&flow=" + next.Flow.ID)
		require.NoError(t, err)
		kept, err := url.ParseQuery(next.Action[1:])
		require.NoError(t, err)
		require.Equal(t, wanted, kept, query)
	}
	before := len(server.Requests(orylogintest.CreateBrowserFlow))
	server.Respond(orylogintest.CreateBrowserFlow, http.StatusForbidden, `{"error":{"id":"security_csrf_violation","code":403}}`)
	next := opened(t, onPage(t, client, "/login", "csrf_token_x=y"))
	require.Equal(t, orylogin.OutcomeCSRF, next.Outcome)
	require.Equal(t, http.StatusForbidden, next.Status)
	server.ExpectCalls(orylogintest.CreateBrowserFlow, before+3)
}

// TestFirstFactorAndThenTheSecond checks that a user without a session gives both factors if
// the login asks for the second.
func TestFirstFactorAndThenTheSecond(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	visit := onPage(t, client, "/login?aal=aal2&return_to=/x", "")
	next := opened(t, visit)
	require.Equal(t, orylogin.OutcomeNoSession, next.Outcome, "says why it is a flow for a first login")
	require.Equal(t, orylogin.AAL1, next.Flow.RequestedAAL)
	login, err := visit.Submit(t.Context(), next.Flow, password)
	require.NoError(t, err)
	next = visit.Start(t.Context(), visit.AfterLogin(login, nil))
	require.Equal(t, orylogin.OutcomeSecondFactor, next.Outcome)
	require.Equal(t, orylogin.AAL2, next.Flow.RequestedAAL)
	require.Equal(t, "?aal=aal2&flow="+next.Flow.ID+"&return_to=%2Fx", next.Action)
}

// TestReplacementIsForLess checks a flow that replaces an expired one and has lost the
// challenge.
func TestReplacementIsForLess(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithOAuth2("https://hydra.example"))
	for query, lost := range map[string]bool{"": false, "return_to=/x": false, "login_challenge=c&return_to=/x": true, "via=v": true} {
		visit := onPage(t, server.Client(), "/login?"+query, "")
		old := opened(t, visit).Flow
		server.ExpireFlow(old.ID)
		_, err := visit.Submit(t.Context(), old, password)
		var expired *orylogin.ExpiredError
		require.ErrorAs(t, err, &expired)
		var cookies []string
		for _, line := range visit.CookieLines() {
			cookie, _, _ := strings.Cut(line, ";")
			cookies = append(cookies, cookie)
		}
		visit = onPage(t, server.Client(), "/login?flow="+expired.UseFlowID, strings.Join(cookies, "; "))
		next := visit.AfterFlow(visit.GetFlow(t.Context(), expired.UseFlowID))
		require.Equal(t, lost, next.Start != nil, query)
		require.Equal(t, !lost, next.Flow != nil, query)
		if lost {
			require.Equal(t, orylogin.OutcomeExpired, next.Outcome)
			require.Equal(t, http.StatusBadRequest, next.Status)
			next = visit.Start(t.Context(), next)
			require.Equal(t, orylogin.OutcomeExpired, next.Outcome, "says why there is a new one")
			require.Equal(t, query == "via=v", next.Flow.OAuth2LoginChallenge == "")
		}
	}
}

// TestIgnoreSession lets another user log in by each way of a submission, each in its own
// request.
func TestIgnoreSession(t *testing.T) {
	t.Parallel()
	for name, submit := range map[string]func(*orylogin.Visit, *orylogin.Flow) (*orylogin.Login, error){
		"JSON": func(v *orylogin.Visit, flow *orylogin.Flow) (*orylogin.Login, error) {
			return v.Submit(t.Context(), flow, orylogin.Password{Identifier: "eve@example.com", Password: password.Password})
		},
		"form": func(v *orylogin.Visit, flow *orylogin.Flow) (*orylogin.Login, error) {
			return v.SubmitForm(t.Context(), flow.ID, url.Values{
				"method": {"password"}, "identifier": {"eve@example.com"}, "password_identifier": {"eve@example.com"},
				"password": {"hunter2"}, "csrf_token": flow.Choices("csrf_token"),
			})
		},
	} {
		for _, release := range []orylogintest.Release{orylogintest.V0_8, orylogintest.V1_3, orylogintest.V26_2} {
			server := kratosOfPages(t, orylogintest.WithRelease(release))
			client := server.Client()
			r := signedIn(t, client)
			flow, err := client.Visit(nil, r).CreateFlow(t.Context(), orylogin.FlowOptions{IgnoreSession: true})
			require.NoError(t, err)
			require.False(t, flow.Refresh)
			flow, err = client.Visit(nil, r).GetFlow(t.Context(), flow.ID)
			require.NoError(t, err)
			w := httptest.NewRecorder()
			visit := client.Visit(w, r)
			login, err := submit(visit, flow)
			require.NoError(t, err, "%s %s", name, release)
			require.NotEqual(t, "i", login.Session.Identity.ID)
			session, err := visit.Whoami(t.Context())
			require.NoError(t, err)
			require.Equal(t, login.Session.ID, session.ID)
			require.Contains(t, fmt.Sprint(w.Header()["Set-Cookie"]), "ory_kratos_session")
		}
	}
	_, err := kratosOfPages(t).Client().CreateFlow(t.Context(), orylogin.FlowOptions{IgnoreSession: true})
	require.ErrorIs(t, err, orylogin.ErrInvalidCall)
}

// TestCreateFlowForOAuth2 checks the redirects with which servers answer, and the same answers
// in JSON.
func TestCreateFlowForOAuth2(t *testing.T) {
	t.Parallel()
	const challenge = "c"
	for _, release := range []orylogintest.Release{orylogintest.V0_8, orylogintest.V1_3, orylogintest.V25_4, orylogintest.V26_2} {
		server := kratosOfPages(t, orylogintest.WithRelease(release), orylogintest.WithOAuth2("https://hydra.example"))
		client := server.Client()
		visit := onPage(t, client, "/login", "")
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{LoginChallenge: challenge})
		require.NoError(t, err, release)
		require.Equal(t, release != orylogintest.V0_8, flow.OAuth2LoginChallenge == challenge)
		asked := server.Requests(orylogintest.CreateBrowserFlow)[0]
		require.Equal(t, "text/html", asked.Header("Accept"))
		require.Equal(t, challenge, asked.Query("login_challenge"))

		_, err = client.Visit(nil, signedIn(t, client)).CreateFlow(t.Context(), orylogin.FlowOptions{LoginChallenge: challenge})
		var change *orylogin.LocationChangeError
		if release == orylogintest.V0_8 {
			require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err))
			continue
		}
		require.ErrorAs(t, err, &change)
		require.Contains(t, change.URL, "https://hydra.example/oauth2/auth?login_verifier=")
	}
	const record = "00000000-0000-4000-8000-0000000000e1"
	for name, test := range map[string]struct {
		answer http.HandlerFunc
		want   orylogin.Outcome
	}{
		"the client names a flow":    {redirect(303, "https://hydra.example/oauth2/auth?login_verifier=v&flow="+flowID), orylogin.OutcomeLocationChange},
		"an error record":            {redirect(303, "https://app/error?id="+record), orylogin.OutcomeOther},
		"a flow that is gone":        {redirect(303, "https://app/login?flow="+flowID), orylogin.OutcomeNotFound},
		"elsewhere":                  {redirect(303, "https://app/"), orylogin.OutcomeMisconfigured},
		"a proxy's redirect":         {redirect(308, "https://app/self-service/login/browser?login_challenge=c"), orylogin.OutcomeMisconfigured},
		"JSON up to v25.4":           {reply(200, `null`), orylogin.OutcomeUnknownAnswer},
		"JSON from v26.2 on":         {reply(400, `{"error":{"id":"session_already_available","code":400}}`), orylogin.OutcomeAlreadyLoggedIn},
		"a flow in JSON, of a proxy": {reply(200, refusedJSON), orylogin.OutcomeLoggedIn},
	} {
		server := kratosOfPages(t)
		server.Handle(orylogintest.CreateBrowserFlow, test.answer)
		server.Respond(orylogintest.GetError, 200, `{"id":"`+record+`","error":{"code":400,"reason":"Unable to get OAuth 2.0 Login Challenge."}}`)
		_, err := onPage(t, server.Client(), "/login", "").CreateFlow(t.Context(), orylogin.FlowOptions{LoginChallenge: challenge})
		require.Equal(t, test.want, orylogin.OutcomeOf(err), "%s: %v", name, err)
	}
}

// TestOAuth2ServerDown checks a login that succeeds although Kratos cannot reach Hydra. After a
// form, the server says so on its error page. A return_to that looks like that page has no such
// meaning.
func TestOAuth2ServerDown(t *testing.T) {
	t.Parallel()
	const record = "00000000-0000-4000-8000-0000000000e1"
	const failure = `{"error":{"code":500,"reason":"Unable to accept OAuth 2.0 Login Challenge."}}`
	server := kratosOfPages(t, orylogintest.WithReturnTo("https://app"))
	server.Respond(orylogintest.Whoami, http.StatusOK, sessionJSON)
	for name, test := range map[string]struct {
		submit   http.HandlerFunc
		returnTo string
		want     orylogin.Outcome
	}{
		"JSON":                 {reply(500, failure, "ory_kratos_session=s"), "", orylogin.OutcomeUnavailable},
		"form":                 {redirect(303, "https://app/error?id="+record, "ory_kratos_session=s"), "", orylogin.OutcomeUnavailable},
		"form, return_to":      {redirect(303, "https://app/order?id="+record, "ory_kratos_session=s"), "https://app/order?id=" + record, orylogin.OutcomeLoggedIn},
		"form, page of an app": {redirect(303, "https://app/order?id="+flowID, "ory_kratos_session=s"), "", orylogin.OutcomeLoggedIn},
	} {
		server.Handle(orylogintest.GetError, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("id") != record {
				server.ServeHTTP(w, r)
				return
			}
			reply(200, `{"id":"`+record+`",`+failure[1:])(w, r)
		}))
		server.Handle(orylogintest.Submit, test.submit)
		w := httptest.NewRecorder()
		visit := server.Client().Visit(w, pageRequest(t, ""))
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: test.returnTo})
		require.NoError(t, err)
		if test.returnTo == "" && name != "form, page of an app" {
			flow.OAuth2LoginChallenge = "c"
		}
		if name == "JSON" {
			_, err = visit.Submit(t.Context(), flow, password)
		} else {
			_, err = visit.SubmitForm(t.Context(), flow.ID, url.Values{"method": {"password"}})
		}
		require.Equal(t, test.want, orylogin.OutcomeOf(err), "%s: %v", name, err)
		require.Contains(t, w.Header()["Set-Cookie"], "ory_kratos_session=s", name)
	}
}

// TestOAuth2LoginOfSomebodyElse checks that another user can log in, by JSON and by form.
func TestOAuth2LoginOfSomebodyElse(t *testing.T) {
	t.Parallel()
	const target = "https://hydra.example/oauth2/auth?login_verifier=v"
	flowJSON := `{"id":"` + flowID + `","type":"browser","refresh":true,"oauth2_login_challenge":"c","ui":{}}`
	for name, answer := range map[string]http.HandlerFunc{
		"JSON": reply(422, `{"error":{"id":"browser_location_change_required","code":422},"redirect_browser_to":"`+target+`"}`, "ory_kratos_session=new"),
		"form": redirect(303, target, "ory_kratos_session=new"),
	} {
		server := kratosOfPages(t)
		server.Respond(orylogintest.GetFlow, http.StatusOK, flowJSON)
		server.Respond(orylogintest.Whoami, http.StatusOK, sessionJSON)
		server.Handle(orylogintest.Submit, answer)
		w := httptest.NewRecorder()
		visit := server.Client().Visit(w, pageRequest(t, "ory_kratos_session=old"))
		flow, err := visit.GetFlow(t.Context(), flowID)
		require.NoError(t, err)
		var login *orylogin.Login
		if name == "JSON" {
			login, err = visit.Submit(t.Context(), flow, password)
		} else {
			login, err = visit.SubmitForm(t.Context(), flowID, url.Values{"method": {"password"}})
		}
		require.NoError(t, err, name)
		require.Equal(t, target, login.RedirectTo)
		require.Equal(t, []string{"ory_kratos_session=new"}, w.Header()["Set-Cookie"])
		require.Equal(t, "ory_kratos_session=new", server.Requests(orylogintest.Whoami)[0].Header("Cookie"))
		server.ExpectCalls(orylogintest.Whoami, 1)
		require.Equal(t, target, visit.AfterLogin(login, nil).URL, "though it is at none of the origins")
	}
}

// TestNextURLs checks that each URL is safe or is the server's own decision.
func TestNextURLs(t *testing.T) {
	t.Parallel()
	session := &orylogin.Session{Session: api.Session{ID: "s"}}
	client := kratosOfPages(t).Client(orylogin.WithReturnOrigins("https://app.example"))
	continued := []api.ContinueWith{
		{Action: "redirect_browser_to"}, {Action: "show_settings_ui", Flow: &api.ContinueWithFlow{URL: "https://kratos.example/settings"}},
	}
	for _, test := range []struct {
		page, redirectTo string
		continueWith     []api.ContinueWith
		want             string
	}{
		{"/login", "https://app.example/y", nil, "https://app.example/y"},
		{"/login?return_to=/x", "https://evil.example/y", nil, "/x"},
		{"/login?return_to=//evil.example", "javascript:alert(1)", nil, "/"},
		{"/login?login_challenge=c", "https://hydra.example/", nil, "/"}, // the flow has none
		{"/login", "", continued, "https://kratos.example/settings"},
		{"/login", "", []api.ContinueWith{{Flow: &api.ContinueWithFlow{URL: "javascript:alert(1)"}}}, ""},
	} {
		login := &orylogin.Login{Session: session, RedirectTo: test.redirectTo, ContinueWith: test.continueWith}
		next := onPage(t, client, test.page, "").AfterLogin(login, nil)
		require.Equal(t, test.want, next.URL, test)
	}
	change := &orylogin.LocationChangeError{URL: "javascript:alert(1)"}
	next := onPage(t, client, "/login", "").AfterLogin(nil, change)
	require.Empty(t, next.URL)
	require.Equal(t, http.StatusBadGateway, next.Status)
	for _, origin := range []string{"", "app.example", "https://app.example/", "https://*"} {
		_, err := orylogin.New("https://auth.example.com", orylogin.WithReturnOrigins(origin))
		require.Error(t, err, origin)
	}
}

// TestNextAfterOtherCalls checks pages that are not login pages, and pages after a login.
func TestNextAfterOtherCalls(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	visit := onPage(t, client, "/account", "")
	next := visit.AfterFlow(nil, only(visit.Whoami(t.Context())))
	require.Equal(t, orylogin.OutcomeNoSession, next.Outcome)
	require.NotNil(t, next.Start)
	require.Equal(t, orylogin.OutcomeNoSession, visit.AfterFlow(nil, visit.Logout(t.Context())).Outcome)
	require.Equal(t, "/", visit.AfterFlow(nil, nil).URL)
	next = visit.AfterFlow(nil, only(visit.GetError(t.Context(), flowID)))
	require.Equal(t, http.StatusNotFound, next.Status)
	require.Nil(t, next.Start)
	next = visit.AfterLogin(nil, &http.MaxBytesError{})
	require.Equal(t, http.StatusRequestEntityTooLarge, next.Status)
	for _, none := range []*orylogin.Visit{nil, {}, client.Visit(nil, nil)} {
		next = none.Start(t.Context(), none.AfterFlow(none.GetFlow(t.Context(), flowID)))
		require.Equal(t, http.StatusBadRequest, next.Status)
		require.Equal(t, orylogin.OutcomeInvalidCall, none.AfterLogin(none.SubmitForm(t.Context(), flowID, url.Values{"a": {"b"}})).Outcome)
	}
	next.URL, next.Action = "https://hydra.example/?login_verifier=hunter2", "?login_challenge=hunter2"
	for _, verb := range verbs {
		require.NotContains(t, fmt.Sprintf(verb, next), "hunter2", verb)
	}
	require.NotContains(t, logged(next), "hunter2")
}

// TestNoCookies follows all redirects of a page that sends the browser to each new flow. One
// browser keeps cookies, the other does not.
func TestNoCookies(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithOAuth2("https://hydra.example"))
	client := server.Client()
	app := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		id := r.URL.Query().Get("flow")
		next := visit.Start(r.Context(), visit.AfterFlow(visit.GetFlow(r.Context(), id)))
		if next.Flow != nil && next.Flow.ID != id {
			http.Redirect(w, r, "/login"+next.Action, http.StatusSeeOther)
			return
		}
		w.WriteHeader(next.Status)
	}))
	t.Cleanup(app.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	for want, browser := range map[int]*http.Client{http.StatusForbidden: {}, http.StatusOK: {Jar: jar}} {
		for _, query := range []string{"", "aal=aal2", "return_to=/x", "login_challenge=c"} {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+"/login?"+query, nil)
			require.NoError(t, err)
			response, err := browser.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, want, response.StatusCode, query)
		}
	}
}

// TestWhoamiRenewsTheCookie checks that the browser gets the renewed cookie.
func TestWhoamiRenewsTheCookie(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	server.Handle(orylogintest.Whoami, reply(200, sessionJSON, "ory_kratos_session=renewed; Path=/"))
	w := httptest.NewRecorder()
	_, err := server.Client().Visit(w, pageRequest(t, "ory_kratos_session=old")).Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, []string{"ory_kratos_session=renewed; Path=/"}, w.Header()["Set-Cookie"])
}

// TestRequestsOfAForm counts the requests of a form. A refresh first asks for the session. The
// flow is fetched only if the visit has not seen it.
func TestRequestsOfAForm(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	r := signedIn(t, client)
	for _, seen := range []bool{true, false} {
		for options, before := range map[orylogin.FlowOptions]int{{IgnoreSession: true}: 0, {Refresh: true}: 1} {
			visit := client.Visit(nil, r)
			flow, err := visit.CreateFlow(t.Context(), options)
			require.NoError(t, err)
			if !seen {
				visit = client.Visit(nil, r)
			}
			whoamis, flows := len(server.Requests(orylogintest.Whoami)), len(server.Requests(orylogintest.GetFlow))
			_, err = visit.SubmitForm(t.Context(), flow.ID, url.Values{
				"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"hunter2"}, "csrf_token": flow.Choices("csrf_token"),
			})
			require.NoError(t, err)
			server.ExpectCalls(orylogintest.Whoami, whoamis+before+1)
			require.Equal(t, seen, len(server.Requests(orylogintest.GetFlow)) == flows)
		}
	}
}

// TestLoginPageIsNoPlaceToReturnTo checks that a login does not end at the login page: a link
// could otherwise lead from login to login.
func TestLoginPageIsNoPlaceToReturnTo(t *testing.T) {
	t.Parallel()
	client := kratosOfPages(t).Client()
	next := onPage(t, client, "/login?return_to=/login?return_to=/x", "").AfterFlow(nil, nil)
	require.Equal(t, "/", next.URL)
	next = onPage(t, client, "/login?return_to=/login/history", "").AfterFlow(nil, nil)
	require.Equal(t, "/login/history", next.URL)
}

// TestReloadWithFactorOwed checks that a session that owes a second factor gets a flow for it,
// even if the page's query does not ask for one.
func TestReloadWithFactorOwed(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithHighestAAL())
	client := server.Client()
	visit := client.Visit(nil, pageRequest(t, ""))
	_, err := visit.Submit(t.Context(), newFlow(t, visit), password)
	require.Equal(t, orylogin.OutcomeSecondFactor, orylogin.OutcomeOf(err))
	r := requestWith(t, visit.CookieLines())
	r.URL.Path, r.URL.RawQuery = "/login", "return_to=/account"
	visit = client.Visit(nil, r)
	next := visit.Start(t.Context(), visit.AfterFlow(visit.GetFlow(t.Context(), "")))
	require.NotNil(t, next.Flow, "%v", next.Err)
	require.Equal(t, orylogin.AAL2, next.Flow.RequestedAAL)
	require.Contains(t, next.Action, "return_to=%2Faccount")
}
