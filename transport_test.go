package orylogin_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestRedirectsAreNotFollowed covers every status by which net/http would send
// the request, or its token, elsewhere.
func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, status := range []int{301, 302, 303, 307, 308} {
		for operation, call := range operations {
			t.Run(http.StatusText(status)+"/"+operation, func(t *testing.T) {
				t.Parallel()
				elsewhere := newServer(t, reply(200, "{}"))
				s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, elsewhere.URL+"/?code=hunter2", status)
				})
				err := call(newClient(t, s.URL))
				require.Equal(t, outcome{kind: "redirect", status: status}, outcomeOf(err), "%v", err)
				require.NotContains(t, err.Error(), "hunter2")
				require.Empty(t, elsewhere.seen())
			})
		}
	}
}

func TestResponseLimit(t *testing.T) {
	const limit = 1000
	for size, tooLarge := range map[int]bool{limit - 1: false, limit: false, limit + 1: true, 100 * limit: true} {
		for _, chunked := range []bool{false, true} {
			s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(http.StatusBadRequest)
				if chunked {
					w.(http.Flusher).Flush()
				}
				body := `{"error":{"id":"x"}}`
				_, _ = io.WriteString(w, body+strings.Repeat(" ", size-len(body)))
			})
			err := operations["submit"](newClient(t, s.URL, orylogin.WithResponseLimit(limit)))
			require.Equal(t, 400, outcomeOf(err).status, "size %d, chunked %v: %v", size, chunked, err)
			require.Equal(t, tooLarge, errors.Is(err, orylogin.ErrResponseTooLarge), "size %d, chunked %v", size, chunked)
		}
	}
}

func TestDefaultResponseLimit(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		chunk := []byte(strings.Repeat(" ", 1<<20))
		for range 5 {
			_, _ = w.Write(chunk)
		}
	})
	err := operations["create"](newClient(t, s.URL))
	require.ErrorIs(t, err, orylogin.ErrResponseTooLarge)
	require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err))
}

// TestCutOffBody keeps the status of an answer whose connection breaks.
func TestCutOffBody(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = io.WriteString(w, `{"session_token":`)
	})
	err := operations["submit"](newClient(t, s.URL))
	require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err))
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}

func TestTimeLimits(t *testing.T) {
	release := make(chan struct{})
	silent := newServer(t, func(http.ResponseWriter, *http.Request) { <-release })
	dripping := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.(http.Flusher).Flush()
		<-release
	})
	t.Cleanup(func() { close(release) })

	for operation, call := range operations {
		err := call(newClient(t, silent.URL, orylogin.WithTimeout(20*time.Millisecond)))
		require.ErrorIs(t, err, context.DeadlineExceeded, operation)
		require.Equal(t, outcome{kind: "transport"}, outcomeOf(err), operation)
		require.ErrorContains(t, err, "no answer: the client's time limit has passed", operation)

		err = call(newClient(t, dripping.URL, orylogin.WithTimeout(20*time.Millisecond)))
		require.ErrorIs(t, err, context.DeadlineExceeded, operation)
		require.Equal(t, outcome{kind: "api", status: 200}, outcomeOf(err), operation)
	}

	// The context's deadline counts when it is sooner.
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	_, err := newClient(t, silent.URL).Login(ctx, password)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, "no answer: context deadline exceeded")
}

// TestDefaultTimeLimit uses a server that takes a request and never answers, as
// servers of v0.8 do when an expired flow for a second factor is submitted.
func TestDefaultTimeLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := newClient(t, "https://auth.example.com", orylogin.WithHTTPClient(&http.Client{
			Transport: &http.Transport{DialTLSContext: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, far) }()
				return near, nil
			}},
		}))
		for operation, call := range operations {
			start := time.Now()
			err := call(client)
			require.Equal(t, outcome{kind: "transport"}, outcomeOf(err), operation)
			require.ErrorIs(t, err, context.DeadlineExceeded, operation)
			require.Equal(t, 30*time.Second, time.Since(start), operation)
		}
	})
}

// TestLoginIsOneCall shows that both requests of a Login share one time limit.
func TestLoginIsOneCall(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(60 * time.Millisecond)
		replay(t, "v26.2.0/create")(w, r)
	})
	_, err := newClient(t, s.URL, orylogin.WithTimeout(100*time.Millisecond)).Login(t.Context(), password)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, s.seen(), 2, "the creation was in time")
}

func TestTransportError(t *testing.T) {
	refused := httptest.NewServer(nil)
	refused.Close()
	hangUp := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			t.Errorf("hijacking: %v", err)
			return
		}
		_ = conn.Close()
	})
	broken := &http.Client{Transport: failingTransport{}}
	canceled, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the user went away"))

	for name, test := range map[string]struct {
		ctx     context.Context
		client  *orylogin.Client
		notSent bool
		is      error
	}{
		"connection refused": {t.Context(), newClient(t, refused.URL), true, nil},
		"connection closed":  {t.Context(), newClient(t, hangUp.URL), false, io.EOF},
		"canceled before":    {canceled, newClient(t, hangUp.URL), true, context.Canceled},
		"other transport":    {t.Context(), newClient(t, refused.URL, orylogin.WithHTTPClient(broken)), false, errBroken},
	} {
		t.Run(name, func(t *testing.T) {
			login, err := test.client.Submit(test.ctx, flowID, password)
			require.Nil(t, login)
			var transport *orylogin.TransportError
			require.ErrorAs(t, err, &transport)
			require.Equal(t, "submitSelfServiceLoginFlow", transport.Operation)
			require.Equal(t, test.notSent, transport.NotSent)
			if test.is != nil {
				require.ErrorIs(t, err, test.is)
			}
			require.NotContains(t, chain(err), flowID)
		})
	}
}

// TestCancelInFlight keeps context.Canceled although the context has a cause.
func TestCancelInFlight(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	s := newServer(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(errors.New("the user went away"))
		<-r.Context().Done()
	})
	_, err := newClient(t, s.URL).Submit(ctx, flowID, password)
	require.ErrorIs(t, err, context.Canceled)
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(err))
}

// failingTransport fails the way that wrapping transports do, URL included.
type failingTransport struct{}

func (failingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	return nil, &net.OpError{Op: "GET " + r.URL.RawQuery, Err: errBroken}
}

// TestPostIsNotRepeated lets a pooled connection die under a submission: it must
// not be sent a second time once the server may have seen it.
func TestPostIsNotRepeated(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			replay(t, "v26.2.0/create")(w, r)
			return
		}
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	})
	client := newClient(t, s.URL)
	_, err := client.Login(t.Context(), password)
	require.Equal(t, outcome{kind: "transport"}, outcomeOf(err))
	require.Len(t, s.seen(), 2, "a creation and one submission")
}
