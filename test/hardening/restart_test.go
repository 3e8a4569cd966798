package hardening

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// TestRestartInMidLogin stops the server between the two requests of a login and starts another
// one in its place. The new server knows neither the flow nor the session. Both are behind one
// proxy, since another process could take the port of the stopped server.
func TestRestartInMidLogin(t *testing.T) {
	s := newStage(t)
	client, err := orylogin.New(s.proxy.URL)
	require.NoError(t, err)
	before, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)

	s.kratos.Stop()
	s.proxy.Forward(strings.TrimPrefix(nobody, "http://"))
	err = either(client.Submit(t.Context(), flow.ID, asAda))
	require.Equal(t, "transport", kindOf(err), "the pooled connection is gone: %v", err)
	err = either(client.Submit(t.Context(), flow.ID, asAda))
	require.Equal(t, "transport", kindOf(err), "no server is there: %v", err)

	kratos := kratostest.Start(t)
	s.proxy.Forward(strings.TrimPrefix(kratos.PublicURL, "http://"))
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
