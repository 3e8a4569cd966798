package browser_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/browser"
)

func TestSubmit(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{
		"GET /self-service/login/browser": reply(200, flowJSON),
		"POST /self-service/login":        reply(200, loginJSON),
	})
	visit := k.client(t).Visit(request(t, ""))
	flow, err := visit.CreateFlow(t.Context(), browser.FlowOptions{
		AAL: orylogin.AAL2, Refresh: true, ReturnTo: "https://app/x", LoginChallenge: "c",
		Organization: "o", Via: "v", IdentitySchema: "s",
	})
	require.NoError(t, err)
	login, err := visit.Submit(t.Context(), flow, password)
	require.NoError(t, err)
	require.Equal(t, "https://app/x", login.RedirectTo)
	require.Equal(t, "i", login.Session.Identity.ID)

	require.Equal(t, url.Values{
		"aal": {"aal2"}, "refresh": {"true"}, "return_to": {"https://app/x"}, "login_challenge": {"c"},
		"organization": {"o"}, "via": {"v"}, "identity_schema": {"s"},
	}, k.requests[0].URL.Query())
	require.Equal(t, "/self-service/login?flow=f1", k.requests[1].URL.RequestURI(), "not to ui.action")
	require.Equal(t, "application/json", k.requests[1].Header.Get("Accept"))
	require.JSONEq(t, `{"method":"password","identifier":"ada","password_identifier":"ada","password":"hunter2",
		"csrf_token":"a+b/c="}`, k.bodies[1])
}

// TestSubmitForm gives each kind of redirect, with the status of v0.8 and with that
// of later releases.
func TestSubmitForm(t *testing.T) {
	const session = "ory_kratos_session=s1; Path=/"
	form := url.Values{"method": {"password"}, "csrf_token": {"a+b/c="}, "password": {"hunter2"}}
	provider := url.Values{"provider": {"google"}}
	flow := func(message string) http.HandlerFunc {
		return reply(200, `{"id":"00000000-0000-4000-8000-0000000000f1","type":"browser","ui":{"messages":[`+message+`]}}`)
	}
	for name, test := range map[string]struct {
		form   url.Values
		submit func(status int) http.HandlerFunc
		behind map[string]http.HandlerFunc
		want   error
	}{
		"login": {
			form, func(status int) http.HandlerFunc { return redirect(status, "https://app/x", session) },
			map[string]http.HandlerFunc{"GET /sessions/whoami": reply(200, sessionJSON)},
			nil,
		},
		"second factor": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "/self-service/login/browser?aal=aal2", session)
			},
			map[string]http.HandlerFunc{"GET /sessions/whoami": reply(403, `{"error":{"id":"session_aal2_required","code":403}}`)},
			(*orylogin.SecondFactorError)(nil),
		},
		"session that does not last": {
			form, func(status int) http.HandlerFunc { return redirect(status, "https://app/x", session) },
			map[string]http.HandlerFunc{"GET /sessions/whoami": reply(401, `{"error":{"code":401}}`)},
			(*orylogin.APIError)(nil),
		},
		"refused": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "https://app/login?flow=00000000-0000-4000-8000-0000000000f1")
			},
			map[string]http.HandlerFunc{"GET /self-service/login/flows": flow(`{"id":4000006,"type":"error"}`)},
			(*orylogin.ValidationError)(nil),
		},
		"progress": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "https://app/login?flow=00000000-0000-4000-8000-0000000000f1")
			},
			map[string]http.HandlerFunc{"GET /self-service/login/flows": flow(`{"id":1010014,"type":"info"}`)},
			(*orylogin.NextStepError)(nil),
		},
		"expired": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "https://app/login?flow=00000000-0000-4000-8000-0000000000f2")
			},
			map[string]http.HandlerFunc{"GET /self-service/login/flows": flow(`{"id":4010001,"type":"error"}`)},
			(*orylogin.ExpiredError)(nil),
		},
		"not verified": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "https://app/verification?flow=00000000-0000-4000-8000-0000000000a1")
			},
			map[string]http.HandlerFunc{"GET /self-service/login/flows": reply(404, `{"error":{"code":404}}`)},
			(*orylogin.VerificationError)(nil),
		},
		"error page": {
			form, func(status int) http.HandlerFunc {
				return redirect(status, "https://app/error?id=00000000-0000-4000-8000-0000000000e1")
			},
			map[string]http.HandlerFunc{"GET /self-service/errors": reply(200, `{"id":"00000000-0000-4000-8000-0000000000e1","error":{"id":"security_csrf_violation","code":403}}`)},
			(*orylogin.APIError)(nil),
		},
		"provider": {
			provider, func(status int) http.HandlerFunc {
				return redirect(status, "https://accounts.google.com/o/oauth2?state=hunter2&flow=x&id=y", "ory_kratos_continuity=c")
			}, nil, (*orylogin.LocationChangeError)(nil),
		},
		"elsewhere": {
			form, func(status int) http.HandlerFunc { return redirect(status, "https://app/welcome") },
			nil, (*orylogin.RedirectError)(nil),
		},
		"no redirect": {
			form, func(int) http.HandlerFunc { return reply(200, loginJSON) }, nil, (*orylogin.APIError)(nil),
		},
	} {
		for _, status := range []int{http.StatusFound, http.StatusSeeOther} {
			t.Run(fmt.Sprint(name, status), func(t *testing.T) {
				t.Parallel()
				answers := map[string]http.HandlerFunc{"POST /self-service/login": test.submit(status)}
				for path, answer := range test.behind {
					answers[path] = answer
				}
				k := newKratos(t, answers)
				login, err := k.client(t).Visit(request(t, "")).SubmitForm(t.Context(), "00000000-0000-4000-8000-0000000000f1", test.form)
				require.Equal(t, "application/x-www-form-urlencoded", k.requests[0].Header.Get("Content-Type"))
				require.Equal(t, "text/html", k.requests[0].Header.Get("Accept"))
				require.Equal(t, test.form.Encode(), k.bodies[0])
				require.Len(t, k.requests, 1+len(test.behind))
				if test.want == nil {
					require.NoError(t, err)
					require.Equal(t, "https://app/x", login.RedirectTo)
					require.Equal(t, "ory_kratos_session=s1", k.requests[1].Header.Get("Cookie"))
					return
				}
				require.Nil(t, login)
				require.IsType(t, test.want, err) //nolint:testifylint // the type itself is what is expected
				require.NotContains(t, fmt.Sprintf("%v %+v %#v", err, err, err), "hunter2")
			})
		}
	}
}

// TestWhatIsNoLogin answers the form of a browser that has a session already, and so
// has a whoami that succeeds whatever became of the form.
func TestWhatIsNoLogin(t *testing.T) {
	const (
		id    = "00000000-0000-4000-8000-0000000000f1"
		other = "00000000-0000-4000-8000-0000000000f2"
	)
	refused := reply(200, `{"id":"`+id+`","type":"browser","ui":{"messages":[{"id":4000006,"type":"error"}]}}`)
	missing := reply(404, `{"error":{"code":404}}`)
	for name, test := range map[string]struct {
		submit http.HandlerFunc
		flows  http.HandlerFunc
		want   error
	}{
		"refused, the session is set again": {
			redirect(303, "https://app/login?flow="+id, "ory_kratos_session=old; Path=/"), refused, (*orylogin.ValidationError)(nil),
		},
		"refused, a foreign cookie is set": {
			redirect(303, "https://app/login?flow="+id, "lb=node7"), refused, (*orylogin.ValidationError)(nil),
		},
		"refused, the id is written otherwise": {
			redirect(303, "https://app/login?flow="+strings.ReplaceAll(id, "-", "")), refused, (*orylogin.ValidationError)(nil),
		},
		"elsewhere, a foreign cookie is set": {
			redirect(303, "https://app/welcome", "lb=node7", "csrf_token_1=x"), nil, (*orylogin.RedirectError)(nil),
		},
		"elsewhere, the session is deleted": {
			redirect(303, "https://app/welcome", "ory_kratos_session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT"), nil,
			(*orylogin.RedirectError)(nil),
		},
		"elsewhere, with another kind of flow": {redirect(303, "https://app/welcome?flow=onboarding"), nil, (*orylogin.RedirectError)(nil)},
		"elsewhere, with another kind of id":   {redirect(303, "https://app/welcome?id=42"), nil, (*orylogin.RedirectError)(nil)},
		"elsewhere, with another record":       {redirect(303, "https://app/x?id="+id), nil, (*orylogin.RedirectError)(nil)},
		"a flow that is not its replacement": {
			redirect(303, "https://app/x?flow="+other), refused, (*orylogin.RedirectError)(nil),
		},
		"its flow is gone":     {redirect(303, "https://app/login?flow="+id), missing, (*orylogin.APIError)(nil)},
		"something in between": {redirect(303, "https://app/login?flow="+other), http.NotFound, (*orylogin.APIError)(nil)},
		"a proxy's redirect":   {redirect(307, "https://app/self-service/login?flow="+id), refused, (*orylogin.RedirectError)(nil)},
		"malformed":            {redirect(303, "https://[::1/"), nil, (*orylogin.RedirectError)(nil)},
	} {
		t.Run(name, func(t *testing.T) {
			answers := map[string]http.HandlerFunc{
				"POST /self-service/login": test.submit,
				"GET /sessions/whoami":     reply(200, sessionJSON),
				"GET /self-service/errors": missing,
			}
			if test.flows != nil {
				answers["GET /self-service/login/flows"] = test.flows
			}
			client := newKratos(t, answers).client(t, browser.WithCookies(func(string) bool { return true }))
			login, err := client.Visit(request(t, "ory_kratos_session=old; lb=node6")).
				SubmitForm(t.Context(), id, url.Values{"identifier": {"ada"}})
			require.Nil(t, login)
			require.IsType(t, test.want, err) //nolint:testifylint // the type itself is what is expected
		})
	}
}

// TestLoggedInAlready: a redirect that says nothing of the flow means that only if
// there is a session.
func TestLoggedInAlready(t *testing.T) {
	owed := `{"error":{"id":"session_aal2_required"},"redirect_browser_to":"https://k/x"}`
	for name, test := range map[string]struct {
		cookies string
		whoami  http.HandlerFunc
		want    bool
	}{
		"session":                     {"ory_kratos_session=s", reply(200, sessionJSON), true},
		"session of the first factor": {"ory_kratos_session=s", reply(403, owed), true},
		"void session":                {"ory_kratos_session=s", reply(401, `{"error":{"code":401}}`), false},
		"unknown":                     {"ory_kratos_session=s", reply(502, "<html>"), false},
		"no session":                  {"csrf_token_1=x", reply(200, sessionJSON), false},
	} {
		t.Run(name, func(t *testing.T) {
			k := newKratos(t, map[string]http.HandlerFunc{
				"POST /self-service/login": redirect(303, "https://app/welcome"), "GET /sessions/whoami": test.whoami,
			})
			_, err := k.client(t).Visit(request(t, test.cookies)).SubmitForm(t.Context(), "f1", url.Values{"identifier": {"ada"}})
			var elsewhere *orylogin.RedirectError
			require.ErrorAs(t, err, &elsewhere)
			require.Equal(t, 303, elsewhere.StatusCode)
			require.Equal(t, test.want, errors.Is(err, orylogin.ErrSessionAlreadyAvailable))
		})
	}
}

// TestNamedSessionCookie: a Kratos can be configured with another name.
func TestNamedSessionCookie(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{
		"POST /self-service/login": redirect(303, "https://app/x", `auth="a b"; Path=/`),
		"GET /sessions/whoami":     reply(200, sessionJSON),
	})
	login, err := k.client(t, browser.WithSessionCookie("auth")).Visit(request(t, "ory_kratos_session=x")).
		SubmitForm(t.Context(), "f1", url.Values{"passkey_login": {"{}"}})
	require.NoError(t, err)
	require.Equal(t, "https://app/x", login.RedirectTo)
	require.Empty(t, k.requests[0].Header.Get("Cookie"))
	require.Equal(t, `auth="a b"`, k.requests[1].Header.Get("Cookie"))
	require.Equal(t, "login with active session s", fmt.Sprint(login))
}

// TestLoginInALog: a login that there is none of can be logged, and one that there is
// shows no secret, be it logged by its value.
func TestLoginInALog(t *testing.T) {
	const token = "ory_st_hunter2"
	login := browser.Login{
		Session:      &orylogin.Session{Session: api.Session{ID: "s", Active: true}},
		ContinueWith: []api.ContinueWith{{Action: "set_ory_session_token", OrySessionToken: orylogin.NewSecret(token)}},
	}
	logged := func(value any) string {
		var text, document bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("x", "login", value)
		slog.New(slog.NewJSONHandler(&document, nil)).Info("x", "login", value)
		return text.String() + document.String()
	}
	for want, value := range map[string]*browser.Login{"no login": nil, "no session": {}, "login.session.id=s": &login} {
		require.Contains(t, logged(value), want)
		require.NotContains(t, logged(value), "panicked")
		require.NotContains(t, logged(value), token)
	}
	require.Contains(t, logged(login), "login with active session s")
	require.NotContains(t, logged(login), token)
	require.Equal(t, "login with active session s", fmt.Sprint(login))
}

// TestSecondFactorInJSON: the server says it like a login at a provider.
func TestSecondFactorInJSON(t *testing.T) {
	flow := &browser.Flow{}
	flow.ID = "f1"
	for target, want := range map[string]error{
		"https://k/self-service/login/browser?aal=aal2": (*orylogin.SecondFactorError)(nil),
		"https://accounts.google.com/?aal=aal2":         (*orylogin.LocationChangeError)(nil),
	} {
		k := newKratos(t, map[string]http.HandlerFunc{
			"POST /self-service/login": reply(422, `{"error":{"id":"browser_location_change_required","code":422},"redirect_browser_to":"`+target+`"}`),
		})
		_, err := k.client(t).Visit(request(t, "")).Submit(t.Context(), flow, password)
		require.IsType(t, want, err) //nolint:testifylint // the type itself is what is expected
		var apiErr *orylogin.APIError
		require.ErrorAs(t, err, &apiErr)
		require.Equal(t, 422, apiErr.StatusCode)
		require.Equal(t, orylogin.ErrLocationChangeRequired, apiErr.ID)
		_, owed := want.(*orylogin.SecondFactorError) //nolint:errorlint // it is the type that is asked for
		require.Equal(t, owed, strings.Contains(err.Error(), "the login needs a second factor"), err.Error())
	}
}

// TestNumbersStayAsTheyAre: what the caller submits is not decoded on its way.
func TestNumbersStayAsTheyAre(t *testing.T) {
	k := newKratos(t, map[string]http.HandlerFunc{"POST /self-service/login": reply(200, loginJSON)})
	flow := &browser.Flow{}
	flow.ID = "f1"
	_, err := k.client(t).Visit(request(t, "")).Submit(t.Context(), flow, orylogin.TOTP{
		Code: orylogin.NewSecret("1"), TransientPayload: []byte(`{"n":9007199254740993,"f":1.0,"e":1e400}`),
	})
	require.NoError(t, err)
	require.Contains(t, k.bodies[0], `{"n":9007199254740993,"f":1.0,"e":1e400}`)
}
