package session_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
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
	synctest.Test(t, func(t *testing.T) {
		store := &memory{}
		logins := &logins{lifespan: time.Hour}
		failed := func(err error) { t.Errorf("%v", err) }
		first := logins.source(t, session.WithStore(store, failed))
		require.Empty(t, store.made(), "it is not asked before it is needed")
		require.Equal(t, "token1", tokenOf(t, first))
		require.Equal(t, []string{"load", "save"}, store.made())
		require.Equal(t, time.Now().Add(time.Hour), store.kept.ExpiresAt)

		time.Sleep(10 * time.Minute)
		second := logins.source(t, session.WithStore(store, failed))
		require.Equal(t, "token1", tokenOf(t, second))
		require.Equal(t, 1, logins.made())
		time.Sleep(49 * time.Minute)
		require.Equal(t, "token1", tokenOf(t, second))
		synctest.Wait()
		require.Equal(t, "token2", store.token().Reveal(), "it was renewed before its expiry")

		second.Refused(t.Context(), orylogin.NewSecret("token2"))
		require.True(t, store.token().IsZero())
		require.Equal(t, "token3", tokenOf(t, second))
		time.Sleep(time.Hour)
		third := logins.source(t, session.WithStore(store, failed))
		require.Equal(t, "token4", tokenOf(t, third), "an expired token is not restored")
		require.Equal(t, []string{"load", "save", "load", "save", "delete", "save", "load", "save"}, store.made())
	})
}

// TestRestoredTokenThatIsRefused is about a session that ended while the program
// was not running.
func TestRestoredTokenThatIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &logins{lifespan: time.Hour}
		for range 5 {
			store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("old")}}
			source := logins.source(t, session.WithStore(store, nil))
			require.Equal(t, "old", tokenOf(t, source), "a token without an expiry is tried")
			source.Refused(t.Context(), orylogin.NewSecret("old"))
			require.NotEqual(t, "old", tokenOf(t, source))
		}
		require.Equal(t, 5, logins.made())
	})
}

func TestFailuresOfTheStore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		store := &memory{fails: map[string]error{"load": full, "save": full, "delete": full}}
		var failures []error
		logins := &logins{lifespan: time.Hour, err: errLogin}
		source := logins.source(t, session.WithStore(store, func(err error) { failures = append(failures, err) }))
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, errLogin)
		require.Equal(t, []string{"load"}, store.made())

		logins.fail(nil)
		time.Sleep(time.Minute)
		require.Equal(t, "token2", tokenOf(t, source), "the source works without its store")
		require.Equal(t, []string{"load", "load", "save"}, store.made())
		source.Refused(t.Context(), orylogin.NewSecret("token2"))
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
		require.Equal(t, "token3", tokenOf(t, source))
		require.Equal(t, "token3", store.token().Reveal())
	})
}

// TestLogoutNeedsTheStore: a token that cannot be read cannot be revoked.
func TestLogoutNeedsTheStore(t *testing.T) {
	t.Parallel()
	busy := errors.New("the disk is busy")
	store := &memory{
		kept:  session.StoredToken{Token: orylogin.NewSecret("stored")},
		fails: map[string]error{"load": busy},
	}
	source := (&logins{lifespan: time.Hour}).source(t, session.WithStore(store, nil))
	require.ErrorIs(t, source.Logout(t.Context()), busy)
	require.Equal(t, "stored", store.token().Reveal())
}

func TestStoredNonsenseIsReplaced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("with a line break\n")}}
		var failure error
		logins := &logins{lifespan: time.Hour}
		source := logins.source(t, session.WithStore(store, func(err error) { failure = err }))
		require.Equal(t, "token1", tokenOf(t, source))
		require.ErrorContains(t, failure, "line break")
		require.Equal(t, "token1", store.token().Reveal())
	})
}
