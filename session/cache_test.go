package session_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestCache(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	source := sourceOf(t, server)
	one := "X-Session-Token: " + tokenOf(t, source).Reveal()
	two := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
	cookie := "ory_kratos_session=" + cookieOf(t, server)
	three := "Cookie: " + cookie
	type step struct {
		credential string
		want       int
		asked      int // in all
	}
	for name, test := range map[string]struct {
		opts  []session.GuardOption
		steps []step
	}{
		"off":         {nil, []step{{one, 200, 1}, {one, 200, 2}}},
		"on":          {[]session.GuardOption{session.WithCache(session.NewMemoryCache(1<<20), time.Hour)}, []step{{one, 200, 1}, {one, 200, 1}, {three, 200, 2}, {three, 200, 2}}},
		"bounded":     {[]session.GuardOption{session.WithCache(session.NewMemoryCache(10_000), time.Hour)}, []step{{one, 200, 1}, {two, 200, 2}, {one, 200, 2}, {three, 200, 3}, {two, 200, 3}, {three, 200, 3}, {one, 200, 4}}},
		"no room":     {[]session.GuardOption{session.WithCache(session.NewMemoryCache(-1), time.Hour)}, []step{{one, 200, 1}, {one, 200, 2}}},
		"too small":   {[]session.GuardOption{session.WithCache(session.NewMemoryCache(2000), time.Hour)}, []step{{one, 200, 1}, {one, 200, 2}}},
		"no refusals": {[]session.GuardOption{session.WithCache(session.NewMemoryCache(1<<20), time.Hour)}, []step{{"X-Session-Token: no", 401, 1}, {"X-Session-Token: no", 401, 2}}},
		"kind counts": {[]session.GuardOption{session.WithCache(session.NewMemoryCache(1<<20), time.Hour)}, []step{{three, 200, 1}, {"X-Session-Token: " + cookie, 401, 2}}},
		"too low":     {[]session.GuardOption{session.WithCache(session.NewMemoryCache(1<<20), time.Hour), session.RequireAAL2("")}, []step{{one, 403, 1}, {one, 403, 2}}},
	} {
		t.Run(name, func(t *testing.T) {
			handler := guarded(t, server, test.opts...)
			before := len(server.Requests(orylogintest.Whoami))
			for i, step := range test.steps {
				require.Equal(t, step.want, ask(t, handler, step.credential).Code, "step %d", i)
				require.Len(t, server.Requests(orylogintest.Whoami), before+step.asked, "step %d", i)
			}
		})
	}
}

// TestCacheEndsWithTheSession checks that the cache keeps no answer longer than the session
// lasts.
func TestCacheEndsWithTheSession(t *testing.T) {
	t.Parallel()
	for maxAge, kept := range map[time.Duration]time.Duration{time.Hour: time.Hour, 2 * lifespan: lifespan} {
		server := newKratos(t)
		synctest.Test(t, func(t *testing.T) {
			token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
			handler := guarded(t, server, session.WithCache(session.NewMemoryCache(1<<20), maxAge))
			require.Equal(t, http.StatusOK, ask(t, handler, token).Code)
			server.ExpireSessions("i")
			time.Sleep(kept - 1)
			require.Equal(t, http.StatusOK, ask(t, handler, token).Code)
			time.Sleep(time.Nanosecond)
			require.Equal(t, http.StatusUnauthorized, ask(t, handler, token).Code)
		})
	}
}

// TestExpiredSessionIsNotKept has a server whose clock is wrong.
func TestExpiredSessionIsNotKept(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Unix(0, 0)))
	handler := guarded(t, server, session.WithCache(session.NewMemoryCache(1<<20), time.Hour))
	for range 2 {
		require.Equal(t, http.StatusOK, ask(t, handler, "X-Session-Token: good").Code)
	}
	server.ExpectCalls(orylogintest.Whoami, 2)
}

func TestCacheIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	token := tokenOf(t, sourceOf(t, server)).Reveal()
	handler := guarded(t, server, session.WithCache(session.NewMemoryCache(1<<20), time.Hour))
	together(func() {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", token)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		if answer.Code != http.StatusOK {
			t.Errorf("%d", answer.Code)
		}
	})
}

// TestMemoryIsBounded fills a cache with sessions of several sizes. The cache must not take
// more memory than its size.
func TestMemoryIsBounded(t *testing.T) { //nolint:paralleltest // it measures the process
	const room = 1 << 20
	usual := "{" + strings.Repeat(`"x":"0123456789",`, 8)
	for name, document := range map[string]string{
		"usual": `{"id":"%d","active":true,"authentication_methods":[{"method":"password","aal":"aal1","completed_at":"2026-01-01T00:00:00Z"}],` +
			`"devices":[{"id":"i","ip_address":"127.0.0.1","user_agent":"a browser","location":""}],"identity":{"id":"i",` +
			`"schema_url":"https://example.com","state":"active","traits":` + usual + `"email":"ada@example.com"},` +
			`"verifiable_addresses":[{"id":"a","value":"ada@example.com","via":"email","status":"sent"}],"metadata_public":null}}`,
		"large traits":   `{"id":"%d","active":true,"identity":{"id":"i","traits":{"x":"` + strings.Repeat("x", 100<<10) + `"}}}`,
		"many devices":   `{"id":"%d","active":true,"devices":[{}` + strings.Repeat(`,{"id":""}`, 1000) + `],"identity":{"id":"i"}}`,
		"many methods":   `{"id":"%d","active":true,"authentication_methods":[{}` + strings.Repeat(`,{}`, 1000) + `],"identity":{"id":"i"}}`,
		"many addresses": `{"id":"%d","active":true,"identity":{"id":"i","verifiable_addresses":[null` + strings.Repeat(`,null`, 1000) + `]}}`,
	} {
		cache := session.NewMemoryCache(room)
		before, kept, sessions := heap(), 0, 1<<20/len(document)
		for i := range sessions {
			var s orylogin.Session
			require.NoError(t, json.Unmarshal(fmt.Appendf(nil, document, i), &s))
			cache.Put(t.Context(), session.CacheKey{byte(i), byte(i >> 8)}, session.CacheEntry{Session: &s})
		}
		taken := heap() - before
		for i := range sessions {
			if _, found := cache.Get(t.Context(), session.CacheKey{byte(i), byte(i >> 8)}); found {
				kept++
			}
		}
		assert.Less(t, taken, room, name)
		assert.Positive(t, kept, name)
	}
}

// heap returns how many bytes of the heap are in use.
func heap() int {
	var stats runtime.MemStats
	for range 3 {
		runtime.GC()
	}
	runtime.ReadMemStats(&stats)
	return int(stats.HeapAlloc)
}
