package orylogin_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestSubmit(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t, orylogintest.WithReturnTo("https://app"))
	visit := visitOf(t, server, "")
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: "https://app/x"})
	require.NoError(t, err)
	login, err := visit.Submit(t.Context(), flow, password)
	require.NoError(t, err)
	require.Equal(t, "https://app/x", login.RedirectTo)
	require.Equal(t, "i", login.Session.Identity.ID)
	request := server.Requests(orylogintest.Submit)[0]
	require.Equal(t, "application/json", request.Header("Accept"))
	for name, want := range map[string]string{
		"method": "password", "identifier": "ada@example.com", "password_identifier": "ada@example.com", "password": "hunter2",
		"csrf_token": flow.Choices("csrf_token")[0],
	} {
		require.Equal(t, want, request.Field(name))
	}

	numbers := `{"n":9007199254740993,"f":1.0,"e":1e400}` // these numbers must not be decoded on the way
	_, err = visit.Submit(t.Context(), flow, orylogin.TOTP{Code: orylogin.NewSecret("1"), TransientPayload: []byte(numbers)})
	require.Error(t, err)
	require.Equal(t, numbers, server.Requests(orylogintest.Submit)[1].Field("transient_payload"))
}

// TestSubmitForm has each kind of redirect, as each release sends it.
func TestSubmitForm(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts   []orylogintest.Option
		form   url.Values // replaces the right fields
		breaks func(*orylogintest.Server, string)
		want   error
		behind orylogintest.Operation // the operation that asks what the redirect means
	}{
		"login":         {nil, nil, nil, nil, orylogintest.Whoami},
		"second factor": {[]orylogintest.Option{orylogintest.WithHighestAAL()}, nil, nil, (*orylogin.SecondFactorError)(nil), orylogintest.Whoami},
		"session that does not last": {
			nil, nil, func(s *orylogintest.Server, _ string) { s.Respond(orylogintest.Whoami, 401, `{"error":{"code":401}}`) },
			(*orylogin.APIError)(nil), orylogintest.Whoami,
		},
		"refused":  {nil, url.Values{"password": {"a wild guess"}}, nil, (*orylogin.ValidationError)(nil), orylogintest.GetFlow},
		"progress": {[]orylogintest.Option{orylogintest.WithCode()}, url.Values{"method": {"code"}}, nil, (*orylogin.NextStepError)(nil), orylogintest.GetFlow},
		"expired":  {nil, nil, (*orylogintest.Server).ExpireFlow, (*orylogin.ExpiredError)(nil), orylogintest.GetFlow},
		"not verified": {
			[]orylogintest.Option{orylogintest.WithVerificationRequired()},
			url.Values{"identifier": {"eve@example.com"}, "password_identifier": {"eve@example.com"}},
			nil,
			(*orylogin.VerificationError)(nil), orylogintest.GetFlow,
		},
		"error page": {nil, url.Values{"csrf_token": {"another"}}, nil, (*orylogin.APIError)(nil), orylogintest.GetError},
		"provider": {
			[]orylogintest.Option{orylogintest.WithProviders("google")},
			url.Values{"method": nil, "provider": {"google"}},
			nil,
			(*orylogin.LocationChangeError)(nil), "",
		},
	} {
		for _, release := range []orylogintest.Release{orylogintest.V0_8, orylogintest.V1_3, orylogintest.V26_2} {
			if name == "progress" && release == orylogintest.V0_8 {
				continue // it has no codes
			}
			t.Run(fmt.Sprint(name, " ", release), func(t *testing.T) {
				t.Parallel()
				server := kratosOfPages(t, append([]orylogintest.Option{orylogintest.WithRelease(release)}, test.opts...)...)
				visit := visitOf(t, server, "")
				flow := newFlow(t, visit)
				form := url.Values{
					"method": {"password"}, "identifier": {"ada@example.com"}, "password_identifier": {"ada@example.com"},
					"password": {"hunter2"}, "csrf_token": flow.Choices("csrf_token"),
				}
				maps.Copy(form, test.form)
				if test.breaks != nil {
					test.breaks(server, flow.ID)
				}
				login, err := visit.SubmitForm(t.Context(), flow.ID, form)

				request := server.Requests(orylogintest.Submit)[0]
				require.Equal(t, "application/x-www-form-urlencoded", request.Header("Content-Type"))
				require.Equal(t, "text/html", request.Header("Accept"))
				for field := range form {
					require.Equal(t, form.Get(field), request.Field(field))
				}
				for _, operation := range []orylogintest.Operation{orylogintest.Whoami, orylogintest.GetFlow, orylogintest.GetError} {
					require.Equal(t, operation == test.behind, len(server.Requests(operation)) == 1, operation)
				}
				if test.want == nil {
					require.NoError(t, err)
					require.Equal(t, "http://127.0.0.1:4455/", login.RedirectTo)
					require.Equal(t, "i", login.Session.Identity.ID)
					return
				}
				require.Nil(t, login)
				require.IsType(t, test.want, err) //nolint:testifylint // the type itself is what is expected
				server.ExpectNoSecrets(fmt.Sprintf("%v %+v %#v", err, err, err))
				var owed *orylogin.SecondFactorError
				if errors.As(err, &owed) {
					require.Equal(t, http.StatusSeeOther, owed.StatusCode, "that of the redirect")
					require.Equal(t, server.URL+"/self-service/login/browser?aal=aal2", owed.URL)
				}
			})
		}
	}
}

// TestWhatIsNoLogin has a browser with a session. Its whoami succeeds whatever happens to the
// form, so it must not count as the login.
func TestWhatIsNoLogin(t *testing.T) {
	t.Parallel()
	const other = "00000000-0000-4000-8000-0000000000f2"
	refused := reply(200, refusedJSON)
	for name, test := range map[string]struct {
		submit http.HandlerFunc
		flows  http.Handler // the answer when the flow is fetched again
		want   error
	}{
		"refused, the session is set again": {
			redirect(303, "https://app/login?flow="+flowID, "ory_kratos_session=old; Path=/"), refused, (*orylogin.ValidationError)(nil),
		},
		"refused, a foreign cookie is set": {
			redirect(303, "https://app/login?flow="+flowID, "lb=node7"), refused, (*orylogin.ValidationError)(nil),
		},
		"refused, the id is written otherwise": {
			redirect(303, "https://app/login?flow="+strings.ReplaceAll(flowID, "-", "")), refused, (*orylogin.ValidationError)(nil),
		},
		"elsewhere, a foreign cookie is set": {
			redirect(303, "https://app/welcome", "lb=node7", "csrf_token_1=x"), nil, (*orylogin.APIError)(nil),
		},
		"elsewhere, the session is deleted": {
			redirect(303, "https://app/welcome", "ory_kratos_session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), nil,
			(*orylogin.RedirectError)(nil),
		},
		"elsewhere, with another kind of flow": {redirect(303, "https://app/welcome?flow=onboarding"), nil, (*orylogin.APIError)(nil)},
		"elsewhere, with another kind of id":   {redirect(303, "https://app/welcome?id=42"), nil, (*orylogin.APIError)(nil)},
		"elsewhere, with another record":       {redirect(303, "https://app/x?id="+flowID), nil, (*orylogin.APIError)(nil)},
		"another flow":                         {redirect(303, "https://app/x?flow="+other), refused, (*orylogin.ExpiredError)(nil)},
		"its flow is gone":                     {redirect(303, "https://app/login?flow="+flowID), nil, (*orylogin.APIError)(nil)},
		"something in between":                 {redirect(303, "https://app/login?flow="+other), http.HandlerFunc(http.NotFound), (*orylogin.APIError)(nil)},
		"a proxy's redirect":                   {redirect(307, "https://app/self-service/login?flow="+flowID), refused, (*orylogin.RedirectError)(nil)},
		"a login in JSON":                      {reply(200, loginJSON), nil, (*orylogin.APIError)(nil)},
		"malformed":                            {redirect(303, "https://[::1/"), nil, (*orylogin.RedirectError)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kratosOfPages(t)
			server.Handle(orylogintest.Submit, test.submit)
			server.Respond(orylogintest.Whoami, http.StatusOK, sessionJSON)
			if test.flows == nil {
				test.flows = server
			}
			server.Handle(orylogintest.GetFlow, firstly(reply(200, refusedJSON), test.flows))
			visit := visitOf(t, server, "ory_kratos_session=old; lb=node6", orylogin.WithCookies(func(string) bool { return true }))
			login, err := visit.SubmitForm(t.Context(), flowID, url.Values{"identifier": {"ada"}})
			require.Nil(t, login)
			require.IsType(t, test.want, err) //nolint:testifylint // the type itself is what is expected
		})
	}
}

// TestLoggedInAlready checks that a redirect that says nothing about the flow means "already
// logged in" only if there is a session.
func TestLoggedInAlready(t *testing.T) {
	t.Parallel()
	owed := `{"error":{"id":"session_aal2_required"},"redirect_browser_to":"https://k/x"}`
	for name, test := range map[string]struct {
		cookies string
		whoami  http.HandlerFunc
		want    bool
	}{
		"session":                     {"ory_kratos_session=s", reply(200, sessionJSON), true},
		"session of the first factor": {"ory_kratos_session=s", reply(403, owed), true},
		"void session":                {"ory_kratos_session=s", reply(401, `{"error":{"code":401}}`), false},
		"no session":                  {"csrf_token_1=x", reply(200, sessionJSON), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := kratosOfPages(t)
			server.Respond(orylogintest.GetFlow, http.StatusOK, refusedJSON)
			server.Handle(orylogintest.Submit, redirect(303, "https://app/welcome"))
			server.Handle(orylogintest.Whoami, test.whoami)
			_, err := visitOf(t, server, test.cookies).SubmitForm(t.Context(), flowID, url.Values{"identifier": {"ada"}})
			var answer *orylogin.APIError
			require.ErrorAs(t, err, &answer)
			require.Equal(t, 303, answer.StatusCode)
			if test.want {
				require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err))
				require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)
			} else {
				require.Equal(t, orylogin.OutcomeMisconfigured, orylogin.OutcomeOf(err))
			}
		})
	}
}

// TestProviderURL checks a provider's URL with the same parameters as Kratos's own URLs.
func TestProviderURL(t *testing.T) {
	t.Parallel()
	const target = "https://accounts.google.com/o/oauth2?flow=x&id=y"
	server := kratosOfPages(t)
	server.Respond(orylogintest.GetFlow, http.StatusOK, refusedJSON)
	server.Handle(orylogintest.Submit, redirect(303, target, "ory_kratos_continuity=c"))
	_, err := visitOf(t, server, "").SubmitForm(t.Context(), flowID, url.Values{"provider": {"google"}})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	require.Equal(t, target, change.URL)
}

// TestNamedSessionCookie has a Kratos whose session cookie has another name.
func TestNamedSessionCookie(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	server.Respond(orylogintest.GetFlow, http.StatusOK, refusedJSON)
	server.Handle(orylogintest.Submit, redirect(303, "https://app/x", `auth="a b"; Path=/`))
	server.Respond(orylogintest.Whoami, http.StatusOK, sessionJSON)
	login, err := visitOf(t, server, "ory_kratos_session=x", orylogin.WithSessionCookie("auth")).
		SubmitForm(t.Context(), flowID, url.Values{"passkey_login": {"{}"}})
	require.NoError(t, err)
	require.Equal(t, "https://app/x", login.RedirectTo)
	require.Empty(t, server.Requests(orylogintest.Submit)[0].Header("Cookie"))
	require.Equal(t, `auth="a b"`, server.Requests(orylogintest.Whoami)[0].Header("Cookie"))
}

// TestLoginInALog checks that a nil login can be logged. It checks that a login shows no
// secret, even if it is logged as a value and not as a pointer.
func TestLoginInALog(t *testing.T) {
	t.Parallel()
	const token = "ory_st_hunter2"
	login := orylogin.Login{
		Session:      &orylogin.Session{Session: api.Session{ID: flowID, Active: true}},
		ContinueWith: []api.ContinueWith{{Action: "set_ory_session_token", OrySessionToken: orylogin.NewSecret(token)}},
	}
	logged := func(value any) string {
		var text, document bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "login", value)
		slog.New(slog.NewJSONHandler(&document, nil)).Info("x", "login", value)
		return text.String() + document.String()
	}
	for want, value := range map[string]*orylogin.Login{"no login": nil, "no session": {}, "login.session.id=" + flowID: &login} {
		require.Contains(t, logged(value), want)
		require.NotContains(t, logged(value), "panicked")
		require.NotContains(t, logged(value), token)
	}
	require.Contains(t, logged(login), "login with active session "+flowID)
	require.NotContains(t, logged(login), token)
	require.Equal(t, "login with active session "+flowID, fmt.Sprint(login))
}

// TestSecondFactorInJSON checks that a second factor is told from a login at a provider, which
// has the same answer.
func TestSecondFactorInJSON(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := visitOf(t, server, "")
	flow := newFlow(t, visit)
	for target, want := range map[string]error{
		server.URL + "/self-service/login/browser?aal=aal2": (*orylogin.SecondFactorError)(nil),
		"https://accounts.google.com/?aal=aal2":             (*orylogin.LocationChangeError)(nil),
	} {
		server.Respond(orylogintest.Submit, 422, `{"error":{"id":"browser_location_change_required","code":422},"redirect_browser_to":"`+target+`"}`)
		_, err := visit.Submit(t.Context(), flow, password)
		require.IsType(t, want, err)                      //nolint:testifylint // the type itself is what is expected
		_, change := want.(*orylogin.LocationChangeError) //nolint:errorlint // it is the type that is asked for
		require.Equal(t, change, errors.Is(err, orylogin.ErrLocationChangeRequired))
		var apiErr *orylogin.APIError
		require.ErrorAs(t, err, &apiErr)
		require.Equal(t, 422, apiErr.StatusCode)
		_, owed := want.(*orylogin.SecondFactorError) //nolint:errorlint // it is the type that is asked for
		require.Equal(t, owed, strings.Contains(err.Error(), "the session needs a second factor"), err.Error())
	}
}

// TestSessionCookieThatIsLeft checks an answer by the cookies that the browser has after it.
func TestSessionCookieThatIsLeft(t *testing.T) {
	t.Parallel()
	const set, deleted = "ory_kratos_session=new; Path=/", "ory_kratos_session=; Path=/; Max-Age=0"
	for name, test := range map[string]struct {
		cookies []string
		options []orylogin.Option
	}{
		"set, and then deleted": {[]string{set, deleted}, nil},
		"not handed on":         {[]string{set}, []orylogin.Option{orylogin.WithCookies(func(string) bool { return false })}},
	} {
		server := kratosOfPages(t)
		visit := visitOf(t, server, "", test.options...)
		flow := newFlow(t, visit)
		server.Handle(orylogintest.Submit, reply(http.StatusOK, loginJSON, test.cookies...))
		_, err := visit.Submit(t.Context(), flow, password)
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
	}
}

// TestFieldOfProvider checks that a field that the browser adds to a form does not change what
// the answer means.
func TestFieldOfProvider(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	r, flow := signedIn(t, client), newFlow(t, client.Visit(nil, pageRequest(t, "")))
	form := formOf(flow, "ada@example.com")
	form.Set("provider", "acme")
	_, err := client.Visit(nil, r).SubmitForm(t.Context(), flow.ID, form)
	require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err), "%v", err)
}

// TestFlowOfAnotherBrowser checks that nothing is submitted to a flow that the browser cannot
// fetch, whatever the form has. The session, or the link to a provider, could become that of
// another user.
func TestFlowOfAnotherBrowser(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	client := server.Client()
	foreign := newFlow(t, client.Visit(nil, pageRequest(t, "")))
	own := client.Visit(nil, pageRequest(t, ""))
	form := formOf(newFlow(t, own), "ada@example.com")
	_, err := client.Visit(nil, requestWith(t, own.CookieLines())).SubmitForm(t.Context(), foreign.ID, form)
	require.Equal(t, orylogin.OutcomeCSRF, orylogin.OutcomeOf(err), "%v", err)
	server.ExpectCalls(orylogintest.Submit, 0)

	r := signedIn(t, client)
	_, err = client.Visit(nil, r).SubmitForm(t.Context(), foreign.ID, form)
	require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err), "%v", err)
	server.ExpectCalls(orylogintest.Submit, 1) // the one of signedIn
}

// TestRecordInReturnTo checks that a return_to that looks like an error page does not make a
// login a failure.
func TestRecordInReturnTo(t *testing.T) {
	t.Parallel()
	const record = "00000000-0000-4000-8000-0000000000e1"
	for target, challenge := range map[string]string{
		"https://app/order?id=" + record:                          "",
		"https://hydra/oauth2/auth?login_verifier=v&id=" + record: "c",
	} {
		server := kratosOfPages(t)
		server.Respond(orylogintest.Whoami, http.StatusOK, sessionJSON)
		server.Respond(orylogintest.GetError, http.StatusOK, `{"id":"`+record+`","error":{"code":500,"reason":"x"}}`)
		server.Handle(orylogintest.Submit, redirect(http.StatusSeeOther, target, "ory_kratos_session=s"))
		visit := visitOf(t, server, "")
		flow := newFlow(t, visit)
		flow.OAuth2LoginChallenge = challenge
		login, err := visit.SubmitForm(t.Context(), flow.ID, url.Values{"method": {"password"}})
		require.NoError(t, err, target)
		require.Equal(t, target, login.RedirectTo)
		server.ExpectCalls(orylogintest.GetError, 0)
	}
}
