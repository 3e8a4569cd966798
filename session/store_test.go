package session_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// memory is a store that fails as it is told.
type memory struct {
	mu    sync.Mutex
	kept  session.StoredToken
	calls []string
	fails map[string]error
}

func (m *memory) call(name string) error {
	m.calls = append(m.calls, name)
	return m.fails[name]
}

func (m *memory) Load(context.Context) (session.StoredToken, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept, m.call("load")
}

func (m *memory) Save(_ context.Context, token session.StoredToken) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.call("save")
	if err == nil {
		m.kept = token
	}
	return err
}

func (m *memory) Delete(context.Context) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	err := m.call("delete")
	if err == nil {
		m.kept = session.StoredToken{}
	}
	return err
}

func (m *memory) token() orylogin.Secret {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.kept.Token
}

func (m *memory) made() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

func TestStoreRoundTrip(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		stored := func() *session.Source {
			return sourceOf(t, server, session.WithStore(store, func(err error) { t.Errorf("%v", err) }))
		}
		first := stored()
		require.Empty(t, store.made(), "it is not asked before it is needed")
		token := tokenOf(t, first)
		require.Equal(t, token, store.token())
		require.Equal(t, []string{"load", "save"}, store.made())
		require.WithinDuration(t, time.Now().Add(lifespan), store.kept.ExpiresAt, 0)

		time.Sleep(lifespan / 2)
		second := stored()
		require.Equal(t, token, tokenOf(t, second))
		server.ExpectCalls(orylogintest.Submit, 1)
		time.Sleep(lifespan/2 - time.Minute)
		require.Equal(t, token, tokenOf(t, second))
		synctest.Wait()
		renewed := tokenOf(t, second)
		require.NotEqual(t, token, renewed)
		require.Equal(t, renewed, store.token(), "it was renewed before its expiry")

		second.Refused(t.Context(), renewed)
		require.True(t, store.token().IsZero())
		third := tokenOf(t, second)
		require.Equal(t, third, store.token())
		time.Sleep(lifespan)
		require.NotEqual(t, third, tokenOf(t, stored()), "an expired token is not restored")
		require.Equal(t, []string{"load", "save", "load", "save", "delete", "save", "load", "save"}, store.made())
	})
}

// TestRestoredTokenThatIsRefused is about a session that ended while the program
// was not running.
func TestRestoredTokenThatIsRefused(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	old := orylogin.NewSecret("old")
	for range 5 {
		store := &memory{kept: session.StoredToken{Token: old}}
		source := sourceOf(t, server, session.WithStore(store, nil))
		require.Equal(t, old, tokenOf(t, source), "a token without an expiry is tried")
		source.Refused(t.Context(), old)
		require.NotEqual(t, old, tokenOf(t, source))
	}
	server.ExpectCalls(orylogintest.Submit, 5)
}

func TestFailuresOfTheStore(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		store := &memory{fails: map[string]error{"load": full, "save": full, "delete": full}}
		var failures []error
		source := sourceOf(t, server, session.WithStore(store, func(err error) { failures = append(failures, err) }))
		server.Respond(orylogintest.Submit, http.StatusBadGateway, "")
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
		require.Equal(t, []string{"load"}, store.made())

		server.Handle(orylogintest.Submit, nil)
		time.Sleep(time.Minute)
		token := tokenOf(t, source) // the source works without its store
		require.Equal(t, []string{"load", "load", "save"}, store.made())
		source.Refused(t.Context(), token)
		require.Len(t, failures, 4)
		for i, want := range []string{"load the token", "load the token", "save the token", "delete the token"} {
			require.ErrorIs(t, failures[i], full)
			require.ErrorContains(t, failures[i], want)
		}
		require.ErrorIs(t, source.Logout(t.Context()), full, "the store may still have it")
		store.mu.Lock()
		store.fails = nil
		store.mu.Unlock()
		require.NoError(t, source.Logout(t.Context()))
		require.Equal(t, tokenOf(t, source), store.token())
	})
}

func TestStoredNonsenseIsReplaced(t *testing.T) {
	t.Parallel()
	store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("with a line break\n")}}
	var failure error
	source := sourceOf(t, newKratos(t), session.WithStore(store, func(err error) { failure = err }))
	require.Equal(t, tokenOf(t, source), store.token())
	require.ErrorContains(t, failure, "line break")
}
