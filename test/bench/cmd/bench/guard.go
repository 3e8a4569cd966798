package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/bench/contenders"
	"github.com/orylogin/orylogin/test/bench/measure"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

// cacheRoom is a cache size for about half of the crowd's sessions.
const cacheRoom = 2 << 20

// guards returns the experiments with services that check the session of a request.
func (l *laboratory) guards() []experiment {
	return []experiment{l.cachedChecks(), l.uncachedChecks(), l.coldCache(), l.fullCache(), l.signedChecks()}
}

// cachedChecks returns the experiment with requests to a handler behind a guard and to one
// without a guard.
func (l *laboratory) cachedChecks() experiment {
	made := experiment{name: cachedCheck, rounds: l.rounds}
	alone := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	client := newClient("http://127.0.0.1", lasting(l.script.Session))
	guard := newGuard(client, session.WithCache(session.NewMemoryCache(cacheRoom), time.Hour))
	for _, each := range []struct {
		name    string
		handler http.Handler
	}{{"no guard", alone}, {contenders.Ours, guard.Wrap(alone)}} {
		request := httptest.NewRequestWithContext(l.ctx, http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", "token")
		w := httptest.NewRecorder()
		made.add(each.name, measure.Repeat(l.length, func() error {
			each.handler.ServeHTTP(w, request)
			if w.Code != http.StatusOK {
				return fmt.Errorf("the guard answers %d", w.Code)
			}
			return nil
		}))
	}
	return made
}

// uncachedChecks returns the experiment in which each check asks a server in this process.
func (l *laboratory) uncachedChecks() experiment {
	made := experiment{name: uncachedCheck, rounds: l.rounds}
	server := l.script.Serve()
	context.AfterFunc(l.ctx, server.Close)
	guard, credential := newGuard(newClient(server.URL, nil)), session.TokenCredential(orylogin.NewSecret("token"))
	made.add(contenders.Ours, measure.Repeat(l.length, func() error {
		_, err := guard.Check(l.ctx, credential)
		return err
	}))
	for _, contender := range contenders.All() {
		if contender.Name == contenders.ByHand {
			client := contender.New(server.URL, nil)
			made.add(contender.Name, measure.Repeat(l.length, func() error { return whoami(l.ctx, client) }))
		}
	}
	return made
}

// coldCache returns the experiment in which many callers with one credential come at the same
// time.
func (l *laboratory) coldCache() experiment {
	made := experiment{name: coldCache, rounds: l.rounds}
	made.add(contenders.Ours, func() (measure.Cost, error) {
		var asked atomic.Int64
		answer := lasting(l.script.Session)
		client := newClient("http://127.0.0.1", roundTrip(func(r *http.Request) (*http.Response, error) {
			asked.Add(1)
			time.Sleep(time.Millisecond)
			return answer.RoundTrip(r)
		}))
		guard := newGuard(client, session.WithCache(session.NewMemoryCache(cacheRoom), time.Hour))
		cost, err := measure.Run(1, func() error {
			return crowdOf(256, func(int) error {
				_, err := guard.Check(l.ctx, session.TokenCredential(orylogin.NewSecret("token")))
				return err
			})
		})
		cost.Requests = float64(asked.Load())
		return cost, err
	})
	return made
}

// fullCache returns the experiment in which many callers check more sessions than the cache can
// keep.
func (l *laboratory) fullCache() experiment {
	made := experiment{name: fullCache, rounds: 1}
	made.add(contenders.Ours, func() (measure.Cost, error) {
		guard := newGuard(newClient("http://127.0.0.1", lasting(l.script.Session)),
			session.WithCache(session.NewMemoryCache(cacheRoom), time.Hour))
		before := inUse()
		cost, err := measure.Run(64*1000, func() error {
			return crowdOf(64, func(caller int) error {
				for i := range 1000 {
					token := orylogin.NewSecret(fmt.Sprint("token-", (i+caller*16)%1000))
					if _, err := guard.Check(l.ctx, session.TokenCredential(token)); err != nil {
						return err
					}
				}
				return nil
			})
		})
		cost.Kept = inUse() - before
		runtime.KeepAlive(guard)
		return cost, err
	})
	return made
}

// crowdOf calls f for each of the callers at the same time.
func crowdOf(callers int, f func(caller int) error) error {
	failed := make(chan error, callers)
	var group sync.WaitGroup
	for caller := range callers {
		group.Go(func() {
			if err := f(caller); err != nil {
				failed <- err
			}
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// inUse returns how many bytes of the heap are in use.
func inUse() float64 {
	var memory runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&memory)
	return float64(memory.HeapAlloc)
}

func newClient(baseURL string, transport http.RoundTripper) *orylogin.Client {
	var options []orylogin.Option
	if transport != nil {
		options = append(options, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
	}
	client, err := orylogin.New(baseURL, options...)
	if err != nil {
		panic(err)
	}
	return client
}

func newGuard(client *orylogin.Client, options ...session.GuardOption) *session.Guard {
	guard, err := session.NewGuard(client, options...)
	if err != nil {
		panic(err)
	}
	return guard
}

// lasting returns a recorded answer with a session that has not expired.
func lasting(answer recorded.Answer) recorded.Answer {
	var members map[string]any
	if err := json.Unmarshal(answer.Body, &members); err != nil {
		panic(err)
	}
	members["expires_at"] = time.Now().Add(24 * time.Hour)
	body, err := json.Marshal(members)
	if err != nil {
		panic(err)
	}
	answer.Body = body
	return answer
}

// roundTrip is a function that is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
