package orylogintest_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
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

// TestDown takes the whole server down and brings it back, with its sessions and with what a test has
// replaced.
func TestDown(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	for name, client := range map[string]*orylogin.Client{"network": server.Client(), "memory": inMemory(server)} {
		login, err := client.Login(t.Context(), asAda)
		require.NoError(t, err, name)
		server.Respond(orylogintest.Ready, http.StatusTooManyRequests, "")
		server.SetDown(true)
		_, err = client.Whoami(t.Context(), login.Token)
		require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err), name)
		_, err = client.Login(t.Context(), asAda)
		require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err), name)
		require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(client.Ready(t.Context())), name)

		server.SetDown(false)
		_, err = client.Whoami(t.Context(), login.Token)
		require.NoError(t, err, name)
		require.ErrorIs(t, client.Ready(t.Context()), orylogin.ErrRateLimited, name)
	}
}

// TestHalfAnswer checks that an answer that is shorter than its Content-Length is cut off.
func TestHalfAnswer(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	for name, client := range map[string]*orylogin.Client{"network": server.Client(), "memory": inMemory(server)} {
		for status, outcome := range map[int]orylogin.Outcome{
			http.StatusOK: orylogin.OutcomeNoAnswer, http.StatusInternalServerError: orylogin.OutcomeUnavailable,
		} {
			server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Length", "1000")
				w.WriteHeader(status)
				_, _ = io.WriteString(w, `{"session_token":"`)
			}))
			_, err := client.Login(t.Context(), asAda)
			var half *orylogin.APIError
			require.ErrorAs(t, err, &half, name)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF, name)
			require.Equal(t, outcome, orylogin.OutcomeOf(err), name)
		}
	}
}

// TestInMemory sends the same requests to a handler over the network and in memory.
func TestInMemory(t *testing.T) {
	t.Parallel()
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.URL.Path == "/cut" {
			panic(http.ErrAbortHandler)
		}
		w.Header().Set("Content-Length", "1000")
		_, _ = fmt.Fprint(w, r.Method, r.Host, r.URL, r.RequestURI, r.Header.Get("X"), string(body))
	})
	site := httptest.NewServer(handler)
	t.Cleanup(site.Close)
	var answers [2][]string
	for i, transport := range []http.RoundTripper{http.DefaultTransport, orylogintest.InMemory(handler)} {
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			for _, path := range []string{"/a?b=c", "/cut"} {
				var content io.Reader
				if method == http.MethodPost {
					content = strings.NewReader("content")
				}
				request, err := http.NewRequestWithContext(t.Context(), method, site.URL+path, content)
				require.NoError(t, err)
				request.Header.Set("X", "y")
				response, err := transport.RoundTrip(request)
				if err != nil {
					require.ErrorIs(t, err, io.EOF)
					answers[i] = append(answers[i], "none")
					continue
				}
				body, err := io.ReadAll(response.Body)
				require.NoError(t, response.Body.Close())
				answers[i] = append(answers[i], fmt.Sprint(response.Status, response.ContentLength, string(body), err))
			}
		}
	}
	require.Equal(t, answers[0], answers[1])
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
