package hardening

import (
	"net/url"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// TestRestartInMidLogin stops the server between the two requests of a login, and
// starts another one, which knows neither the flow nor the session, in its place.
func TestRestartInMidLogin(t *testing.T) {
	kratos := kratostest.Start(t)
	_, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	base, err := url.Parse(kratos.PublicURL)
	require.NoError(t, err)
	port, err := strconv.Atoi(base.Port())
	require.NoError(t, err)
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	before, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)

	kratos.Stop()
	err = either(client.Submit(t.Context(), flow.ID, asAda))
	require.Contains(t, []string{"transport", "unsent"}, kindOf(err), "the pooled connection is gone: %v", err)
	err = either(client.Submit(t.Context(), flow.ID, asAda))
	require.Equal(t, "unsent", kindOf(err), "nobody listens: %v", err)

	kratos = kratostest.Start(t, kratostest.Set("serve.public.port", port))
	_, err = kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	err = either(client.Submit(t.Context(), flow.ID, asAda))
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	require.Equal(t, orylogin.OutcomeNotFound, orylogin.OutcomeOf(err))
	require.ErrorIs(t, either(client.Whoami(t.Context(), before.Token)), orylogin.ErrSessionInactive)

	after, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	require.NoError(t, either(client.Whoami(t.Context(), after.Token)))
}
