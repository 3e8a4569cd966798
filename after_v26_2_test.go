package orylogin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// The answers in this file come from the source of Kratos of 2026-07-29. No server was asked
// for them.

// TestMembersAfterV26_2 checks that new members of answers are decoded.
func TestMembersAfterV26_2(t *testing.T) {
	t.Parallel()
	login, err := inJSON(200, `{"session_token":"t","session":{"id":"s","active":true,
		"authentication_methods":[{"method":"oidc","aal":"aal2","upstream_acr":"loa3","upstream_amr":["pwd","otp"]}],
		"identity":{"id":"i","region":"eu-central"}},
		"continue_with":[{"action":"show_pin_entry_ui","data":"encrypted"}]}`).client(t).Submit(t.Context(), flowID, password)
	require.NoError(t, err)
	used := login.Session.AuthenticationMethods[0]
	require.Equal(t, orylogin.AAL2, used.AAL)
	require.Equal(t, "loa3", used.UpstreamACR)
	require.Equal(t, []string{"pwd", "otp"}, used.UpstreamAMR)
	require.Equal(t, "eu-central", login.Session.Identity.Region)
	require.Equal(t, "show_pin_entry_ui", login.ContinueWith[0].Action)
	require.JSONEq(t, `"encrypted"`, string(login.ContinueWith[0].Data))

	flow, err := inJSON(200, `{"id":"f","test_context":{"a":1},"ui":{"nodes":[{"type":"input","attributes":{"name":"traits.color",
		"type":"text","options":[{"value":"red"},{"value":"blue"}],"node_type":"input"}}]}}`).client(t).GetFlow(t.Context(), flowID)
	require.NoError(t, err)
	require.JSONEq(t, `{"a":1}`, string(flow.TestContext))
	require.Len(t, flow.UI.Nodes[0].Attributes.Options, 2)
	require.IsType(t, []api.UINodeInputAttributesOption{}, flow.UI.Nodes[0].Attributes.Options)
}

// TestAnswersAfterV26_2 checks the answers whose message id or status is new, or that servers
// now give more often.
func TestAnswersAfterV26_2(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status  int
		body    string
		outcome orylogin.Outcome
		is      error
	}{
		"a wrong key": {
			400, `{"id":"f","ui":{"messages":[{"id":4000043,"type":"error"}]}}`,
			orylogin.OutcomeRefused, orylogin.ErrInvalidWebAuthn,
		},
		"a return URL without a label boundary": {
			400, `{"error":{"id":"self_service_flow_return_to_forbidden","code":400}}`,
			orylogin.OutcomeForbiddenReturn, orylogin.ErrReturnToForbidden,
		},
		"a panic, in text": {http.StatusInternalServerError, "", orylogin.OutcomeUnavailable, orylogin.ErrUnknownAnswer},
	} {
		err := operations["submit"](t.Context(), inJSON(test.status, test.body).client(t))
		require.ErrorIs(t, err, test.is, name)
		require.Equal(t, test.outcome, orylogin.OutcomeOf(err), name)
	}
}
