package orylogintest_test

import (
	"context"
	"io"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestFaults(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	client := server.Client()

	server.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>")
	_, err := client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	server.Respond(orylogintest.Submit, http.StatusTooManyRequests, `{"error":{"id":"slow_down"}}`)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrorID("slow_down"))

	var failed *orylogin.TransportError
	server.Cut(orylogintest.Submit)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, io.EOF)
	require.False(t, failed.NotSent)

	server.Delay(orylogintest.Submit, time.Minute)
	_, err = server.Client(orylogin.WithTimeout(100*time.Millisecond)).Login(t.Context(), asAda)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	server.Delay(orylogintest.Submit, 20*time.Millisecond)
	begin := time.Now()
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(begin), 20*time.Millisecond)
	server.ExpectCalls(orylogintest.Submit, 5)
}

func TestHandle(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	var seen atomic.Int32
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen.Add(1)
		server.ServeHTTP(w, r)
	}))
	for range 2 {
		_, err := server.Client().Login(t.Context(), asAda)
		require.NoError(t, err)
		require.EqualValues(t, 1, seen.Load())
		server.Handle(orylogintest.Submit, nil)
	}
	server.ExpectCalls(orylogintest.Submit, 2)
}

// TestClose: a server that is down refuses connections, cuts those that it has, and
// still says what it was asked.
func TestClose(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	login, err := server.Client().Login(t.Context(), asAda)
	require.NoError(t, err)
	server.Handle(orylogintest.Whoami, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		server.Close()
		<-r.Context().Done()
	}))
	_, err = server.Client().Whoami(t.Context(), login.Token)
	var cut *orylogin.TransportError
	require.ErrorAs(t, err, &cut)
	require.NotErrorIs(t, err, context.DeadlineExceeded)
	require.False(t, cut.NotSent)

	server.Close()
	_, err = server.Client(orylogin.WithHTTPClient(&http.Client{Transport: &http.Transport{}})).Login(t.Context(), asAda)
	var refused *orylogin.TransportError
	require.ErrorAs(t, err, &refused)
	require.True(t, refused.NotSent)
	server.ExpectCalls(orylogintest.Submit, 1)
	server.ExpectNoSecrets(err.Error())
}

func TestReleaseThatNeverAnswers(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithRelease(orylogintest.V0_8))
	server.AddIdentity(ada)
	client := server.Client()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true}, orylogin.WithSessionToken(login.Token))
	require.NoError(t, err)
	server.ExpireFlow(flow.ID)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = client.Submit(ctx, flow.ID, asAda, orylogin.WithSessionToken(login.Token))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err, "the others go on")
}
