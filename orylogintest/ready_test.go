package orylogintest_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestSetReady takes the database away and brings it back.
func TestSetReady(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	token := server.SignIn(server.AddIdentity(ada).ID).Token
	client := server.Client()
	for range 2 {
		require.NoError(t, client.Ready(t.Context()))
		_, err := client.Whoami(t.Context(), token)
		require.NoError(t, err)

		server.SetReady(false)
		_, err = client.Whoami(t.Context(), token)
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
		_, loginErr := client.Login(t.Context(), asAda)
		for status, err := range map[int]error{
			http.StatusServiceUnavailable:  client.Ready(t.Context()),
			http.StatusInternalServerError: loginErr,
		} {
			var answer *orylogin.APIError
			require.ErrorAs(t, err, &answer)
			require.Equal(t, status, answer.StatusCode)
			require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
			require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
		}
		server.SetReady(true)
	}
	server.ExpectCalls(orylogintest.Submit, 0)
}
