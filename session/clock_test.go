package session_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"regexp"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// otherClock is a server whose clock is ahead of the client's clock or behind it.
type otherClock struct {
	http.RoundTripper

	ahead time.Duration
}

var writtenTime = regexp.MustCompile(`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z`)

func (o otherClock) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := o.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return nil, err
	}
	body = writtenTime.ReplaceAllFunc(body, func(written []byte) []byte {
		at, err := time.Parse(time.RFC3339Nano, string(written))
		if err != nil {
			return written
		}
		return at.Add(o.ahead).AppendFormat(nil, time.RFC3339Nano)
	})
	answer.Body, answer.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return answer, nil
}

// TestWeekOfASource runs one source and one guard for a week, with a call every ten minutes.
// Whatever the clocks say, no call fails, and there is one login for each session.
func TestWeekOfASource(t *testing.T) {
	t.Parallel()
	const week = 7 * lifespan
	for name, test := range map[string]struct {
		ahead  time.Duration // the server's clock
		logins int
	}{
		"the same clock":               {0, 7},          // a login at the end of each session
		"the server's clock is behind": {-time.Hour, 8}, // a login an hour before that end
		"the server's clock is ahead":  {time.Hour, 7},  // a login when the token is refused
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				own := otherClock{kratos, test.ahead}
				guard, err := session.NewGuard(clientOf(t, own), session.WithCache(session.NewMemoryCache(1<<20), 30*time.Second))
				require.NoError(t, err)
				client := http.Client{Transport: &session.Transport{
					Source: sourceOf(t, own), Hosts: []string{"api.example.com"}, Base: serviceOf(guard),
				}}
				for begin := time.Now(); time.Since(begin) < week; time.Sleep(10 * time.Minute) {
					for range 3 { // the cache answers two of them
						request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example.com", nil)
						require.NoError(t, err)
						answer, err := client.Do(request)
						require.NoError(t, err)
						require.NoError(t, answer.Body.Close())
						require.Equal(t, http.StatusOK, answer.StatusCode, "after %v", time.Since(begin))
					}
				}
			})
			kratos.ExpectCalls(orylogintest.Submit, test.logins)
			questions := len(kratos.Requests(orylogintest.Whoami))
			require.InDelta(t, 7*24*6, questions, 10)
		})
	}
}

// serviceOf returns a transport to a service that the guard protects.
func serviceOf(guard *session.Guard) http.RoundTripper {
	return roundTrip(func(r *http.Request) (*http.Response, error) {
		status := http.StatusOK
		if _, err := guard.Check(r.Context(), session.RequestCredential(nil, r)); err != nil {
			var refusal *session.Refusal
			if !errors.As(err, &refusal) {
				return nil, err
			}
			status = refusal.StatusCode
		}
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: http.NoBody, Request: r}, nil
	})
}

// TestGuardKeepsNoSessionBeyondItsEnd checks that a session is kept no longer than the cache
// keeps sessions, whatever the clocks say.
func TestGuardKeepsNoSessionBeyondItsEnd(t *testing.T) {
	t.Parallel()
	const kept = time.Minute
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		kratos := newKratos(t)
		synctest.Test(t, func(t *testing.T) {
			client := clientOf(t, otherClock{kratos, ahead})
			login, err := client.Login(t.Context(), password)
			require.NoError(t, err)
			guard, err := session.NewGuard(client, session.WithCache(session.NewMemoryCache(1<<20), kept))
			require.NoError(t, err)
			check := func() error {
				_, err := guard.Check(t.Context(), session.TokenCredential(login.Token))
				return err
			}
			time.Sleep(lifespan - time.Second)
			require.NoError(t, check())
			time.Sleep(kept)
			require.ErrorIs(t, check(), orylogin.ErrSessionInactive)
		})
	}
}
