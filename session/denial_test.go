package session_test

import (
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// The answers of a Kratos v1.3.1 without its database.
const (
	denied   = `{"error":{"code":401,"status":"Unauthorized","reason":"No valid session credentials found in the request.","message":"The request could not be authorized"}}`
	notReady = `{"error":{"code":500,"status":"Internal Server Error","message":"error may contain sensitive information and was obfuscated"}}`
)

// TestDenials checks that a guard believes a server that denies a session, unless the server
// says that it cannot work.
func TestDenials(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		body   string
		want   int
	}{
		"no database":           {503, notReady, http.StatusServiceUnavailable},
		"ready":                 {200, `{"status":"ok"}`, http.StatusUnauthorized},
		"a gateway without it":  {404, "404 page not found", http.StatusUnauthorized},
		"a gateway that fails":  {503, "<html>", http.StatusUnauthorized},
		"a gateway that denies": {403, `{"error":{"code":403,"message":"no"}}`, http.StatusUnauthorized},
	} {
		server := newKratos(t)
		guard := guardOf(t, server)
		credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
		server.Respond(orylogintest.Ready, test.status, test.body)
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err, name)
		server.ExpectCalls(orylogintest.Ready, 0)

		server.Respond(orylogintest.Whoami, http.StatusUnauthorized, denied)
		for calls := 1; calls < 3; calls++ {
			_, err = guard.Check(t.Context(), credential)
			var refusal *session.Refusal
			require.ErrorAs(t, err, &refusal, name)
			require.Equal(t, test.want, refusal.StatusCode, name)
			require.Equal(t, test.want == http.StatusUnauthorized, errors.Is(err, orylogin.ErrSessionInactive), name)
			server.ExpectCalls(orylogintest.Ready, calls)
		}
		server.Handle(orylogintest.Whoami, nil)
		_, err = guard.Check(t.Context(), credential)
		require.NoError(t, err, name)
	}
}

// TestFewDoubts checks that denials at the same time share the question whether the server can
// work, and that none takes an answer from before it.
func TestFewDoubts(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		var asked atomic.Int32
		server.Handle(orylogintest.Ready, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			time.Sleep(time.Second)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte(notReady))
			asked.Add(1)
		}))
		guard := guardOf(t, server)
		var number atomic.Int32
		errs := make(chan error, 64)
		together(func() {
			n := number.Add(1)
			time.Sleep(time.Duration(n%2) * time.Millisecond) // some of them ask while others wait
			token := orylogin.NewSecret(fmt.Sprint("unknown-", n))
			_, err := guard.Check(t.Context(), session.TokenCredential(token))
			errs <- err
		})
		for range 64 {
			refused(t, <-errs, http.StatusServiceUnavailable, orylogin.OutcomeUnavailable)
		}
		require.Equal(t, int32(2), asked.Load())
	})
}

// TestDeniedLogin checks that a source stops after a refusal, unless the server says that it
// cannot work.
func TestDeniedLogin(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		source, err := session.NewSource(clientOf(t, server), orylogin.Password{
			Identifier: "ada@example.com", Password: orylogin.NewSecret("wrong"),
		})
		require.NoError(t, err)
		server.Respond(orylogintest.Ready, http.StatusServiceUnavailable, notReady)
		_, err = source.Token(t.Context())
		require.NotErrorIs(t, err, session.ErrStopped)
		require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
		server.ExpectCalls(orylogintest.Ready, 1)

		time.Sleep(time.Minute)
		server.Handle(orylogintest.Ready, nil)
		_, err = source.Token(t.Context())
		require.ErrorIs(t, err, session.ErrStopped)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
		server.ExpectCalls(orylogintest.Submit, 2)
		server.ExpectCalls(orylogintest.Ready, 2)
	})
}
