package browser_test

import (
	"errors"
	"fmt"
	"io"
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

const (
	flowJSON = `{"id":"f1","type":"browser","ui":{"action":"https://public.example.com/x","method":"POST","nodes":[` +
		`{"attributes":{"name":"csrf_token","value":"a+b/c="}}]}}`
	loginJSON = `{"session":{"id":"s","active":true,"identity":{"id":"i"}},` +
		`"continue_with":[{"action":"redirect_browser_to","redirect_browser_to":"https://app/x"}]}`
	sessionJSON = `{"id":"s","active":true,"identity":{"id":"i"}}`
)

var password = orylogin.Password{Identifier: "ada", Password: orylogin.NewSecret("hunter2")}

// kratos answers by path, and keeps what it is sent.
type kratos struct {
	*httptest.Server
	mu       sync.Mutex
	requests []*http.Request
	bodies   []string
}

func newKratos(t *testing.T, answers map[string]http.HandlerFunc) *kratos {
	t.Helper()
	k := &kratos{}
	k.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		k.mu.Lock()
		k.requests, k.bodies = append(k.requests, r), append(k.bodies, string(body))
		k.mu.Unlock()
		if answer, ok := answers[r.Method+" "+r.URL.Path]; ok {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	t.Cleanup(k.Close)
	return k
}

func (k *kratos) client(t *testing.T, opts ...browser.Option) *browser.Client {
	t.Helper()
	native, err := orylogin.New(k.URL)
	require.NoError(t, err)
	client, err := browser.New(native, opts...)
	require.NoError(t, err)
	return client
}

func reply(status int, body string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, cookie := range cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func redirect(status int, target string, cookies ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, cookie := range cookies {
			w.Header().Add("Set-Cookie", cookie)
		}
		w.Header().Set("Location", target)
		w.WriteHeader(status)
	}
}

// request is what a browser with these cookies sends the application.
func request(t *testing.T, cookies string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", nil)
	r.Header.Set("User-Agent", "the browser's")
	if cookies != "" {
		r.Header.Set("Cookie", cookies)
	}
	return r
}

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
		"was not made by New":                second((&orylogin.Client{}).Login(t.Context(), password)),
		"the client is nil":                  second(browser.New(nil)),
		"an option is nil":                   second(browser.New(&orylogin.Client{}, nil)),
		"WithCookies: the function is nil":   second(browser.New(&orylogin.Client{}, browser.WithCookies(nil))),
	} {
		require.ErrorContains(t, err, want)
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
