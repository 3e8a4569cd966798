package orylogintest_test

import (
	"context"
	"io"
	"net/http"
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
	client := server.Client(orylogin.WithTimeout(100 * time.Millisecond))

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

	server.Delay(orylogintest.Submit, time.Minute)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	server.Delay(orylogintest.Submit, time.Millisecond)
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)

	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", "yes")
		server.ServeHTTP(w, r)
	}))
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	server.Handle(orylogintest.Submit, nil)
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	server.ExpectCalls(orylogintest.Submit, 7)
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
