package orylogin_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

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
