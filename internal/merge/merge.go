// Package merge lets any number of callers share one call.
package merge

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"time"
)

// Group has the calls under way, at most one for each key. So a result is never older than the
// result before it. The zero Group is ready for use. It is safe for concurrent use.
type Group[K comparable, T any] struct {
	mu    sync.Mutex
	byKey map[K]*call[T]
}

// Result is the result of a call.
type Result[T any] struct {
	Value T

	// Began is when the call began. A call may set it to the time that its value is from.
	Began time.Time

	// Keep is the time until which later callers get the same result. If it is zero, only the
	// callers that wait get it.
	Keep time.Time

	// Land is called before the callers get the result, unless Forget was called meanwhile.
	Land func()
}

type call[T any] struct {
	done   chan struct{} // closed when the other fields are set
	result Result[T]
	err    error
}

var errLost = errors.New("the call did not return")

// kept is the number of results that a Group keeps.
const kept = 1000

// Do returns the result of a call that began at since or later, or a kept result. If there is
// none, Do calls ask in a new goroutine, after the call under way has ended. The new call
// continues when ctx ends, and its own context ends after limit. The error is the error of ctx,
// or says that ask has not returned.
func (g *Group[K, T]) Do(
	ctx context.Context, key K, since time.Time, limit time.Duration, ask func(context.Context) Result[T],
) (Result[T], error) {
	for ctx.Err() == nil {
		shared := g.join(ctx, key, limit, ask)
		select {
		case <-ctx.Done():
		case <-shared.done:
			if result := shared.result; !result.Keep.IsZero() || !result.Began.Before(since) {
				return result, shared.err
			}
		}
	}
	return Result[T]{}, fmt.Errorf("waiting for the answer: %w", ctx.Err())
}

// join returns the call under way or the kept result for a key. If there is neither, it starts
// a call.
func (g *Group[K, T]) join(ctx context.Context, key K, limit time.Duration, ask func(context.Context) Result[T]) *call[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shared := g.byKey[key]; shared != nil && !shared.over() {
		return shared
	}
	if g.byKey == nil {
		g.byKey = map[K]*call[T]{}
	}
	started := &call[T]{done: make(chan struct{}), result: Result[T]{Began: time.Now()}, err: errLost}
	g.byKey[key] = started
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), limit)
	go func() {
		defer cancel()
		defer g.land(key, started)
		growStack()
		result := ask(ctx)
		if result.Land != nil && g.has(key, started) {
			result.Land()
		}
		started.result, started.err = result, nil
	}()
	return started
}

// Forget makes later callers share neither the call under way nor a kept result.
func (g *Group[K, T]) Forget(key K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.byKey, key)
}

// has reports whether later callers can share the call.
func (g *Group[K, T]) has(key K, started *call[T]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.byKey[key] == started
}

// growStack grows the stack of a new goroutine to 32 KiB at once: a request and the decoding of
// its answer need that much. Otherwise the stack grows in steps, and each step copies the whole
// stack. This would be a fifth of the time of a call.
//
//go:noinline
func growStack() {
	var space [16 << 10]byte
	runtime.KeepAlive(&space)
}

func (g *Group[K, T]) land(key K, ended *call[T]) {
	defer close(ended.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	wait := time.Until(ended.result.Keep)
	if wait <= 0 || len(g.byKey) > kept || g.byKey[key] != ended {
		ended.result.Keep = time.Time{}
		g.drop(key, ended)
		return
	}
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.drop(key, ended)
	})
}

// drop removes a call, unless another one has taken its place. The caller holds the lock.
func (g *Group[K, T]) drop(key K, ended *call[T]) {
	if g.byKey[key] == ended {
		delete(g.byKey, key)
	}
}

// over reports whether the time of a kept result has passed, even if its timer has not run yet.
func (c *call[T]) over() bool {
	select {
	case <-c.done:
		return !time.Now().Before(c.result.Keep)
	default:
		return false
	}
}
