package orylogin_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestFlowIsKept holds that a flow marshals to the bytes that the server sent, with what
// this module does not know, and is read again.
func TestFlowIsKept(t *testing.T) {
	toCome := inJSON(200, `{"id":"f","type":"api","state":"brand_new","active":"brand_new","requested_aal":"aal9",`+
		`"brand_new":{"a":[1]},"ui":{"action":"x","method":"POST","brand_new":true,"nodes":[`+
		`{"type":"brand_new","group":"brand_new","messages":[{"id":9999999,"type":"brand_new","text":"x"}],"meta":{"brand_new":1},`+
		`"attributes":{"node_type":"brand_new","brand_new":[],"autocomplete":"brand_new","value":{"an":"object"}}}]}}`)
	for name, answer := range map[string]*fixed{
		"v0.10.1": recorded(t, "v0.10.1/create"), "v26.2.0": recorded(t, "v26.2.0/create"), "a release to come": toCome,
	} {
		flow, err := answer.client(t).CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err, name)
		kept, err := flow.MarshalJSON()
		require.NoError(t, err, name)
		require.Equal(t, string(answer.body), string(kept), name)
		var again orylogin.Flow
		require.NoError(t, json.Unmarshal(kept, &again), name)
		require.Equal(t, flow.SelfServiceLoginFlow, again.SelfServiceLoginFlow, name)
		require.Equal(t, flow.Messages(), again.Messages(), name)
	}
	flow, err := toCome.client(t).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, "brand_new", flow.UI.Nodes[0].Attributes.NodeType)
	require.EqualValues(t, "aal9", flow.RequestedAAL)
	require.EqualValues(t, 9999999, flow.Messages()[0].ID)
}

func TestSessionIsKept(t *testing.T) {
	for _, release := range []string{"v0.10.1", "v26.2.0"} {
		answer := recorded(t, release+"/whoami")
		session, err := answer.client(t).Whoami(t.Context(), token)
		require.NoError(t, err)
		kept, err := session.MarshalJSON()
		require.NoError(t, err)
		require.Equal(t, string(answer.body), string(kept))
		var again orylogin.Session
		require.NoError(t, json.Unmarshal(kept, &again))
		require.Equal(t, session.Session, again.Session)

		answer = recorded(t, release+"/submit_success")
		login, err := answer.client(t).Submit(t.Context(), flowID, password)
		require.NoError(t, err)
		kept, err = login.Session.MarshalJSON()
		require.NoError(t, err)
		var members map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(answer.body, &members))
		require.Equal(t, string(members["session"]), string(kept))
	}
}

// TestHandMadeDocuments covers flows and sessions that no server has sent.
func TestHandMadeDocuments(t *testing.T) {
	var flow orylogin.Flow
	flow.ID = "f"
	var session orylogin.Session
	session.ID = "s"
	encoded, err := json.Marshal([]any{flow, session})
	require.NoError(t, err)
	require.Contains(t, string(encoded), `"id":"f"`)
	require.Contains(t, string(encoded), `"id":"s"`)

	for _, each := range []json.Unmarshaler{&flow, &session} {
		require.NoError(t, json.Unmarshal([]byte("null"), each))
		require.Error(t, json.Unmarshal([]byte(`{"id":1}`), each))
	}
	require.Equal(t, "f", flow.ID)
	require.Equal(t, "s", session.ID)
}
