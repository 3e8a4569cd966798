package orylogintest_test

import (
	"errors"
	"net/http"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// worker is what is tested: a program that reports to a service, and stays logged in.
type worker struct {
	source *session.Source
	web    *http.Client
}

// newWorker returns a worker whose requests to the service go through base.
func newWorker(client *orylogin.Client, base http.RoundTripper, store session.Store) *worker {
	source, err := session.NewSource(client, orylogin.Password{
		Identifier: "robot@example.com", Password: orylogin.NewSecret("correct horse"),
	}, session.WithStore(store, func(err error) { panic(err) }))
	if err != nil {
		panic(err)
	}
	transport := &session.Transport{Source: source, Hosts: []string{"api.example.com"}, Base: base}
	return &worker{source, &http.Client{Transport: transport}}
}

// report returns an error if the answer of the service is not 200.
func (w *worker) report() error {
	answer, err := w.web.Get("https://api.example.com/report") //nolint:noctx // docs/testing.md calls it, so it is short
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		err = errors.New(answer.Status)
	}
	return errors.Join(err, answer.Body.Close())
}

// newGuarded returns the handler of the service that the worker reports to.
func newGuarded(client *orylogin.Client) http.Handler {
	guard, err := session.NewGuard(client)
	if err != nil {
		panic(err)
	}
	return guard.Wrap(http.HandlerFunc(hello))
}

func TestWorker(t *testing.T) {
	server := orylogintest.NewServer(t)
	robot := server.AddIdentity(orylogintest.Identity{Email: "robot@example.com", Password: "correct horse"})
	store := session.NewFileStore(filepath.Join(t.TempDir(), "session.json"))
	synctest.Test(t, func(t *testing.T) {
		client := server.Client(orylogin.WithHTTPClient(&http.Client{Transport: server}))
		service := orylogintest.InMemory(newGuarded(client))
		worker := newWorker(client, service, store)

		require.NoError(t, worker.report()) // logs in
		server.Sessions(robot.ID)[0].Revoke()
		require.NoError(t, worker.report()) // logs in again after a 401
		server.ExpectCalls(orylogintest.Submit, 2)

		time.Sleep(24*time.Hour - 30*time.Second) // the session expires in 30 seconds
		require.NoError(t, worker.report())       // sends the old token, and begins a login
		synctest.Wait()                           // until that login is done
		server.ExpectCalls(orylogintest.Submit, 3)
		nextRun := newWorker(client, service, store)
		require.NoError(t, nextRun.report()) // finds the token in the store
		server.ExpectCalls(orylogintest.Submit, 3)

		server.SetDown(true)
		time.Sleep(24 * time.Hour)        // the session expires
		require.Error(t, worker.report()) // the login fails
		server.SetDown(false)
		require.Error(t, worker.report()) // there is a pause, of at most a second
		time.Sleep(time.Second)
		require.NoError(t, worker.report())

		time.Sleep(time.Hour) // a token refused within a minute of its login could cause a pause
		server.SetDisabled(robot.ID, true)
		require.Error(t, worker.report()) // the 401 of the service
		require.ErrorIs(t, worker.report(), session.ErrStopped)
		server.SetDisabled(robot.ID, false)
		worker.source.Reset()
		require.NoError(t, worker.report())
	})
}
