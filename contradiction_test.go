package orylogin_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

const (
	oneSession = `{"id":"s","active":true,"identity":{"id":"i"}}`
	oneFlow    = `{"id":"f","type":"browser","ui":{"nodes":[]}}`
)

// TestContradictions holds that an answer which says two things is none, whoever asked:
// natively, for a browser or for a session.
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

// TestInterruptedByHook holds that an error which the flow follows is that error: it is how
// servers answer when a web hook has interrupted the creation of a flow.
func TestInterruptedByHook(t *testing.T) {
	t.Parallel()
	err := operations["create"](t.Context(), inJSON(http.StatusBadRequest, `{"error":{"code":400,"reason":"no"}}`+"\n"+nativeFlow).client(t))
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "no", apiErr.Reason)
}
