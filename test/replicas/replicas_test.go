package replicas_test

import (
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/replicas"
)

// TestReplicas submits a flow of one replica to the other. Both replicas know the session, and
// one replica is enough. Without the database, and for a moment after it is back, Kratos
// answers about each session as if it did not exist.
func TestReplicas(t *testing.T) {
	t.Parallel()
	r := replicas.Start(t)
	ada := kratostest.Identity{Email: "ada@example.com", Password: "correct horse"}
	_, err := r.Kratos[0].CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	clients := map[string]*orylogin.Client{}
	for _, url := range []string{r.URL, r.Kratos[0].PublicURL, r.Kratos[1].PublicURL} {
		clients[url], err = orylogin.New(url)
		require.NoError(t, err)
	}
	flow, err := clients[r.Kratos[0].PublicURL].CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	login, err := clients[r.Kratos[1].PublicURL].Submit(t.Context(), flow.ID, orylogin.Password{
		Identifier: ada.Email, Password: orylogin.NewSecret(ada.Password),
	})
	require.NoError(t, err)
	for _, client := range clients {
		_, err = client.Whoami(t.Context(), login.Token)
		require.NoError(t, err)
	}

	whoami := func() error {
		_, err := clients[r.URL].Whoami(t.Context(), login.Token)
		return err
	}
	require.NoError(t, r.Kratos[0].Halt(syscall.SIGKILL))
	for range 4 { // whichever replica nginx asks first
		require.NoError(t, whoami())
	}
	require.NoError(t, r.Kratos[0].Resume(t.Context()))
	require.NoError(t, r.Database.Halt())
	require.ErrorIs(t, whoami(), orylogin.ErrSessionInactive)
	_, err = clients[r.URL].CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	require.NoError(t, r.Database.Resume(t.Context()))
	require.Eventually(t, func() bool { return whoami() == nil }, time.Minute, time.Millisecond)
}
