package orylogin_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestHandMadeDocuments checks flows and sessions that do not come from a server. They have no
// document. Their JSON is their text, which cannot be read back.
func TestHandMadeDocuments(t *testing.T) {
	var flow orylogin.Flow
	flow.ID = flowID
	var session orylogin.Session
	session.ID = "hunter2"
	encoded, err := json.Marshal([]any{flow, session})
	require.NoError(t, err)
	require.JSONEq(t, `["login flow `+flowID+` (, )","inactive session [id]"]`, string(encoded))
	require.Nil(t, flow.Document())
	require.Nil(t, session.Document())
	require.Nil(t, (*orylogin.Flow)(nil).Document())
	require.Nil(t, (*orylogin.Session)(nil).Document())

	for _, each := range []json.Unmarshaler{&flow, &session} {
		require.Error(t, json.Unmarshal([]byte(`"active session s"`), each))
		require.NoError(t, json.Unmarshal([]byte("null"), each))
		require.Error(t, json.Unmarshal([]byte(`{"id":1}`), each))
	}
	require.Equal(t, flowID, flow.ID)
	require.Equal(t, "hunter2", session.ID)
}
