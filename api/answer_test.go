package api_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
)

func TestUnions(t *testing.T) {
	t.Parallel()

	tests := map[string]struct {
		json    string
		refused string // what LoginFlowOrError makes of it
		granted string // what LoginOrFlow makes of it
	}{
		"flow":                {flowJSON, "flow", "flow"},
		"error":               {errorJSON, "error", "fail"},
		"login":               {loginJSON, "fail", "login"},
		"flow and error":      {`{"ui":{},"error":{}}`, "flow", "flow"},
		"login and flow":      {`{"ui":{},"session":{}}`, "flow", "login"},
		"flow with null":      {`{"ui":{},"error":null,"session":null}`, "flow", "flow"},
		"error with null":     {`{"ui":null,"error":{}}`, "error", "fail"},
		"login with null":     {`{"ui":null,"session":{}}`, "fail", "login"},
		"only nested":         {`{"a":{"ui":{},"error":{},"session":{}}}`, "fail", "fail"},
		"empty":               {`{}`, "fail", "fail"},
		"null":                {`null`, "fail", "fail"},
		"array":               {`[]`, "fail", "fail"},
		"string":              {`"ui"`, "fail", "fail"},
		"wrong type of ui":    {`{"ui":1}`, "fail", "fail"},
		"wrong type of error": {`{"error":"message"}`, "fail", "fail"},
		"cut off":             {`{"ui":{`, "fail", "fail"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			// What was there before is gone.
			refused := api.LoginFlowOrError{Flow: &api.SelfServiceLoginFlow{ID: "old"}, Error: &api.JSONError{}}
			err := json.Unmarshal([]byte(test.json), &refused)
			require.Equal(t, test.refused, shape(err, refused.Flow, "error", refused.Error != nil))

			granted := api.LoginOrFlow{Flow: &api.SelfServiceLoginFlow{ID: "old"}, Login: &api.SuccessfulSelfServiceLoginWithoutBrowser{}}
			err = json.Unmarshal([]byte(test.json), &granted)
			require.Equal(t, test.granted, shape(err, granted.Flow, "login", granted.Login != nil))
		})
	}
}

// shape says what a union was read as: a flow, or its other member.
func shape(err error, flow *api.SelfServiceLoginFlow, other string, isOther bool) string {
	switch {
	case err != nil:
		return "fail"
	case isOther && flow == nil:
		return other
	case !isOther && flow != nil && flow.ID != "old":
		return "flow"
	default:
		return "not one of them"
	}
}

// TestUnknown shows that an answer of a newer server is read as far as it is known.
func TestUnknown(t *testing.T) {
	t.Parallel()

	var flow api.SelfServiceLoginFlow
	require.NoError(t, json.Unmarshal([]byte(`{
		"id": "no uuid", "type": "hologram", "active": "telepathy", "state": "dreaming", "requested_aal": "aal9",
		"expires_at": "2026-01-02T03:14:05Z", "issued_at": "2026-01-02T03:04:05Z", "request_url": "", "novelty": {"a": 1},
		"organization_id": null,
		"ui": {"action": "", "method": "PATCH", "novelty": [], "messages": null, "nodes": [
			{"type": "video", "group": "telepathy", "messages": null, "meta": {"label": null, "novelty": 1},
			 "attributes": {"node_type": "video", "novelty": {"b": 2}, "src": "https://id.example.com/v", "value": [1]}},
			{"type": "input", "group": "default", "messages": [{"id": 9999999, "text": "t", "type": "shout", "context": {"n": 1}}], "meta": {},
			 "attributes": {"node_type": "input", "name": "n", "type": "slider", "value": 5, "autocomplete": "odd", "disabled": false}}
		]}
	}`), &flow))
	require.Equal(t, api.AAL("aal9"), flow.RequestedAAL)
	require.Len(t, flow.UI.Nodes, 2)
	require.Equal(t, "video", flow.UI.Nodes[0].Attributes.NodeType)
	require.Equal(t, "https://id.example.com/v", flow.UI.Nodes[0].Attributes.Src)
	require.Equal(t, "[1]", flow.UI.Nodes[0].Attributes.Value.Text())
	require.Equal(t, int64(9999999), flow.UI.Nodes[1].Messages[0].ID)
	require.JSONEq(t, `{"n":1}`, string(flow.UI.Nodes[1].Messages[0].Context))

	var login api.SuccessfulSelfServiceLoginWithoutBrowser
	require.NoError(t, json.Unmarshal([]byte(`{
		"session_token": "ory_st_hush",
		"session": {
			"id": "no uuid", "authenticator_assurance_level": "aal9", "novelty": 1,
			"authentication_methods": [{"method": "telepathy", "aal": "aal9", "completed_at": "2026-01-02T03:04:05Z"}],
			"devices": [{"id": "d", "user_agent": null}],
			"identity": {"id": "i", "schema_id": "s", "schema_url": "u", "traits": ["any"], "state": "asleep", "state_changed_at": null,
				"metadata_public": null, "verifiable_addresses": [{"value": "v", "verified": true, "via": "pigeon", "status": "flying", "verified_at": null}]}
		},
		"continue_with": [{"action": "dance", "novelty": 1}, {"action": "show_verification_ui", "flow": {"id": "v"}}]
	}`), &login))
	require.Equal(t, hush, login.SessionToken.Reveal())
	require.Equal(t, api.AAL("aal9"), login.Session.AuthenticatorAssuranceLevel)
	require.Equal(t, api.AAL("aal9"), login.Session.AuthenticationMethods[0].AAL)
	require.True(t, login.Session.Identity.StateChangedAt.IsZero())
	require.True(t, login.Session.Identity.VerifiableAddresses[0].VerifiedAt.IsZero())
	require.JSONEq(t, `["any"]`, string(login.Session.Identity.Traits))
	require.Equal(t, "dance", login.ContinueWith[0].Action)
	require.Nil(t, login.ContinueWith[0].Flow)
	require.Equal(t, "v", login.ContinueWith[1].Flow.ID)
}
