package daemon

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
)

const loopback = "127.0.0.1"

// Systems use ports from 32768 on for outgoing connections. Such a port could be taken before
// the server listens on it.
const lowestPort, highestPort = 15_000, 32_000

// FreePort returns a port that nothing listens on: the first free one of the preferred ports
// that are not zero, or else a random one.
func FreePort(ctx context.Context, preferred ...int) (int, error) {
	const tries = 100
	var config net.ListenConfig
	var failures error
	for i := range tries {
		port := lowestPort + rand.IntN(highestPort-lowestPort) //nolint:gosec // no secret depends on it
		if i < len(preferred) {
			port = cmp.Or(preferred[i], port)
		}
		listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("%s:%d", loopback, port))
		if err == nil {
			return port, listener.Close()
		}
		failures = errors.Join(failures, err)
	}
	return 0, failures
}
