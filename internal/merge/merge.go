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

// Group are the calls under way, one for each key, so that what one of them returns is never
// older than what the one before has returned. The zero Group is ready for use, by several
// goroutines.
type Group[K comparable, T any] struct {
	mu    sync.Mutex
	byKey map[K]*call[T]
}

// Result is what a call has returned.
type Result[T any] struct {
	Value T

	// Began is when the call began, or the value is from: a call may set it.
	Began time.Time

	// Keep is until when others get the same result. Zero is for those only who wait.
	Keep time.Time
}

type call[T any] struct {
	done   chan struct{} // closed when the rest is there
	result Result[T]
	err    error
}

var errLost = errors.New("the call did not return")

// kept is how many results a Group keeps.
const kept = 1000

// Do returns the result of a call that began at since or later, or that is kept. If there is
// none, it waits for the one that is under way, and then calls ask in a goroutine of its own.
// That goes on when ctx ends, and its own context ends after limit. The error is that of ctx,
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

// join returns the call of a key, or a new one.
func (g *Group[K, T]) join(ctx context.Context, key K, limit time.Duration, ask func(context.Context) Result[T]) *call[T] {
	g.mu.Lock()
	defer g.mu.Unlock()
	if shared := g.byKey[key]; shared != nil {
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
		started.result, started.err = ask(ctx), nil
	}()
	return started
}

// growStack gives a new goroutine the stack of 32 KiB that a request and the decoding of its
// answer need. Otherwise the stack grows to that in steps, and each step copies the calls that
// are on it by then. That takes a fifth of the time of a call.
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
	if wait <= 0 || len(g.byKey) > kept {
		ended.result.Keep = time.Time{}
		delete(g.byKey, key)
		return
	}
	time.AfterFunc(wait, func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		delete(g.byKey, key)
	})
}
