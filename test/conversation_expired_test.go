package test

import (
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// TestConverseExpired lets the flow expire while the user thinks. The method goes to the
// replacement, and the user is not asked again.
func TestConverseExpired(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t, flowsExpire)
	client, traffic := counted(t, kratos)
	login, err := client.Converse(t.Context(), orylogin.FlowOptions{}, script(t,
		func(orylogin.Step) orylogin.Method {
			change(t, kratos, flowsLast)
			return asAda
		},
	))
	completed(t, client, login, err, orylogin.AAL1, "password")
	sent := traffic.submissions()
	require.Len(t, sent, 2)
	require.Equal(t, sent[0], sent[1])
}

// TestConverseExpiredInTheMiddle lets both flows expire. A refusal by a replacement is asked
// about again, as any other.
func TestConverseExpiredInTheMiddle(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t, highest)
	totp := app(t, kratos)
	client, traffic := counted(t, kratos)
	change(t, kratos, flowsExpire)
	var first, second string
	login, err := client.Converse(t.Context(), orylogin.FlowOptions{}, script(t,
		func(step orylogin.Step) orylogin.Method {
			first = step.Flow.ID
			change(t, kratos, flowsLast)
			return guess
		},
		func(step orylogin.Step) orylogin.Method {
			refusedWith(t, step.Err, orylogin.ErrInvalidCredentials, "")
			require.NotEqual(t, first, step.Flow.ID)
			change(t, kratos, flowsExpire)
			return asAda
		},
		func(step orylogin.Step) orylogin.Method {
			second = step.Flow.ID
			change(t, kratos, flowsLast)
			return orylogin.TOTP{Code: orylogin.NewSecret("000000")}
		},
		func(step orylogin.Step) orylogin.Method {
			refusedWith(t, step.Err, orylogin.ErrInvalidTOTP, "")
			require.NotEqual(t, second, step.Flow.ID)
			return totp()
		},
	))
	completed(t, client, login, err, orylogin.AAL2, "password", "totp")
	require.Len(t, traffic.submissions(), 6)
}

// TestConverseExpiredCode submits an expired code. The next step says so, with another flow or
// the same one. It can ask for another code.
func TestConverseExpiredCode(t *testing.T) {
	t.Parallel()
	held(t, []kratostest.Setting{passwordless, codesExpire},
		func(t *testing.T, c *conversation) {
			t.Helper()
			var expired bool
			login, err := c.with(orylogin.FlowOptions{}, func(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
				if !step.Flow.CodeSent() {
					require.Equal(t, expired, errors.Is(step.Err, orylogin.ErrFlowExpired))
					return orylogin.Code{Identifier: ada.Email}, nil
				}
				if errors.Is(step.Err, orylogin.ErrInvalidCode) {
					require.NotEqual(t, http.StatusGone, expect(c.kratos).expiredCode)
					return orylogin.Code{Identifier: ada.Email, Resend: true}, nil
				}
				code, err := c.kratos.Code(ctx, ada.Email)
				if !expired {
					require.NoError(t, c.kratos.Change(ctx, codesLast))
					expired = true
				}
				return orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(code)}, err
			})
			completed(t, c.client, login, err, orylogin.AAL1, "code")
			require.Len(t, c.traffic.submissions(), 4)
		})
}

// TestConverseExpiredSecondFactor has an expired flow about a session. The server answers that
// there is a session.
func TestConverseExpiredSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t, highest)
	totp := app(t, kratos)
	client, traffic := counted(t, kratos)
	login, err := client.Converse(t.Context(), orylogin.FlowOptions{}, script(t,
		func(orylogin.Step) orylogin.Method {
			change(t, kratos, flowsExpire)
			return asAda
		},
		func(orylogin.Step) orylogin.Method {
			change(t, kratos, flowsLast)
			return totp()
		},
	))
	completed(t, client, login, err, orylogin.AAL2, "password", "totp")
	require.Len(t, traffic.submissions(), 3)
}

// TestConverseExpiredRefresh has the same answer for an expired refresh.
func TestConverseExpiredRefresh(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	client, traffic := counted(t, kratos)
	before, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	change(t, kratos, flowsExpire)
	login, err := client.Converse(t.Context(), orylogin.FlowOptions{Refresh: true}, script(t,
		func(orylogin.Step) orylogin.Method {
			change(t, kratos, flowsLast)
			return asAda
		},
	), orylogin.WithSessionToken(before.Token))
	completed(t, client, login, err, orylogin.AAL1, "password", "password")
	require.Len(t, traffic.submissions(), 3)
}

// TestConverseExpiredExchange checks that the next step has a new flow with a code to exchange.
func TestConverseExpiredExchange(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings(flowsExpire)...)
	var code orylogin.Secret
	_, err := client.Converse(t.Context(), withProvider, func(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
		code = step.Flow.SessionTokenExchangeCode
		require.NoError(t, kratos.Change(ctx, flowsLast))
		return orylogin.OIDC{Provider: "loopback"}, nil
	})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	end := browse(t, change.URL)
	login, err := client.Exchange(t.Context(), code, orylogin.NewSecret(end.Query().Get("code")))
	completed(t, client, login, err, orylogin.AAL1, "oidc")
}
