package session_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// TestRequireFreshAAL2 checks that only a second factor is fresh enough. After
// [orylogin.Client.StepUp], the guard accepts the session, whether it had a factor before or
// not.
func TestRequireFreshAAL2(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		guard := guardOf(t, server, session.RequireFreshAAL2(10*time.Minute, ""))
		client := clientOf(t, server)
		token := tokenOf(t, sourceOf(t, server))
		check := func() error {
			_, err := guard.Check(t.Context(), session.TokenCredential(token))
			return err
		}
		stepUp := func() {
			time.Sleep(time.Minute) // a code works once
			code := orylogintest.TOTP("JBSWY3DPEHPK3PXP", time.Now())
			_, err := client.StepUp(t.Context(), token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
			require.NoError(t, err)
		}
		refused(t, check(), http.StatusForbidden, orylogin.OutcomeSecondFactor)
		stepUp()
		require.NoError(t, check())
		time.Sleep(10 * time.Minute)
		require.NoError(t, check(), "at the limit")
		time.Sleep(time.Nanosecond)
		refused(t, check(), http.StatusForbidden, orylogin.OutcomeSecondFactor)
		_, err := client.Refresh(t.Context(), token, password)
		require.NoError(t, err)
		refused(t, check(), http.StatusForbidden, orylogin.OutcomeSecondFactor)
		stepUp()
		require.NoError(t, check())
	})
}
