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

// memory is a store that fails when the test says so.
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

// TestRestoredTokenThatIsRefused has a session that ended while the program was not running.
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

// TestInheritedToken begins with the token of a person, as docs/tokens.md does.
func TestInheritedToken(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	persons := orylogin.NewSecret("persons")
	own, person := &memory{}, &memory{kept: session.StoredToken{Token: persons}}
	begin := func() *session.Source { return sourceOf(t, server, session.WithStore(inherited{own, person}, nil)) }
	source := begin()
	require.Equal(t, persons, tokenOf(t, source))
	source.Refused(t.Context(), persons)
	next := tokenOf(t, source)
	require.NotEqual(t, persons, next)
	require.Equal(t, next, own.token())
	require.Equal(t, next, tokenOf(t, begin()), "its own token comes first")
	require.Equal(t, []string{"load"}, person.made())
	server.ExpectCalls(orylogintest.Submit, 1)
}

func TestFailuresOfTheStore(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		store := &memory{fails: map[string]error{"load": full, "save": full, "delete": full}}
		failures := make(chan error, 9)
		source := sourceOf(t, server, session.WithStore(store, func(err error) { failures <- err }))
		server.Respond(orylogintest.Submit, http.StatusBadGateway, "")
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
		require.Equal(t, []string{"load"}, store.made())

		server.Handle(orylogintest.Submit, nil)
		time.Sleep(time.Minute)
		token := tokenOf(t, source) // the source works without its store
		require.Equal(t, []string{"load", "load", "save"}, store.made())
		source.Refused(t.Context(), token)
		var told []string
		for range 4 {
			failure := <-failures
			require.ErrorIs(t, failure, full)
			told = append(told, failure.Error())
		}
		slices.Sort(told)
		for i, want := range []string{"delete the token", "load the token", "load the token", "save the token"} {
			require.Contains(t, told[i], want)
		}
		require.ErrorIs(t, source.Logout(t.Context()), full, "the store may still have it")
		store.mu.Lock()
		store.fails = nil
		store.mu.Unlock()
		require.NoError(t, source.Logout(t.Context()))
		require.Equal(t, tokenOf(t, source), store.token())
	})
}

// hanging is a store whose methods return only when their contexts end.
type hanging struct{}

func (hanging) Load(ctx context.Context) (session.StoredToken, error) {
	<-ctx.Done()
	return session.StoredToken{}, ctx.Err()
}

func (hanging) Save(ctx context.Context, _ session.StoredToken) error {
	<-ctx.Done()
	return ctx.Err()
}

func (hanging) Delete(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// TestStoreThatHangs checks that the source works without a store that does not answer, and
// that nobody waits for that store without an end.
func TestStoreThatHangs(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		source := sourceOf(t, server, session.WithStore(hanging{}, nil), session.WithLoginTimeout(limit))
		begin := time.Now()
		token := tokenOf(t, source)
		require.LessOrEqual(t, time.Since(begin), limit)

		refused := make(chan bool)
		go func() {
			source.Refused(context.WithoutCancel(t.Context()), token)
			close(refused)
		}()
		synctest.Wait()
		begin = time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, source.Logout(ctx), context.DeadlineExceeded)
		require.Equal(t, time.Second, time.Since(begin), "it waits for as long as its caller says")
		require.NotEqual(t, token, tokenOf(t, source))
		require.LessOrEqual(t, time.Since(begin), limit+time.Second)
		<-refused
		require.LessOrEqual(t, time.Since(begin), limit+time.Second)
	})
}

// TestLogoutWhenTheStoreFails checks that the function for failures can call Logout, which does
// not wait for that function.
func TestLogoutWhenTheStoreFails(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		full := errors.New("the disk is full")
		store := &memory{fails: map[string]error{"load": full, "save": full, "delete": full}}
		var source *session.Source
		source = sourceOf(t, server, session.WithStore(store, func(error) {
			if err := source.Logout(context.WithoutCancel(t.Context())); !errors.Is(err, full) {
				t.Errorf("%v", err)
			}
		}))
		_ = tokenOf(t, source)
		synctest.Wait()
		_ = tokenOf(t, source)
		synctest.Wait()
	})
}

func TestStoredNonsenseIsReplaced(t *testing.T) {
	t.Parallel()
	store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("with a line break\n")}}
	failure := make(chan error, 1)
	source := sourceOf(t, newKratos(t), session.WithStore(store, func(err error) { failure <- err }))
	require.Equal(t, tokenOf(t, source), store.token())
	require.ErrorContains(t, <-failure, "line break")
}
