package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// TestOneQuestion checks that 256 callers cause one call to the server, with a cache and
// without one.
func TestOneQuestion(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		opts   []session.GuardOption
		status int
		asked  int // calls for callers that come later
	}{
		"no cache":    {nil, 200, 1},
		"cache":       {[]session.GuardOption{withMemory(time.Minute)}, 200, 0},
		"requirement": {[]session.GuardOption{withMemory(time.Minute), session.RequireAAL2("")}, 403, 1},
		"refusal":     {[]session.GuardOption{withMemory(time.Minute)}, 401, 1},
		"failure":     {[]session.GuardOption{withMemory(time.Minute)}, 503, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
				guard := guardOf(t, server, test.opts...)
				server.Delay(orylogintest.Whoami, time.Second)
				switch test.status {
				case 401:
					server.ExpireSessions("i")
				case 503:
					server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						time.Sleep(time.Second)
						w.WriteHeader(http.StatusBadGateway)
					}))
				}
				check := func() {
					_, err := guard.Check(t.Context(), credential)
					var refusal *session.Refusal
					status := 200
					if errors.As(err, &refusal) {
						status = refusal.StatusCode
					}
					if status != test.status {
						t.Errorf("%d: %v", status, err)
					}
				}
				var group sync.WaitGroup
				for range 256 {
					group.Go(check)
				}
				group.Wait()
				server.ExpectCalls(orylogintest.Whoami, 1)
				check()
				server.ExpectCalls(orylogintest.Whoami, 1+test.asked)
			})
		})
	}
}

// pace is the least time between two questions of a guard because of a requirement.
const pace = 200 * time.Millisecond

// TestStaleSessionsAreAskedForAtAPace checks that a session that is not fresh enough causes one
// call in each pace, however many callers send it. A guard without that requirement does not
// wait, and a refresh counts at once.
func TestStaleSessionsAreAskedForAtAPace(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		token := tokenOf(t, sourceOf(t, server))
		credential := session.TokenCredential(token)
		guard := guardOf(t, server, withMemory(time.Hour))
		fresh := with(t, guard, session.RequireFresh(time.Minute, ""))
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err)
		time.Sleep(2 * time.Minute)
		server.ExpectCalls(orylogintest.Whoami, 1)
		begin := time.Now()
		together(func() {
			for range 10 {
				if _, err := fresh.Check(t.Context(), credential); !errors.Is(err, orylogin.ErrSessionRefreshRequired) {
					t.Error(err)
				}
			}
		})
		took := time.Since(begin) // since the first of these questions, which was asked at once
		server.ExpectCalls(orylogintest.Whoami, 1+1+int(took/pace))
		_, err = guard.Check(t.Context(), credential)
		require.NoError(t, err)
		require.Equal(t, took, time.Since(begin))

		_, err = clientOf(t, server).Refresh(t.Context(), token, password)
		require.NoError(t, err)
		asked := len(server.Requests(orylogintest.Whoami))
		_, err = fresh.Check(t.Context(), credential)
		require.NoError(t, err)
		require.Equal(t, took+pace, time.Since(begin))
		server.ExpectCalls(orylogintest.Whoami, asked+1)
	})
}

// TestClocksOfOthersHoldNobodyUp checks that an entry from a replica whose clock is ahead
// counts as new, so a check waits no longer for it than for any new entry.
func TestClocksOfOthersHoldNobodyUp(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
		cache := &ledger{}
		guard := guardOf(t, server, session.WithCache(cache, time.Hour), session.RequireFresh(time.Minute, ""))
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err)
		time.Sleep(2 * time.Minute)
		begin := time.Now()
		cache.entry = cache.put[0]
		cache.entry.AskedAt = begin.Add(time.Hour)
		_, err = guard.Check(t.Context(), credential)
		refused(t, err, http.StatusForbidden, session.OutcomeStale)
		require.Equal(t, pace, time.Since(begin))
		server.ExpectCalls(orylogintest.Whoami, 2)
	})
}

// TestOneQuestionOfEachCredential checks that the key of a call depends on all that the server
// gets, its order and its kind.
func TestOneQuestionOfEachCredential(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Respond(orylogintest.Whoami, http.StatusOK, whoami("aal1", time.Now().Add(time.Hour)))
	handler := guarded(t, server, withMemory(time.Minute))
	for i, lines := range [][]string{
		{"X-Session-Token: a"},
		{"X-Session-Token: ory_kratos_session=a"},
		{"Cookie: ory_kratos_session=a"},
		{"Cookie: ory_session_x=a"},
		{"Cookie: ory_session_x=a; ory_kratos_session=a"},
		{"Cookie: ory_kratos_session=a; ory_session_x=a"},
		{"Cookie: ory_kratos_session=b; ory_kratos_session=a"},
		{"Cookie: ory_kratos_session=a; ory_kratos_session=b"},
	} {
		for range 2 {
			require.Equal(t, 200, ask(t, handler, lines...).Code)
			server.ExpectCalls(orylogintest.Whoami, i+1)
		}
	}
	require.Equal(t, 200, ask(t, handler, "Authorization: Bearer a").Code, "the same token")
	require.Equal(t, 200, ask(t, handler, "Cookie: a=b; ory_kratos_session=a; c=d").Code, "the same cookie")
	server.ExpectCalls(orylogintest.Whoami, 8)
}

// TestTheQuestionOutlivesWhoAsked checks that the second caller is answered although the first
// has left.
func TestTheQuestionOutlivesWhoAsked(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
		guard := guardOf(t, server)
		server.Delay(orylogintest.Whoami, 2*time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			_, err := guard.Check(ctx, credential)
			refused(t, err, http.StatusServiceUnavailable, orylogin.OutcomeNoAnswer)
			require.ErrorIs(t, err, context.DeadlineExceeded)
		})
		synctest.Wait()
		_, err := guard.Check(t.Context(), credential)
		require.NoError(t, err)
		group.Wait()
		server.ExpectCalls(orylogintest.Whoami, 1)
		_, err = guard.Check(ctx, credential)
		refused(t, err, http.StatusServiceUnavailable, orylogin.OutcomeNoAnswer)
		server.ExpectCalls(orylogintest.Whoami, 1)
	})
}

// TestTheQuestionHasALimit checks that a call has a time limit that does not come from a
// caller.
func TestTheQuestionHasALimit(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
		server.Delay(orylogintest.Whoami, 24*time.Hour)
		for limit, want := range map[time.Duration]time.Duration{5 * time.Second: 5 * time.Second, time.Hour: 30 * time.Second} {
			guard, err := session.NewGuard(clientOf(t, server, orylogin.WithTimeout(limit)))
			require.NoError(t, err)
			begin := time.Now()
			_, err = guard.Check(t.Context(), credential)
			refused(t, err, http.StatusServiceUnavailable, orylogin.OutcomeNoAnswer)
			require.Equal(t, want, time.Since(begin))
		}
	})
}

// TestFailuresCountUntilRetryAfter checks that a failure counts for all callers with the same
// credential, and that it is not a logout.
func TestFailuresCountUntilRetryAfter(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status, want int
		header       http.Header
		body         string
		wait         time.Duration // how long the failure counts
	}{
		"429":          {429, 429, http.Header{"Retry-After": {"7"}}, "", 7 * time.Second},
		"429 of Ory":   {429, 429, http.Header{"X-Ratelimit-Reset": {"7"}}, "", 7 * time.Second},
		"503":          {503, 503, http.Header{"Retry-After": {"7"}}, "", 7 * time.Second},
		"an hour":      {503, 503, http.Header{"Retry-After": {"86400"}}, "", time.Hour},
		"says nothing": {503, 503, nil, "", 0},
		"a refusal": {
			401, 401,
			http.Header{"Retry-After": {"7"}, "Content-Type": {"application/json"}},
			`{"error":{"code":401,"status":"Unauthorized","message":"no"}}`, 0,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				token, other := tokenOf(t, sourceOf(t, server)).Reveal(), tokenOf(t, sourceOf(t, server)).Reveal()
				server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
					for key, values := range test.header {
						w.Header()[key] = values
					}
					w.WriteHeader(test.status)
					_, _ = fmt.Fprint(w, test.body)
				}))
				handler := guarded(t, server, withMemory(time.Minute))
				answer := ask(t, handler, "X-Session-Token: "+token)
				require.Equal(t, test.want, answer.Code)
				server.Handle(orylogintest.Whoami, nil)
				if test.wait > 0 {
					time.Sleep(2500 * time.Millisecond)
					answer = ask(t, handler, "X-Session-Token: "+token)
					require.Equal(t, test.want, answer.Code)
					require.Equal(t, fmt.Sprint((test.wait - 2*time.Second).Seconds()), answer.Header().Get("Retry-After"))
					require.Equal(t, 200, ask(t, handler, "X-Session-Token: "+other).Code)
					time.Sleep(test.wait - 2500*time.Millisecond - 1)
					require.Equal(t, test.want, ask(t, handler, "X-Session-Token: "+token).Code)
					time.Sleep(time.Nanosecond)
				}
				require.Equal(t, 200, ask(t, handler, "X-Session-Token: "+token).Code)
			})
		})
	}
}

// TestAKeptFailureSaysThatItIsOne checks that the error of a kept failure says that it is kept,
// also for the call that failed. The error of another failure does not say so.
func TestAKeptFailureSaysThatItIsOne(t *testing.T) {
	t.Parallel()
	const kept = "; not asked again until Retry-After"
	server := newKratos(t)
	for _, status := range []int{http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable} {
		for _, seconds := range []string{"", "60"} {
			server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", seconds)
				w.WriteHeader(status)
			}))
			guard := guardOf(t, server)
			for range 2 {
				_, err := guard.Check(t.Context(), session.TokenCredential(orylogin.NewSecret("x")))
				require.Equal(t, seconds != "", strings.HasSuffix(err.Error(), kept), "%v", err)
				var failed *orylogin.APIError
				require.ErrorAs(t, err, &failed)
				require.Equal(t, status, failed.StatusCode)
			}
		}
	}
}

// TestKeptFailuresAreBounded checks that nobody can fill the memory while the server fails.
func TestKeptFailuresAreBounded(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked++
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		handler := guarded(t, server)
		for range 2 {
			for i := range 1500 {
				require.Equal(t, 503, ask(t, handler, fmt.Sprint("X-Session-Token: ", i)).Code)
			}
		}
		require.Equal(t, 1500+500, asked)
	})
}

// TestAgeBeginsBeforeTheRequest checks that a session's time in the cache begins before the
// request, even if the answer takes long.
func TestAgeBeginsBeforeTheRequest(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
		handler := guarded(t, server, withMemory(15*time.Second))
		server.Delay(orylogintest.Whoami, 10*time.Second)
		require.Equal(t, 200, ask(t, handler, token).Code)
		server.Handle(orylogintest.Whoami, nil)
		server.ExpireSessions("i")
		time.Sleep(5*time.Second - 1)
		require.Equal(t, 200, ask(t, handler, token).Code)
		time.Sleep(time.Nanosecond)
		require.Equal(t, 401, ask(t, handler, token).Code)
	})
}

// TestAnOlderAnswerCountsForNobodyLater checks that a check that needs a newer answer waits for
// the call under way. Then one call is made for all such checks.
func TestAnOlderAnswerCountsForNobodyLater(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		credential := session.TokenCredential(tokenOf(t, sourceOf(t, server)))
		var asked atomic.Int32
		level := "aal1"
		server.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			asked.Add(1)
			answer := whoami(level, time.Now().Add(time.Hour)) // as it was when the request came
			time.Sleep(time.Second)
			w.Header().Set("Content-Type", "application/json")
			_, _ = fmt.Fprint(w, answer)
		}))
		guard := guardOf(t, server, withMemory(time.Minute))
		sure := with(t, guard, session.RequireAAL2(""))
		var group sync.WaitGroup
		check := func(guard *session.Guard) {
			group.Go(func() {
				if _, err := guard.Check(t.Context(), credential); err != nil {
					t.Error(err)
				}
			})
		}
		check(guard)
		synctest.Wait()
		time.Sleep(500 * time.Millisecond)
		level = "aal2" // the user has stepped up
		for range 64 {
			check(sure)
		}
		group.Wait()
		require.EqualValues(t, 2, asked.Load())
		check(sure)
		group.Wait()
		require.EqualValues(t, 2, asked.Load())
	})
}

// ledger is a Cache that keeps what it gets and records its calls.
type ledger struct {
	mu      sync.Mutex
	entry   session.CacheEntry
	put     []session.CacheEntry
	forgets []time.Time
}

func (l *ledger) Get(context.Context, session.CacheKey) (session.CacheEntry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.entry, l.entry.Session != nil
}

func (l *ledger) Put(_ context.Context, _ session.CacheKey, entry session.CacheEntry) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.put = append(l.put, entry)
}

func (l *ledger) Forget(_ context.Context, _ session.CacheKey, askedAt time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgets = append(l.forgets, askedAt)
}

// TestWhatACacheIsTold checks that a cache learns when the server was asked, so that it can
// keep the newer answer. It learns nothing about failures.
func TestWhatACacheIsTold(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		token := "X-Session-Token: " + tokenOf(t, sourceOf(t, server)).Reveal()
		cache := &ledger{}
		handler := guarded(t, server, session.WithCache(cache, time.Minute))
		server.Delay(orylogintest.Whoami, time.Second)
		begin := time.Now()
		require.Equal(t, 200, ask(t, handler, token).Code)
		require.Len(t, cache.put, 1)
		require.Equal(t, begin, cache.put[0].AskedAt)
		require.Equal(t, begin.Add(time.Minute), cache.put[0].Until)
		require.NotEmpty(t, cache.put[0].Session.Document())

		server.Respond(orylogintest.Whoami, http.StatusBadGateway, "")
		require.Equal(t, 503, ask(t, handler, token).Code)
		require.Empty(t, cache.forgets)
		server.Respond(orylogintest.Whoami, 403, `{"error":{"id":"session_aal2_required","code":403}}`)
		require.Equal(t, 403, ask(t, handler, token).Code)
		server.ExpireSessions("i")
		server.Delay(orylogintest.Whoami, time.Second)
		require.Equal(t, 401, ask(t, handler, token).Code)
		require.Equal(t, []time.Time{begin.Add(time.Second), begin.Add(time.Second)}, cache.forgets)

		cache.entry = cache.put[0]
		cache.entry.Until = time.Now().Add(1)
		require.Equal(t, 200, ask(t, handler, token).Code)
		time.Sleep(time.Nanosecond)
		require.Equal(t, 401, ask(t, handler, token).Code, "it was good until now")
	})
}

// TestNewerEntriesStay checks a memory cache that several guards use, against its
// documentation.
func TestNewerEntriesStay(t *testing.T) {
	t.Parallel()
	cache, now := session.NewMemoryCache(1<<20), time.Now()
	old, young := &orylogin.Session{}, &orylogin.Session{}
	key := session.CacheKey{1}
	cache.Put(t.Context(), key, session.CacheEntry{Session: young, AskedAt: now.Add(time.Second)})
	cache.Put(t.Context(), key, session.CacheEntry{Session: old, AskedAt: now})
	entry, found := cache.Get(t.Context(), key)
	require.True(t, found)
	require.Same(t, young, entry.Session)
	cache.Forget(t.Context(), key, now)
	_, found = cache.Get(t.Context(), key)
	require.False(t, found)
}

// TestAllocations counts the allocations of a check that the cache answers.
func TestAllocations(t *testing.T) { //nolint:paralleltest // it counts those of the process
	server := newKratos(t)
	token := tokenOf(t, sourceOf(t, server)).Reveal()
	guard := guardOf(t, server, withMemory(time.Hour))
	handler := guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.Header.Set("X-Session-Token", token)
	w := httptest.NewRecorder()
	require.LessOrEqual(t, testing.AllocsPerRun(100, func() { handler.ServeHTTP(w, request) }), 2.0)
	require.Equal(t, http.StatusOK, w.Code)
}

// TestACallThatDoesNotReturn checks that such a call is a failure of the server for all who
// wait.
func TestACallThatDoesNotReturn(t *testing.T) {
	t.Parallel()
	guard := guardOf(t, roundTrip(func(*http.Request) (*http.Response, error) {
		runtime.Goexit()
		return nil, errLogin
	}))
	for range 2 {
		_, err := guard.Check(t.Context(), session.TokenCredential(orylogin.NewSecret("x")))
		refused(t, err, http.StatusServiceUnavailable, orylogin.OutcomeOther)
	}
}
