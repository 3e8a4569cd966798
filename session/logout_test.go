package session_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestLogout(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client := clientOf(t, server)
	store := &memory{}
	source := sourceOf(t, server, session.WithStore(store, nil))
	require.NoError(t, source.Logout(t.Context()), "there is nothing to revoke")
	first := tokenOf(t, source)

	for status, body := range map[int]string{
		http.StatusBadGateway: `{"error":{"code":502,"message":"no"}}`,
		http.StatusForbidden:  "a proxy",
	} {
		server.Respond(orylogintest.Logout, status, body)
		err := source.Logout(t.Context())
		require.Error(t, err)
		require.NotErrorIs(t, err, orylogin.ErrUnknownToken)
		require.Equal(t, first, tokenOf(t, source), "it can be tried again")
	}

	server.Handle(orylogintest.Logout, nil)
	require.NoError(t, source.Logout(t.Context()))
	_, err := client.Whoami(t.Context(), first)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.True(t, store.token().IsZero())
	second := tokenOf(t, source)
	require.NotEqual(t, first, second)

	again := sourceOf(t, server, session.WithStore(store, nil))
	require.NoError(t, again.Logout(t.Context()), "the stored token is revoked without a login")
	_, err = client.Whoami(t.Context(), second)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	server.ExpectCalls(orylogintest.Submit, 2)
}

func TestLogoutOfAnUnknownToken(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("unknown")}}
	source := sourceOf(t, server, session.WithStore(store, nil))
	err := source.Logout(t.Context())
	require.ErrorIs(t, err, orylogin.ErrUnknownToken)
	var answer *orylogin.APIError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, http.StatusForbidden, answer.StatusCode)
	require.True(t, store.token().IsZero())
	require.NotEqual(t, "unknown", tokenOf(t, source).Reveal())
}

func TestLogoutWaitsForTheLogin(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, 10*time.Second)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		go func() { _, _ = source.Token(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, source.Logout(ctx), context.DeadlineExceeded)
		require.NoError(t, source.Logout(t.Context()))
	})
	server.ExpectCalls(orylogintest.Logout, 1)
}

// TestLogoutNeedsTheStore checks that Logout fails if the store cannot be read.
func TestLogoutNeedsTheStore(t *testing.T) {
	t.Parallel()
	busy := errors.New("the disk is busy")
	store := &memory{
		kept:  session.StoredToken{Token: orylogin.NewSecret("stored")},
		fails: map[string]error{"load": busy},
	}
	source := sourceOf(t, nil, session.WithStore(store, nil))
	require.ErrorIs(t, source.Logout(t.Context()), busy)
	require.Equal(t, "stored", store.token().Reveal())
}
