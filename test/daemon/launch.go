package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// readyLimit is for a server that hangs. One that ends is not waited for, and on a busy
// machine a good one takes more than a minute.
const readyLimit = 5 * time.Minute

// attempts are the free ports that are tried.
const attempts = 10

// errPortTaken says that something else took a port between the moment it was
// found free and the moment the server listened on it.
var errPortTaken = errors.New("a port is in use")

// Launch makes attempts to start a server, each with ports of its own, until one does not
// fail because another program has taken a port.
func Launch[S any](attempt func() (S, error)) (S, error) {
	for range attempts - 1 {
		server, err := attempt()
		if !errors.Is(err, errPortTaken) {
			return server, err
		}
	}
	return attempt()
}

// Await waits until ready says so. It fails at once when the server has ended before that.
func (p *Process) Await(ctx context.Context, ready func(context.Context) bool) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	go func() {
		select {
		case <-p.Done():
			cancel()
		case <-ctx.Done():
		}
	}()
	for !ready(ctx) {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return p.failure(err)
		}
	}
	return nil
}

// failure returns why the server is not ready at the end of the wait.
func (p *Process) failure(waited error) error {
	select {
	case <-p.Done():
	default:
		return fmt.Errorf("wait for %s to be ready: %w", p.name, waited)
	}
	if strings.Contains(strings.ToLower(p.LogTail()), "address already in use") {
		return errPortTaken
	}
	return errors.New("it has ended")
}
