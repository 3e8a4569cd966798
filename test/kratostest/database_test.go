package kratostest_test

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/postgrestest"
)

// TestOnPostgres logs in to a Kratos on PostgreSQL. The session is still there after a restart.
func TestOnPostgres(t *testing.T) {
	t.Parallel()
	database := postgrestest.Start(t)
	kratos := kratostest.Start(t, kratostest.Set("dsn", database.DSN()))
	ada, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "ada@example.com", Password: "correct horse"})
	require.NoError(t, err)
	client, err := orylogin.New(kratos.PublicURL)
	require.NoError(t, err)
	login, err := client.Login(t.Context(), orylogin.Password{
		Identifier: ada.Email, Password: orylogin.NewSecret(ada.Password),
	})
	require.NoError(t, err)
	stored, err := database.Query(t.Context(), "SELECT id FROM sessions WHERE active")
	require.NoError(t, err)
	require.Equal(t, []string{login.Session.ID}, stored)

	require.NoError(t, kratos.Halt(syscall.SIGKILL))
	_, err = client.Whoami(t.Context(), login.Token)
	require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err))
	require.NoError(t, kratos.Resume(t.Context()))
	session, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, session.ID)
}
