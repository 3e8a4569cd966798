package daemon

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
)

// readyLimit is the time limit for a server that hangs. Await does not wait for a server that
// has ended. On a busy machine, a working server can take more than a minute.
const readyLimit = 5 * time.Minute

// attempts is how many times a server is started with free ports.
const attempts = 10

// errPortTaken says that another program took a port after it was found free and before the
// server listened on it.
var errPortTaken = errors.New("a port is in use")

// Launch calls attempt, which starts a server with its own ports. It calls attempt again if
// another program has taken a port.
func Launch[S any](attempt func() (S, error)) (S, error) {
	for range attempts - 1 {
		server, err := attempt()
		if !errors.Is(err, errPortTaken) {
			return server, err
		}
	}
	return attempt()
}

// Await waits until ready returns true. It fails at once if the server has ended.
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

// failure returns why the server was not ready in time.
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
