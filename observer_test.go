package orylogin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestObserver checks that each request is reported once, with its outcome and in the context
// of the call.
func TestObserver(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, "mine")
	var seen []string
	client := server.Client(orylogin.WithObserver(func(ctx context.Context, event orylogin.Event) {
		require.Equal(t, "mine", ctx.Value(key{}))
		seen = append(seen, fmt.Sprint(event.Operation, " ", event.StatusCode, " ", event.Outcome))
	}))
	take := func() []string {
		taken := seen
		seen = nil
		return taken
	}
	const create, submit, whoami = "initializeSelfServiceLoginFlowWithoutBrowser", "submitSelfServiceLoginFlow", "toSession"
	login := func(password string) (*orylogin.Login, error) {
		return client.Login(ctx, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret(password)})
	}

	_, err := login("a guess")
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	require.Equal(t, []string{create + " 200 done", submit + " 400 refused"}, take())

	right, err := login("correct horse")
	require.NoError(t, err)
	require.Equal(t, []string{create + " 200 done", submit + " 200 logged_in"}, take())

	_, err = client.Whoami(ctx, right.Token)
	require.NoError(t, err)
	_, err = client.Whoami(ctx, orylogin.NewSecret("ory_st_none"))
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, []string{whoami + " 200 done", whoami + " 401 no_session"}, take())

	_, err = client.Whoami(ctx, orylogin.Secret{})
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	_, err = client.GetFlow(ctx, "")
	require.ErrorIs(t, err, orylogin.ErrInvalidCall)
	require.Empty(t, take(), "nothing was sent")

	canceled, cancel := context.WithCancel(ctx)
	cancel()
	_, err = client.Whoami(canceled, right.Token)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, []string{whoami + " 0 canceled"}, take())

	server.Respond(orylogintest.Whoami, http.StatusBadGateway, "<html>")
	_, err = client.Whoami(ctx, right.Token)
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.Equal(t, []string{whoami + " 502 unavailable"}, take())
	server.Handle(orylogintest.Whoami, nil)

	visit := client.Visit(nil, page())
	flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)
	form := url.Values{"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"correct horse"}}
	form.Set("csrf_token", flow.Choices("csrf_token")[0])
	_, err = visit.SubmitForm(ctx, flow.ID, form)
	require.NoError(t, err)
	require.Equal(t, []string{"initializeSelfServiceLoginFlowForBrowsers 200 done", whoami + " 200 done", submit + " 303 logged_in"}, take(),
		"a redirect is reported with what it means, once that is known")
}

// TestDuration checks that the Duration of an event is the time from the request to the end of
// its answer.
func TestDuration(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var took time.Duration
		slow := roundTrip(func(r *http.Request) (*http.Response, error) {
			time.Sleep(time.Second)
			return inJSON(http.StatusOK, oneFlow).RoundTrip(r)
		})
		client, err := orylogin.New("https://auth.example.com", orylogin.WithHTTPClient(&http.Client{Transport: slow}),
			orylogin.WithObserver(func(_ context.Context, event orylogin.Event) { took = event.Duration }))
		require.NoError(t, err)
		_, err = client.GetFlow(t.Context(), "a flow")
		require.NoError(t, err)
		require.Equal(t, time.Second, took)
	})
}

// TestTransportOfOne checks that a transport can be put around the client's own, and that an
// invalid one is an error.
func TestTransportOfOne(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	var wrapped http.RoundTripper
	var agents []string
	wrap := func(own http.RoundTripper) http.RoundTripper {
		wrapped = own
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			agents = append(agents, r.UserAgent())
			return own.RoundTrip(r)
		})
	}
	_, err := server.Client(orylogin.WithTransport(wrap)).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	shared := wrapped
	_, err = server.Client(orylogin.WithTransport(wrap), orylogin.WithHeader("User-Agent", "mine/1.0")).
		CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Equal(t, []string{"orylogin", "mine/1.0"}, agents)
	require.Equal(t, shared, wrapped, "both have the same pool of connections")

	for _, option := range []orylogin.Option{
		orylogin.WithTransport(nil),
		orylogin.WithTransport(func(http.RoundTripper) http.RoundTripper { return nil }),
		orylogin.WithObserver(nil),
		orylogin.WithCookies(nil),
		orylogin.WithSessionCookie("a b"),
	} {
		_, err := orylogin.New("https://kratos.example.com", option)
		require.Error(t, err)
	}
}
