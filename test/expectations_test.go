package test

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// expectations are what the tests expect of a real server where releases differ. Only a server
// of v1.3 or later can run the tests.
type expectations struct {
	unverified   int                // the status if the address is not verified
	disabled     int                // the status if the account is disabled
	idToken      int                // the status if the provider accepts no token of a native SDK
	deniedLogin  int                // the status of the exchange if the user denied the login at the provider
	expiredCode  int                // the status for a mailed code that has expired
	secondFactor orylogin.MessageID // the message of a flow for a second factor if a mailed code is the only one

	// noPasskey is the message for an invalid answer of a passkey in a native flow.
	noPasskey orylogin.MessageID
	// foreignKey is the message for a security key or passkey that the account does not have.
	foreignKey orylogin.MessageID

	keepsParameters bool // traits and payload of a login with a provider reach the account
	dropsLoginHint  bool // login_hint is not passed to the provider
}

// expect returns what the tests expect of the server.
func expect(kratos *kratostest.Server) expectations { return expectationsOf(kratos.Release) }

func expectationsOf(release kratostest.Release) expectations {
	e := expectations{
		unverified: http.StatusBadRequest, disabled: http.StatusUnauthorized, idToken: http.StatusInternalServerError,
		deniedLogin: http.StatusNotFound, expiredCode: http.StatusGone, secondFactor: orylogin.MessageSecondFactor,
		noPasskey: orylogin.ErrNoMethod, foreignKey: orylogin.ErrInvalidTOTP,
	}
	if release >= kratostest.V25_4 {
		e.unverified, e.idToken = http.StatusForbidden, http.StatusBadGateway
	}
	if release >= kratostest.V26_2 {
		e.secondFactor, e.noPasskey, e.keepsParameters = orylogin.MessageCodeSent, orylogin.ErrGeneric, true
	}
	if release >= kratostest.AfterV26_2 {
		e.disabled, e.deniedLogin, e.expiredCode = http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusBadRequest
		e.secondFactor, e.foreignKey, e.dropsLoginHint = orylogin.MessageCodeSentToUser, orylogin.ErrInvalidWebAuthn, true
	}
	return e
}

// sendsCodeAtOnce reports whether the code of a second factor is sent when its flow is created.
func (e expectations) sendsCodeAtOnce() bool { return e.secondFactor != orylogin.MessageSecondFactor }

// TestExpectationsAreRecorded compares the expectations with recorded answers of servers that
// cannot be run here. For the source after v26.2, only the differences are recorded. There are
// no recordings about foreign keys and about parameters for a provider.
func TestExpectationsAreRecorded(t *testing.T) {
	t.Parallel()
	recorded := map[string]step{}
	for _, release := range []string{"v26.2.0", "after-v26.2"} {
		for _, each := range recordings(t, release) {
			recorded[fmt.Sprintf("%s %s#%d", release, each.Scenario, each.Step)] = each
		}
	}
	for release, steps := range map[kratostest.Release][7]string{
		kratostest.V26_2: {
			"v26.2.0 unverified_api#3", "v26.2.0 inactive_identity#5", "v26.2.0 api_oidc_id_token#1", "v26.2.0 api_oidc_exchange_denied#4",
			"v26.2.0 y_code_expired#3", "v26.2.0 codemfa_api_ok#2", "v26.2.0 api_method_passkey#1",
		},
		kratostest.AfterV26_2: {
			"v26.2.0 unverified_api#3", "after-v26.2 inactive_identity#5", "v26.2.0 api_oidc_id_token#1", "after-v26.2 exchange_denied#2",
			"after-v26.2 y_code_expired#3", "after-v26.2 codemfa_api_ok#2", "v26.2.0 api_method_passkey#1",
		},
	} {
		want := expectationsOf(release)
		for i, status := range []int{want.unverified, want.disabled, want.idToken, want.deniedLogin, want.expiredCode} {
			require.Equal(t, status, recorded[steps[i]].Status, steps[i])
		}
		for i, id := range []orylogin.MessageID{want.secondFactor, want.noPasskey} {
			said := recorded[steps[5+i]]
			var flow orylogin.Flow
			require.NoError(t, flow.UnmarshalJSON(said.text()), steps[5+i])
			require.Len(t, flow.Messages().ID(id), 1, steps[5+i])
		}
	}
}
