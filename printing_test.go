package orylogin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

var verbs = []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t"}

// logged returns what slog's two handlers write for a value.
func logged(value any) string {
	var out bytes.Buffer
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "value", value)
	return out.String()
}

// TestNilLoginIsLogged checks that the nil login of a failed call can be logged together with
// its error.
func TestNilLoginIsLogged(t *testing.T) {
	var login *orylogin.Login
	require.Contains(t, logged(login), `"value":"no login"`)
	require.NotContains(t, logged(login), "panic")
	require.Equal(t, "<nil>", fmt.Sprint(login))
}

func TestStepIsLoggedShort(t *testing.T) {
	flow := &orylogin.Flow{}
	flow.ID, flow.Type, flow.RequestURL = flowID, "api", "secret"
	text := logged(orylogin.Step{Flow: flow, Err: orylogin.ErrTooManyTries})
	require.Contains(t, text, `"flow":"login flow 58754060-2707-4237-81ae-8c8845ed16aa (api, )","err":"too many wrong codes were submitted"`)
	require.NotContains(t, text, "secret")
	require.Contains(t, logged(orylogin.Step{}), `"flow":"<nil>"`)
}

func TestMessagesShowNoText(t *testing.T) {
	for want, message := range map[string]orylogin.Message{
		"identifier or password is wrong [4000006]":                  {ID: orylogin.ErrInvalidCredentials},
		"password: a required field is empty [4000002]":              {ID: orylogin.ErrFieldRequired, Field: "password"},
		"too many wrong codes were submitted [4000001]":              {ID: orylogin.ErrGeneric, Text: "The request was submitted too often."},
		"a reason that only the text of the message tells [4000001]": {ID: orylogin.ErrGeneric, Text: "hunter2 was submitted"},
		"message 4999999":           {ID: 4999999, Text: "hunter2 was submitted"},
		"a code was sent [1010014]": {ID: orylogin.MessageCodeSent},
	} {
		message.Context = json.RawMessage(`{"submitted":"hunter2"}`)
		for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
			require.Equal(t, want, fmt.Sprintf(verb, message))
			require.Contains(t, fmt.Sprintf(verb, orylogin.Messages{message}), want)
		}
		for _, value := range []any{message, orylogin.Messages{message}} {
			require.Contains(t, logged(value), want)
			require.NotContains(t, logged(value), "hunter2")
		}
	}
}

// TestErrorsAsValues prints and marshals an error as a pointer and as a value.
func TestErrorsAsValues(t *testing.T) {
	var change *orylogin.LocationChangeError
	err := operations["submit"](t.Context(), inJSON(422,
		`{"error":{"reason":"hunter2","code":422},"redirect_browser_to":"https://x/?code=hunter2"}`).client(t))
	require.ErrorAs(t, err, &change)
	for _, value := range []any{change, *change} {
		for _, verb := range verbs {
			require.NotContains(t, fmt.Sprintf(verb, value), "hunter2", verb)
		}
		encoded, err := json.Marshal(map[string]any{"error": value})
		require.NoError(t, err)
		require.JSONEq(t, `{"error":"orylogin: submit: the login continues in a browser `+
			`(HTTP 422 Unprocessable Entity)"}`, string(encoded))
		require.NotContains(t, logged(value), "hunter2")
	}
}

// TestErrorsMarshalAsTheirText checks each error, including the one that is not about an
// answer.
func TestErrorsMarshalAsTheirText(t *testing.T) {
	for _, err := range []error{
		&orylogin.APIError{}, &orylogin.ValidationError{}, &orylogin.NextStepError{}, &orylogin.SecondFactorError{},
		&orylogin.VerificationError{}, &orylogin.ExpiredError{}, &orylogin.LocationChangeError{}, &orylogin.RegistrationError{},
		&orylogin.RedirectError{}, &orylogin.SessionChangedError{Login: &orylogin.Login{}}, &orylogin.TransportError{},
	} {
		want, marshalErr := json.Marshal(err.Error())
		require.NoError(t, marshalErr)
		for _, held := range []any{err, reflect.ValueOf(err).Elem().Interface()} {
			encoded, marshalErr := json.Marshal(held)
			require.NoError(t, marshalErr)
			require.Equal(t, string(want), string(encoded), "%T", held)
			require.Equal(t, err.Error(), fmt.Sprintf("%#v", held), "%T", held)
		}
	}
}

// TestNothingShowsSecrets prints and logs everything that a login returns, with a mark in each
// secret.
func TestNothingShowsSecrets(t *testing.T) {
	const flowBody = `{"id":"58754060-2707-4237-81ae-8c8845ed16aa","type":"api","state":"choose_method","session_token_exchange_code":"mark-1",` +
		`"ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"mark-2"}}]}}`
	const sessionBody = `{"id":"695dfd80-bbae-4691-a01a-fae1924766ec","active":true,"tokenized":"mark-3","identity":{"id":"i"}}`
	const owedBody = `{"session_token":"mark-4","session":{"id":"695dfd80-bbae-4691-a01a-fae1924766ec","active":true,"tokenized":"mark-3"}}`
	submission := func(status int, body string) error {
		_, err := inJSON(status, body).client(t).
			Submit(t.Context(), flowID, password, orylogin.WithSessionToken(orylogin.NewSecret("mark-5")))
		return err
	}

	flow, err := inJSON(200, flowBody).client(t).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	session, err := inJSON(200, sessionBody).client(t).Whoami(t.Context(), token)
	require.NoError(t, err)
	login, err := inJSON(200, `{"session_token":"mark-4","session":`+sessionBody+
		`,"continue_with":[{"action":"set_ory_session_token","ory_session_token":"mark-4"}]}`).client(t).
		Submit(t.Context(), flowID, password)
	require.NoError(t, err)

	require.Equal(t, "login flow 58754060-2707-4237-81ae-8c8845ed16aa (api, choose_method)", fmt.Sprint(flow))
	require.Equal(t, `"active session 695dfd80-bbae-4691-a01a-fae1924766ec"`, fmt.Sprintf("%q", session))
	require.Equal(t, "login with active session 695dfd80-bbae-4691-a01a-fae1924766ec", fmt.Sprintf("%+v", login))
	require.Contains(t, logged(flow), `{"id":"58754060-2707-4237-81ae-8c8845ed16aa","type":"api","state":"choose_method"}`)
	require.Contains(t, logged(login), `{"session":{"id":"695dfd80-bbae-4691-a01a-fae1924766ec","active":true}}`)

	for name, value := range map[string]any{
		"flow": flow, "flow value": *flow, "ui": flow.UI, "node": flow.UI.Nodes[0],
		"exchange code": flow.SessionTokenExchangeCode,
		"session":       session, "session value": *session, "tokenized": session.Tokenized,
		"client": inJSON(200, "").client(t, orylogin.WithHeader("X-Key", "mark-7")),
		"login":  login, "login value": *login, "token": login.Token, "continue": login.ContinueWith,
		"validation":      submission(400, `{"ui":{"messages":[{"id":4000006,"type":"error","text":"mark-6"}]}}`),
		"next step":       submission(400, flowBody),
		"second factor":   submission(200, owedBody),
		"expired":         submission(410, `{"error":{"id":"self_service_flow_expired","message":"mark-6"}}`),
		"location change": submission(422, `{"error":{"reason":"mark-6"},"redirect_browser_to":"https://x/?code=mark-6"}`),
		"registration":    submission(400, `{"id":"mark-6","ui":{"action":"https://x/self-service/registration?mark-6"}}`),
		"api":             submission(500, `{"error":{"id":"mark_6","message":"mark-6","debug":"mark-6","details":{"a":"mark-6"}}}`),
		"type":            submission(400, `{"error":"mark-6"}`),
		"malformed":       submission(400, `{"error":mark-6`),
		"time":            submission(410, `{"error":{},"expired_at":"mark-6"}`),
	} {
		for _, verb := range verbs {
			require.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%x", "mark-"), name+" "+verb)
			require.NotContains(t, fmt.Sprintf(verb, value), fmt.Sprintf("%X", "mark-"), name+" "+verb)
			require.NotContains(t, fmt.Sprintf(verb, value), "mark-", name+" "+verb)
			require.NotContains(t, fmt.Sprintf(verb, []any{value}), "mark-", name+" in a slice, "+verb)
		}
		// For a bad verb, fmt prints an error's exported fields. Some of them repeat what the
		// server has sent.
		fieldVerbs := verbs
		if _, ok := value.(error); ok {
			fieldVerbs = []string{"%v", "%+v", "%#v"}
		}
		for _, verb := range fieldVerbs {
			require.NotContains(t, fmt.Sprintf(verb, struct{ field any }{value}), "mark-", name+" in a field, "+verb)
		}
		if name != "ui" && name != "node" {
			require.NotContains(t, logged(value), "mark-", name)
		}
		if err, ok := value.(error); ok {
			require.NotContains(t, chain(err), "mark", name)
		}
	}
}

// TestTextsOfServers checks that nothing prints the free text of a server, and that a printed
// line is short.
func TestTextsOfServers(t *testing.T) {
	const hostile = "hunter2\\n\\u001b[31m"
	body := `{"id":"` + hostile + `","type":"` + hostile + `","state":"` + hostile + `","ui":{"nodes":[{"attributes":{"name":"` + hostile +
		`"},"messages":[` + strings.Repeat(`{"id":4000006,"type":"error","text":"`+hostile+`"},`, 999) + `{"id":4000006,"type":"error"}]}]}}`
	err := operations["submit"](t.Context(), inJSON(400, body).client(t))
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	_, whoamiErr := inJSON(200, `{"id":"`+hostile+`","active":true}`).client(t).Whoami(t.Context(), token)
	for _, value := range []any{err, refused.Flow, *refused.Flow, refused.Flow.Messages()[0], whoamiErr} {
		for _, verb := range verbs {
			text := fmt.Sprintf(verb, value)
			require.NotContains(t, text, "hunter2", verb)
			require.LessOrEqual(t, len(text), 600, verb)
			require.NotContains(t, text, "\n", verb)
		}
		require.NotContains(t, logged(value), "hunter2")
	}
}
