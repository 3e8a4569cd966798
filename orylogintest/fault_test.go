package orylogintest_test

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// inMemory returns a client that calls the server without a network.
func inMemory(server *orylogintest.Server, opts ...orylogin.Option) *orylogin.Client {
	return server.Client(append(opts, orylogin.WithHTTPClient(&http.Client{Transport: server}))...)
}

func TestFaults(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	for name, client := range map[string]*orylogin.Client{"network": server.Client(), "memory": inMemory(server)} {
		server.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>")
		_, err := client.Login(t.Context(), asAda)
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, name)
		server.Respond(orylogintest.Submit, http.StatusTooManyRequests, `{"error":{"id":"slow_down"}}`)
		_, err = client.Login(t.Context(), asAda)
		require.ErrorIs(t, err, orylogin.ErrorID("slow_down"), name)

		var failed *orylogin.TransportError
		server.Cut(orylogintest.Submit)
		_, err = client.Login(t.Context(), asAda)
		require.ErrorAs(t, err, &failed, name)
		require.ErrorIs(t, err, io.EOF, name)
		require.False(t, failed.NotSent, name)

		server.Handle(orylogintest.Submit, nil)
		_, err = client.Login(t.Context(), asAda)
		require.NoError(t, err, name)
	}
	server.ExpectCalls(orylogintest.Submit, 8)

	server.Delay(orylogintest.CreateFlow, time.Hour)
	_, err := server.Client(orylogin.WithTimeout(10*time.Millisecond)).Login(t.Context(), asAda)
	require.ErrorIs(t, err, context.DeadlineExceeded, "the client does not wait")
	server.Handle(orylogintest.CreateFlow, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("a mistake") }))
	require.PanicsWithValue(t, "a mistake", func() { _, _ = inMemory(server).Login(t.Context(), asAda) })
}

func TestDelay(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	server.Delay(orylogintest.Submit, time.Minute)
	synctest.Test(t, func(t *testing.T) {
		_, err := inMemory(server, orylogin.WithTimeout(time.Minute-1)).Login(t.Context(), asAda)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		begin := time.Now()
		login, err := inMemory(server, orylogin.WithTimeout(time.Hour)).Login(t.Context(), asAda)
		require.NoError(t, err)
		require.Equal(t, time.Minute, time.Since(begin))
		_, err = inMemory(server).Whoami(t.Context(), login.Token)
		require.NoError(t, err)
		time.Sleep(24*time.Hour + 1)
		_, err = inMemory(server).Whoami(t.Context(), login.Token)
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	})
}

// TestClose checks that a closed server refuses connections, cuts the open ones, and still
// returns its requests.
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
	synctest.Test(t, func(t *testing.T) {
		client := inMemory(server, orylogin.WithTimeout(time.Hour))
		login, err := client.Login(t.Context(), asAda)
		require.NoError(t, err)
		flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true}, orylogin.WithSessionToken(login.Token))
		require.NoError(t, err)
		server.ExpireFlow(flow.ID)
		_, err = client.Submit(t.Context(), flow.ID, asAda, orylogin.WithSessionToken(login.Token))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		_, err = client.Whoami(t.Context(), login.Token)
		require.NoError(t, err, "the others continue")
	})
}
