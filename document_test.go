package orylogin_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
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

func TestFlowOffers(t *testing.T) {
	client := newClient(t, newServer(t, replay(t, "v26.2.0/create")).URL)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"fake"}, flow.Choices("provider"))
	require.Empty(t, flow.Choices("identifier"), "there is no value yet")
	require.Empty(t, flow.Choices("unknown"))
	require.Contains(t, flow.Methods(), "password")
	require.Empty(t, (*orylogin.Flow)(nil).Choices("provider"))
	require.Empty(t, (&orylogin.Flow{}).Choices("provider"))
}

// TestNilLoginIsLogged: it comes with an error, and both are logged in one line.
func TestNilLoginIsLogged(t *testing.T) {
	var login *orylogin.Login
	require.Contains(t, logged(login), `"value":"no session"`)
	require.NotContains(t, logged(login), "panic")
	require.Equal(t, "<nil>", fmt.Sprint(login))
}

func TestStepIsLoggedShort(t *testing.T) {
	flow := &orylogin.Flow{}
	flow.ID, flow.Type, flow.RequestURL = "f1", "api", "secret"
	text := logged(orylogin.Step{Flow: flow, Err: orylogin.ErrTooManyTries})
	require.Contains(t, text, `"flow":"login flow f1 (api, )","err":"too many wrong codes were submitted"`)
	require.NotContains(t, text, "secret")
	require.Contains(t, logged(orylogin.Step{}), `"flow":"<nil>"`)
}

// TestFlowKeepsTheDocument holds that a flow marshals to the bytes that the
// server sent, with what this module does not know.
func TestFlowKeepsTheDocument(t *testing.T) {
	for _, name := range []string{"v0.10.1/create", "v26.2.0/create"} {
		_, sent := recording(t, name)
		flow, err := newClient(t, newServer(t, replay(t, name)).URL).CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		kept, err := flow.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(sent), string(kept))

		var again orylogin.Flow
		require.NoError(t, json.Unmarshal(kept, &again))
		require.Equal(t, flow.SelfServiceLoginFlow, again.SelfServiceLoginFlow)
		encoded, err := json.Marshal(again)
		require.NoError(t, err)
		require.JSONEq(t, string(sent), string(encoded))
	}
}

func TestSessionKeepsTheDocument(t *testing.T) {
	for _, release := range []string{"v0.10.1", "v26.2.0"} {
		_, sent := recording(t, release+"/whoami")
		session, err := newClient(t, newServer(t, replay(t, release+"/whoami")).URL).Whoami(t.Context(), token)
		require.NoError(t, err)
		kept, err := session.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(sent), string(kept))

		var again orylogin.Session
		require.NoError(t, json.Unmarshal(kept, &again))
		require.Equal(t, session.Session, again.Session)

		_, sent = recording(t, release+"/submit_success")
		login, err := newClient(t, newServer(t, replay(t, release+"/submit_success")).URL).
			Submit(t.Context(), flowID, password)
		require.NoError(t, err)
		kept, err = login.Session.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(member(t, sent, "session")), string(kept))
	}
}

// TestDocumentOfTheFuture holds that nothing new makes a decode fail or is lost.
func TestDocumentOfTheFuture(t *testing.T) {
	const document = `{"id":"f","type":"api","state":"brand_new","active":"brand_new","requested_aal":"aal9",` +
		`"brand_new":{"a":[1]},"ui":{"action":"x","method":"POST","brand_new":true,"nodes":[` +
		`{"type":"brand_new","group":"brand_new","messages":[{"id":9999999,"type":"brand_new","text":"x"}],"meta":{"brand_new":1},` +
		`"attributes":{"node_type":"brand_new","brand_new":[],"autocomplete":"brand_new","value":{"an":"object"}}}]}}`
	client := newClient(t, newServer(t, reply(200, document)).URL)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, "brand_new", flow.UI.Nodes[0].Attributes.NodeType)
	require.EqualValues(t, "aal9", flow.RequestedAAL)
	require.EqualValues(t, 9999999, flow.Messages()[0].ID)
	kept, err := json.Marshal(flow)
	require.NoError(t, err)
	require.Equal(t, document, string(kept))
}

// TestNewFormsAreReadAgain keeps a flow and a session that say something in a form
// which this module does not know, and reads them again.
func TestNewFormsAreReadAgain(t *testing.T) {
	const flowBody = `{"id":"f","ui":{"nodes":[{"attributes":{"name":"n","title":"in a new form"}}]}}`
	flow, err := newClient(t, newServer(t, reply(200, flowBody)).URL).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	kept, err := json.Marshal(flow)
	require.NoError(t, err)
	var flowAgain orylogin.Flow
	require.NoError(t, json.Unmarshal(kept, &flowAgain))
	require.Equal(t, flow.SelfServiceLoginFlow, flowAgain.SelfServiceLoginFlow)

	const sessionBody = `{"session_token":"t","Session":{"id":"s","active":true,"identity":{"id":"i"},"devices":"in a new form"}}`
	login, err := newClient(t, newServer(t, reply(200, sessionBody)).URL).Submit(t.Context(), flowID, password)
	require.NoError(t, err)
	kept, err = json.Marshal(login.Session)
	require.NoError(t, err)
	var sessionAgain orylogin.Session
	require.NoError(t, json.Unmarshal(kept, &sessionAgain))
	require.Equal(t, login.Session.Session, sessionAgain.Session)
}

func TestHandMadeDocuments(t *testing.T) {
	var flow orylogin.Flow
	flow.ID = "f"
	encoded, err := json.Marshal(flow)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"id":"f"`)
	require.Empty(t, flow.Messages())

	var session orylogin.Session
	session.ID = "s"
	encoded, err = json.Marshal(session)
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"id":"s"`)

	require.NoError(t, json.Unmarshal([]byte("null"), &flow))
	require.NoError(t, json.Unmarshal([]byte("null"), &session))
	require.Equal(t, "f", flow.ID)
	require.Equal(t, "s", session.ID)

	require.Error(t, json.Unmarshal([]byte(`{"id":1}`), &flow))
	require.Error(t, json.Unmarshal([]byte(`{"id":1}`), &session))
}

// TestNothingShowsSecrets prints and logs everything that a login returns, with
// a mark in each secret.
func TestNothingShowsSecrets(t *testing.T) {
	const flowBody = `{"id":"flow-id","type":"api","state":"choose_method","session_token_exchange_code":"mark-1",` +
		`"ui":{"nodes":[{"attributes":{"name":"csrf_token","value":"mark-2"}}]}}`
	const sessionBody = `{"id":"session-id","active":true,"tokenized":"mark-3","identity":{"id":"i"}}`
	const owedBody = `{"session_token":"mark-4","session":{"id":"session-id","active":true,"tokenized":"mark-3"}}`
	submission := func(status int, body string) error {
		_, err := newClient(t, newServer(t, reply(status, body)).URL).
			Submit(t.Context(), flowID, password, orylogin.WithSessionToken(orylogin.NewSecret("mark-5")))
		return err
	}

	flow, err := newClient(t, newServer(t, reply(200, flowBody)).URL).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	session, err := newClient(t, newServer(t, reply(200, sessionBody)).URL).Whoami(t.Context(), token)
	require.NoError(t, err)
	login, err := newClient(t, newServer(t, reply(200, `{"session_token":"mark-4","session":`+sessionBody+
		`,"continue_with":[{"action":"set_ory_session_token","ory_session_token":"mark-4"}]}`)).URL).
		Submit(t.Context(), flowID, password)
	require.NoError(t, err)

	require.Equal(t, "login flow flow-id (api, choose_method)", fmt.Sprint(flow))
	require.Equal(t, `"active session session-id"`, fmt.Sprintf("%q", session))
	require.Equal(t, "login with active session session-id", fmt.Sprintf("%+v", login))
	require.Contains(t, logged(flow), `{"id":"flow-id","type":"api","state":"choose_method"}`)
	require.Contains(t, logged(login), `{"session":{"id":"session-id","active":true}}`)

	for name, value := range map[string]any{
		"flow": flow, "flow value": *flow, "ui": flow.UI, "node": flow.UI.Nodes[0],
		"exchange code": flow.SessionTokenExchangeCode,
		"session":       session, "session value": *session, "tokenized": session.Tokenized,
		"client": newClient(t, "https://x", orylogin.WithHeader("X-Key", "mark-7")),
		"login":  login, "login value": *login, "token": login.Token, "continue": login.ContinueWith,
		"validation":      submission(400, `{"ui":{"messages":[{"id":4000006,"type":"error","text":"mark-6"}]}}`),
		"next step":       submission(400, flowBody),
		"second factor":   submission(200, owedBody),
		"expired":         submission(410, `{"error":{"id":"self_service_flow_expired","message":"mark-6"}}`),
		"location change": submission(422, `{"error":{"reason":"mark-6"},"redirect_browser_to":"https://x/?code=mark-6"}`),
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
		// A bad verb makes fmt walk into an error's exported fields, some of which repeat the server.
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
