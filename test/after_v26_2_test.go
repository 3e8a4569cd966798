package test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// recordedStep returns a client that gets a recorded answer of the source after v26.2.
func recordedStep(t *testing.T, scenario string, number int) (step, *orylogin.Client) {
	t.Helper()
	for _, recorded := range recordings(t, "after-v26.2") {
		if recorded.Scenario == scenario && recorded.Step == number {
			server := httptest.NewServer(recorded)
			t.Cleanup(server.Close)
			return recorded, newClient(t, server.URL)
		}
	}
	require.FailNow(t, "no such step", "%s#%d", scenario, number)
	return step{}, nil
}

// submitted returns the error of a recorded submission.
func submitted(t *testing.T, scenario string, number int) error {
	t.Helper()
	_, client := recordedStep(t, scenario, number)
	_, err := client.Submit(t.Context(), unknown, asAda)
	return err
}

// TestCodesAfterV26_2 checks that an expired code is a wrong code, for the same flow. The user
// of a session gets another message when a code is sent. If the server is so configured, that
// user also chooses the address for a refresh.
func TestCodesAfterV26_2(t *testing.T) {
	t.Parallel()
	err := submitted(t, "y_code_expired", 3)
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	require.NotErrorIs(t, err, orylogin.ErrFlowExpired)
	require.Contains(t, err.Error(), "has been used or has expired")

	_, client := recordedStep(t, "codemfa_api_ok", 2)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.True(t, flow.CodeSent())
	require.Len(t, flow.Messages().ID(orylogin.MessageCodeSentToUser), 1)
	require.Empty(t, flow.Messages().ID(orylogin.MessageCodeSent))
	for _, node := range flow.UI.Nodes {
		require.Equal(t, node.Attributes.Name == "code", node.Attributes.Autocomplete == "one-time-code", node.Attributes.Name)
	}

	_, client = recordedStep(t, "refresh_code_choose_address", 2)
	flow, err = client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.True(t, flow.Refresh)
	require.Equal(t, []string{ada.Email}, flow.Choices("address"))
	require.Contains(t, flow.Methods(), "code")
	for number, wire := range map[int]string{
		3: `{"address":"ada@example.com","method":"code"}`, 5: `{"identifier":"ada@example.com","method":"code"}`,
	} {
		recorded, _ := recordedStep(t, "refresh_code_choose_address", number)
		require.JSONEq(t, wire, recorded.RequestBody)
		var next *orylogin.NextStepError
		require.ErrorAs(t, submitted(t, "refresh_code_choose_address", number), &next)
		require.True(t, next.Flow.CodeSent())
	}
}

// TestDisabledAfterV26_2 checks that a disabled account is a message in the flow, in JSON and
// by form.
func TestDisabledAfterV26_2(t *testing.T) {
	t.Parallel()
	err := submitted(t, "inactive_identity", 5)
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	require.Equal(t, http.StatusBadRequest, status(t, err))
	byForm := 0
	for kratos := range browserReplays(t, "after-v26.2") {
		if !kratos.submitted.redirectedForm() {
			continue
		}
		byForm++
		_, err := kratos.visit(httptest.NewRecorder())
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
		require.Equal(t, orylogin.OutcomeDisabled, orylogin.OutcomeOf(err))
	}
	require.Equal(t, 1, byForm)
}

// TestProvidersAfterV26_2 checks that the answer with a provider's URL sets no cookie for a
// native client.
func TestProvidersAfterV26_2(t *testing.T) {
	t.Parallel()
	require.ErrorIs(t, submitted(t, "api_oidc_no_exchange_callback", 1), orylogin.ErrLocationChangeRequired)
	recorded, _ := recordedStep(t, "api_oidc_no_exchange_callback", 1)
	require.Empty(t, recorded.cookies())
}
