package session_test

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

func TestLogout(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	store := &memory{}
	source := kratos.source(t, session.WithStore(store, nil))
	require.NoError(t, source.Logout(t.Context()), "there is nothing to revoke")
	require.Equal(t, "ory_st_secret_1", tokenOf(t, source))

	kratos.answer("/self-service/logout/api", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusBadGateway) })
	err := source.Logout(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, session.ErrUnknownToken)
	require.Equal(t, "ory_st_secret_1", tokenOf(t, source), "it can be tried again")

	kratos.answer("/self-service/logout/api", func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "a proxy", http.StatusForbidden) })
	err = source.Logout(t.Context())
	require.Error(t, err)
	require.NotErrorIs(t, err, session.ErrUnknownToken)

	kratos.answer("/self-service/logout/api", nil)
	require.NoError(t, source.Logout(t.Context()))
	require.False(t, kratos.tokens["ory_st_secret_1"])
	require.True(t, store.token().IsZero())
	require.Equal(t, "ory_st_secret_2", tokenOf(t, source))

	delete(kratos.tokens, "ory_st_secret_2")
	err = source.Logout(t.Context())
	require.ErrorIs(t, err, session.ErrUnknownToken)
	var answer *orylogin.APIError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.True(t, store.token().IsZero())
	require.Equal(t, "ory_st_secret_3", tokenOf(t, source))

	again := kratos.source(t, session.WithStore(store, nil))
	require.NoError(t, again.Logout(t.Context()), "the stored token is revoked without a login")
	require.False(t, kratos.tokens["ory_st_secret_3"])
	require.EqualValues(t, 3, kratos.logins.Load())
}

func TestLogoutWaitsForTheLogin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &logins{lifespan: time.Hour, takes: time.Minute}
		source := logins.source(t, session.WithLoginTimeout(time.Hour))
		go func() { _, _ = source.Token(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, source.Logout(ctx), context.DeadlineExceeded)
		time.Sleep(time.Hour)
	})
}
