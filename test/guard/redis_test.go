package guard

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/daemon"
)

// startRedis starts the system's redis-server at its own socket. It returns the socket and a
// function that stops the server.
func startRedis(t *testing.T) (string, func()) {
	t.Helper()
	binary, err := daemon.Redis.Find()
	var missing *daemon.Missing
	if errors.As(err, &missing) {
		missing.Skip(t)
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	ctx, stop := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, binary, "--port", port, "--bind", "127.0.0.1", "--save", "", "--dir", t.TempDir())
	command.Stderr = os.Stderr
	require.NoError(t, command.Start())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = command.Wait()
	}()
	end := func() {
		stop()
		<-ended
	}
	t.Cleanup(end)
	require.Eventually(t, func() bool {
		connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	}, 10*time.Second, 10*time.Millisecond)
	return address, end
}

// TestRedisSharesTheAnswers checks that replicas share answers of Kratos, and that they also
// work without Redis.
func TestRedisSharesTheAnswers(t *testing.T) {
	t.Parallel()
	address, end := startRedis(t)
	w := newWorld(t)
	replica := func(prefix string) *session.Guard {
		guard, err := session.NewGuard(w.client, session.WithCache(newRedisCache(address, prefix), time.Minute))
		require.NoError(t, err)
		return guard
	}
	credential := session.TokenCredential(w.token)
	for range 3 {
		who, err := replica("prod:").Check(t.Context(), credential)
		require.NoError(t, err)
		require.Equal(t, "ada", who.Identity.ID)
		require.NotEmpty(t, who.Document())
	}
	w.kratos.ExpectCalls(orylogintest.Whoami, 1)
	_, err := replica("staging:").Check(t.Context(), credential)
	require.NoError(t, err)
	w.kratos.ExpectCalls(orylogintest.Whoami, 2)

	end()
	begin := time.Now()
	_, err = replica("prod:").Check(t.Context(), credential)
	require.NoError(t, err)
	require.Less(t, time.Since(begin), 5*time.Second)
	w.kratos.ExpectCalls(orylogintest.Whoami, 3)
}

// TestRedisKeepsTheNewerAnswer checks that the newer answer of two replicas stays.
func TestRedisKeepsTheNewerAnswer(t *testing.T) {
	t.Parallel()
	address, _ := startRedis(t)
	cache := newRedisCache(address, "")
	w := newWorld(t)
	who, err := w.client.Whoami(t.Context(), w.token)
	require.NoError(t, err)
	now := time.Now()
	entry := func(asked time.Duration) session.CacheEntry {
		return session.CacheEntry{Session: who, AskedAt: now.Add(asked), Until: now.Add(time.Minute)}
	}
	key := session.CacheKey{1}
	has := func(want bool) session.CacheEntry {
		t.Helper()
		kept, found := cache.Get(t.Context(), key)
		require.Equal(t, want, found)
		return kept
	}
	has(false)
	cache.Put(t.Context(), key, entry(2*time.Second))
	cache.Put(t.Context(), key, entry(time.Second))
	require.Equal(t, now.Add(2*time.Second).UnixMicro(), has(true).AskedAt.UnixMicro())
	cache.Forget(t.Context(), key, now.Add(time.Second))
	has(true)
	cache.Forget(t.Context(), key, now.Add(3*time.Second))
	has(false)
	cache.Put(t.Context(), key, entry(2*time.Second))
	has(false)
	cache.Put(t.Context(), key, entry(4*time.Second))
	require.Equal(t, w.client != nil, has(true).Session.Active)

	other := session.CacheKey{2}
	cache.Forget(t.Context(), other, now)
	cache.Put(t.Context(), other, entry(-time.Second))
	_, found := cache.Get(t.Context(), other)
	require.False(t, found, "an answer from before the refusal")
}

// TestRedisHasNoSecrets checks everything that Redis stores.
func TestRedisHasNoSecrets(t *testing.T) {
	t.Parallel()
	address, _ := startRedis(t)
	w := newWorld(t)
	cache := newRedisCache(address, "s:")
	guard, err := session.NewGuard(w.client, session.WithCache(cache, time.Minute))
	require.NoError(t, err)
	_, err = guard.Check(t.Context(), session.TokenCredential(w.token))
	require.NoError(t, err)
	_, err = guard.Check(t.Context(), session.TokenCredential(orylogin.NewSecret("a-bad-token")))
	require.Error(t, err)
	names, err := cache.client.Keys(t.Context(), "*").Result()
	require.NoError(t, err)
	require.Len(t, names, 2)
	for _, name := range names {
		all, err := cache.client.HGetAll(t.Context(), name).Result()
		require.NoError(t, err)
		require.NotContains(t, fmt.Sprint(name, all), w.token.Reveal())
		require.NotContains(t, fmt.Sprint(name, all), "a-bad-token")
		require.Regexp(t, "^s:[0-9a-f]{64}$", name)
		ttl, err := cache.client.PTTL(t.Context(), name).Result()
		require.NoError(t, err)
		require.Positive(t, ttl)
	}
}
