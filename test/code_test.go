package test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// mailed returns a code from a mail that no earlier call has seen.
func mailed(t *testing.T, kratos *kratostest.Server, address string) orylogin.Secret {
	t.Helper()
	code, err := kratos.Code(t.Context(), address)
	require.NoError(t, err)
	return orylogin.NewSecret(code)
}

func TestCodeLogin(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, passwordless)
	ctx := t.Context()
	_, err := client.Login(ctx, orylogin.Code{Identifier: nobody.Identifier})
	refusedWith(t, err, orylogin.ErrNoCodeAccount, "")

	_, err = client.Login(ctx, orylogin.Code{Identifier: ada.Email})
	flow := unfinished(t, err)
	require.True(t, flow.CodeSent())
	require.Equal(t, "code", flow.Active)
	require.Len(t, flow.Messages().ID(orylogin.MessageCodeSent), 1)
	code := mailed(t, kratos, ada.Email)

	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("000000")})
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Code: code})
	refusedWith(t, err, orylogin.ErrFieldRequired, "identifier")
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: nobody.Identifier, Code: code})
	refusedWith(t, err, orylogin.ErrNoCodeAccount, "")
	login, err := client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: code})
	completed(t, client, login, err, orylogin.AAL1, "code")

	// A flow whose code was used accepts no other code.
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: code})
	refusedWith(t, err, orylogin.ErrNoMethod, "")
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	require.Equal(t, "passed_challenge", refused.Flow.State)
	require.False(t, refused.Flow.CodeSent())
}

// TestCodeResent checks that another code replaces the earlier one.
func TestCodeResent(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, passwordless)
	ctx := t.Context()
	_, err := client.Login(ctx, orylogin.Code{Identifier: ada.Email})
	flow := unfinished(t, err)
	first := mailed(t, kratos, ada.Email)
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Resend: true})
	require.True(t, unfinished(t, err).CodeSent())
	second := mailed(t, kratos, ada.Email)

	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: first})
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	login, err := client.Submit(ctx, flow.ID, orylogin.Code{Identifier: ada.Email, Code: second})
	completed(t, client, login, err, orylogin.AAL1, "code")
}

// withCodeMFA makes a code a second factor.
var withCodeMFA = kratostest.Set("selfservice.methods.code.mfa_enabled", true)

func TestCodeAsSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, withCodeMFA, highest)
	ctx := t.Context()
	_, err := client.Login(ctx, asAda)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.Equal(t, orylogin.AAL1, owed.Session.AuthenticatorAssuranceLevel)
	require.Nil(t, owed.Session.Identity)
	token := orylogin.WithSessionToken(owed.Token)

	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	require.NoError(t, err)
	require.Contains(t, flow.Methods(), "code")
	require.Len(t, flow.Messages().ID(expect(kratos).secondFactor), 1)
	require.Equal(t, expect(kratos).sendsCodeAtOnce(), flow.CodeSent())
	if !flow.CodeSent() {
		require.Equal(t, []string{"code"}, flow.Methods())
		require.Equal(t, []string{ada.Email}, flow.Choices("address"))
		_, err = client.Submit(ctx, flow.ID, orylogin.Code{Address: ada.Email}, token)
		require.True(t, unfinished(t, err).CodeSent())
	}

	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Code: orylogin.NewSecret("000000")}, token)
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	login, err := client.Submit(ctx, flow.ID, orylogin.Code{Code: mailed(t, kratos, ada.Email)}, token)
	completed(t, client, login, err, orylogin.AAL2, "password", "code")
	require.True(t, login.Token.Equal(owed.Token))
	require.Equal(t, owed.Session.ID, login.Session.ID)
}

// TestCodeAsSecondFactorResent takes the address that has got a code from each flow, also from the
// flow that refuses a wrong code. A submission without an address would make the flow forget its
// code.
func TestCodeAsSecondFactorResent(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, withCodeMFA)
	ctx := t.Context()
	before, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(before.Token)
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	require.NoError(t, err)
	if !flow.CodeSent() {
		_, err = client.Submit(ctx, flow.ID, orylogin.Code{Address: flow.Choices("address")[0]}, token)
		flow = unfinished(t, err)
	}
	sentTo := func() string { return flow.Choices("identifier")[0] }
	require.Equal(t, ada.Email, sentTo())
	first := mailed(t, kratos, ada.Email)

	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: sentTo(), Code: orylogin.NewSecret("000000")}, token)
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	flow = refused.Flow
	require.Equal(t, ada.Email, sentTo())
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: sentTo(), Resend: true}, token)
	flow = unfinished(t, err)
	require.True(t, flow.CodeSent())
	second := mailed(t, kratos, ada.Email)

	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: sentTo(), Code: first}, token)
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	login, err := client.Submit(ctx, flow.ID, orylogin.Code{Identifier: sentTo(), Code: second}, token)
	completed(t, client, login, err, orylogin.AAL2, "password", "code")
}

// TestExpiredCodeAsSecondFactor submits an expired code to a flow about a session. The server
// tries to replace the flow and finds the session, so it answers about the session. The error
// must still say that the code has expired.
func TestExpiredCodeAsSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, withCodeMFA, codesExpire)
	ctx := t.Context()
	before, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(before.Token)
	flowID := create(t, client, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	if !expect(kratos).sendsCodeAtOnce() {
		_, err = client.Submit(ctx, flowID, orylogin.Code{Address: ada.Email}, token)
		require.True(t, unfinished(t, err).CodeSent())
	}
	code := mailed(t, kratos, ada.Email)
	_, err = client.Submit(ctx, flowID, orylogin.Code{Code: code}, token)
	if expect(kratos).expiredCode == http.StatusGone {
		var expired *orylogin.ExpiredError
		require.ErrorAs(t, err, &expired)
		require.Empty(t, expired.UseFlowID)
		require.Equal(t, flowID, expired.Flow.ID)
	} else {
		refusedWith(t, err, orylogin.ErrInvalidCode, "")
	}
	require.NotErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)

	// The flow itself still works.
	change(t, kratos, codesLast)
	_, err = client.Submit(ctx, flowID, orylogin.Code{Address: ada.Email, Resend: true}, token)
	require.True(t, unfinished(t, err).CodeSent())
	login, err := client.Submit(ctx, flowID, orylogin.Code{Code: mailed(t, kratos, ada.Email)}, token)
	completed(t, client, login, err, orylogin.AAL2, "password", "code")
}
