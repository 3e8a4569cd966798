package orylogin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

const (
	oneSession = `{"id":"s","active":true,"identity":{"id":"i"}}`
	oneFlow    = `{"id":"f","type":"browser","ui":{"nodes":[]}}`
)

// TestContradictions checks that an answer with two meanings does not count, whether a native
// client, a browser or a service has asked.
func TestContradictions(t *testing.T) {
	t.Parallel()
	asNative := func(t *testing.T, body string) error {
		t.Helper()
		return operations["submit"](t.Context(), inJSON(200, body).client(t))
	}
	asBrowser := func(t *testing.T, body string) error {
		t.Helper()
		transport := &replying{status: 200, body: oneFlow, cookies: []string{"ory_kratos_session=x"}}
		visit := over(t, transport).Visit(httptest.NewRecorder(), page())
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		transport.body = body
		return only(visit.Submit(t.Context(), flow, password))
	}
	asForm := func(t *testing.T, body string) error {
		t.Helper()
		visit := over(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			answer := inJSON(200, body)
			switch {
			case strings.HasSuffix(r.URL.Path, "/flows"):
				answer = inJSON(200, oneFlow)
			case r.Method == http.MethodPost:
				answer = &fixed{status: 303, header: http.Header{"Location": {"/x"}, "Set-Cookie": {"ory_kratos_session=x"}}}
			}
			return answer.RoundTrip(r)
		})).Visit(nil, page())
		return only(visit.SubmitForm(t.Context(), "f", url.Values{"a": {"b"}}))
	}
	asSession := func(t *testing.T, body string) error {
		t.Helper()
		return operations["whoami"](t.Context(), inJSON(200, body).client(t))
	}
	asFlow := func(t *testing.T, body string) error {
		t.Helper()
		return operations["create"](t.Context(), inJSON(200, body).client(t))
	}
	login := `{"session_token":"t","session":` + oneSession + `}`
	for name, test := range map[string]struct {
		ask         func(*testing.T, string) error
		right       string
		wrong, fine []string
	}{
		"native": {asNative, login, []string{
			`{"session_token":"t","session":` + oneSession + `,"error":"account locked"}`,
			`{"session_token":"t","session":` + oneSession + `,"error":{}}`,
			`{"error":false,"session_token":"t","session":` + oneSession + `}`,
			`{"error":[],"session_token":"t","session":` + oneSession + `}`,
			login + `{"error":{"code":403}}`,
			login + `<html>`,
			login + `null`,
			`{"session_token":"t","session":` + oneSession + `,"Session":` + oneSession + `}`,
			`{"Session_Token":"t","session":` + oneSession + `}`,
			`{"session_token":"t","\u0053ession":` + oneSession + `,"session":` + oneSession + `}`,
			`{"session_token":"t","se\u017f\u017fion":` + oneSession + `,"session":` + oneSession + `}`,
			`{"\u0065rror":"account locked","session_token":"t","session":` + oneSession + `}`,
			`{"session_token":"t","session":` + oneSession + `,"session":{"identity":{"id":"j"}}}`,
			`{"session_token":"t","session_token":"u","session":` + oneSession + `}`,
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i"},"identity":{"id":"j"}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"\u0069dentity":{"id":"i"},"identity":{}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"\u0069dentity":{"id":"i","ID":"j"}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i","id":"j"}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i"},"Identity":{"id":"j"}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i","ID":"j"}}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"ACTIVE":false,"identity":{"id":"i"}}}`,
			`{"session_token":"t\n","session":` + oneSession + `}`,
			`{"session_token":"a b","session":` + oneSession + `}`,
			`{"session_token":"t\u0000","session":` + oneSession + `}`,
			`{"session_token":"t€","session":` + oneSession + `}`,
			`{"session_token":"","session":` + oneSession + `}`,
		}, []string{
			`{"session_token":"t","session":` + oneSession + `,"error":null}`,
			`{"session_token":"t","session":` + oneSession + `,"Organisation":"x","NewMember":{"Session":1}}`,
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i","traits":{"ID":"x","Error":"y"}}}}` + "\n\n",
			`{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i","traits":{"id":1,"id":2}}},"new":1,"new":2}`,
			`{"session_token":"t","\u0073ession":` + oneSession + `}`,
			`{"a":["{",{"error":"}"},"\"error\":1"],"session_token":"t","session":` + oneSession + `}`,
		}},
		"browser": {asBrowser, login, []string{
			`{"session":` + oneSession + `,"error":"account locked"}`,
			`{"session":` + oneSession + `}{"error":{"code":403}}`,
			`{"session":` + oneSession + `,"SESSION":` + oneSession + `}`,
		}, []string{`{"session":` + oneSession + `,"error":null}`}},
		"form": {asForm, oneSession, []string{
			`{"id":"s","active":true,"identity":{"id":"i"},"error":"account locked"}`,
			`{"id":"s","active":true,"identity":{"id":"i"},"error":[]}`,
			oneSession + `{"error":{"code":403}}`,
			`{"id":"s","active":true,"identity":{"id":"i"},"Identity":{"id":"j"}}`,
		}, []string{`{"id":"s","active":true,"identity":{"id":"i"},"error":null}`}},
		"session": {asSession, oneSession, []string{
			oneSession + `{"error":{"code":401}}`,
			`{"id":"s","active":true,"identity":{"id":"i"},"error":"revoked"}`,
			`{"id":"s","active":true,"identity":{"id":"i","Id":"j"}}`,
			`{"id":"s","Active":true,"active":true,"identity":{"id":"i"}}`,
			`{"id":"s","id":"s","active":true,"identity":{"id":"i"}}`,
			`{"id":"s","active":true,"identity":{"id":"i","id":"j"}}`,
			`{"id":"s","active":true,"identity":{"id":"i"},"\u0065rror":[]}`,
		}, []string{`{"id":"s","active":true,"identity":{"id":"i"},"error":null}`}},
		"flow": {asFlow, nativeFlow, []string{
			nativeFlow + `{"error":{"code":401}}`,
			`{"id":"f","type":"api","ui":{"nodes":[]},"error":"no"}`,
			`{"id":"f","type":"api","ui":{"nodes":[]},"UI":{"nodes":[]}}`,
			`{"id":"f","type":"api","ui":{"nodes":[]},"id":"g"}`,
		}, []string{`{"id":"f","type":"api","ui":{"nodes":[{"attributes":{"name":"Error"}}],"Action":"x"}}`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, test.ask(t, test.right))
			for _, body := range test.fine {
				require.NoError(t, test.ask(t, body), body)
			}
			for _, body := range test.wrong {
				require.ErrorIs(t, test.ask(t, body), orylogin.ErrUnknownAnswer, body)
			}
		})
	}
}

// TestInterruptedByHook checks that an error with a flow behind it counts as that error.
// Servers answer so when a web hook interrupts the creation of a flow.
func TestInterruptedByHook(t *testing.T) {
	t.Parallel()
	err := operations["create"](t.Context(), inJSON(http.StatusBadRequest, `{"error":{"code":400,"reason":"no"}}`+"\n"+nativeFlow).client(t))
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "no", apiErr.Reason)
}

// TestConfirmedSession checks a browser's login that sets no new cookie, such as a second
// factor or a refresh. It counts only if the browser's cookie is that of the session.
func TestConfirmedSession(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cookie string
		status int
		whoami string
		want   error
	}{
		"confirmed":          {"ory_kratos_session=x", 200, oneSession, nil},
		"another session":    {"ory_kratos_session=x", 200, strings.Replace(oneSession, `"s"`, `"other"`, 1), orylogin.ErrUnknownAnswer},
		"two sessions":       {"ory_kratos_session=x", 200, strings.Replace(oneSession, `"s"`, `"s","id":"s"`, 1), orylogin.ErrUnknownAnswer},
		"beside an error":    {"ory_kratos_session=x", 200, strings.Replace(oneSession, `"s"`, `"s","error":"no"`, 1), orylogin.ErrUnknownAnswer},
		"none any more":      {"ory_kratos_session=x", 401, `{"error":{"code":401}}`, orylogin.ErrSessionInactive},
		"no cookie":          {"csrf_token_x=x", 200, oneSession, orylogin.ErrUnknownAnswer},
		"a rate limit there": {"ory_kratos_session=x", 429, "", orylogin.ErrRateLimited},
	} {
		visit := over(t, roundTrip(func(r *http.Request) (*http.Response, error) {
			switch {
			case r.Method == http.MethodPost:
				return inJSON(200, browserDone).RoundTrip(r)
			case strings.HasSuffix(r.URL.Path, "/whoami"):
				return inJSON(test.status, test.whoami).RoundTrip(r)
			default:
				return inJSON(200, oneFlow).RoundTrip(r)
			}
		})).Visit(nil, page(test.cookie))
		flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2})
		require.NoError(t, err, name)
		login, err := visit.Submit(t.Context(), flow, orylogin.TOTP{})
		require.Equal(t, test.want == nil, login != nil, name)
		require.ErrorIs(t, err, test.want, name)
	}
}

// TestLoopbackWithoutProxy checks that a request to this machine over plain http uses no proxy,
// however the host is written. The environment is read once in a process, so the test starts a
// second process.
func TestLoopbackWithoutProxy(t *testing.T) {
	t.Parallel()
	if base := os.Getenv("LOOPBACK_BASE"); base != "" {
		client, err := orylogin.New(base)
		require.NoError(t, err)
		require.NoError(t, only(client.CreateFlow(t.Context(), orylogin.FlowOptions{})))
		return
	}
	server := newKratos(t)
	proxy := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the proxy was asked") }))
	t.Cleanup(proxy.Close)
	port := server.URL[strings.LastIndex(server.URL, ":"):]
	for _, host := range []string{"127.0.0.1", "localhost", "LOCALHOST", "LocalHost", "[::ffff:127.0.0.1]"} {
		command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestLoopbackWithoutProxy$")
		command.Env = append(os.Environ(), "LOOPBACK_BASE=http://"+host+port, "HTTP_PROXY="+proxy.URL, "http_proxy="+proxy.URL)
		output, err := command.CombinedOutput()
		require.NoError(t, err, "%s: %s", host, output)
	}
	server.ExpectCalls(orylogintest.CreateFlow, 5)
}
