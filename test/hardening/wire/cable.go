package wire

import (
	"fmt"
	"io"
	"net"
	"sync"

	"github.com/orylogin/orylogin/test/relay"
)

// Cable forwards bytes to a server without reading them. Its connections can be dropped without
// notice, as by a firewall that has forgotten them. Its methods are safe for concurrent use.
type Cable struct {
	*relay.Relay

	mu    sync.Mutex    // guards the field below
	drops chan struct{} // closed when the present connections are dropped
}

// NewCable returns a cable to the server at an address.
func NewCable(server string) (*Cable, error) {
	c := &Cable{drops: make(chan struct{})}
	started, err := relay.Start(server, c.connect)
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	c.Relay = started
	return c, nil
}

// Drop stops the forwarding of all present connections. They stay open.
func (c *Cable) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.drops)
	c.drops = make(chan struct{})
}

// connect returns what forwards a connection in each direction until it is dropped.
func (c *Cable) connect(client, server net.Conn) (func(), func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	dropped := c.drops
	return func() { forward(server, client, dropped) }, func() { forward(client, server, dropped) }
}

// forward copies bytes. It discards them after the connection is dropped.
func forward(to io.WriteCloser, from io.Reader, dropped <-chan struct{}) {
	buffer := make([]byte, 32<<10)
	for {
		count, err := from.Read(buffer)
		select {
		case <-dropped:
			if err != nil {
				return // the other side gets no notice
			}
			continue
		default:
		}
		if _, failed := to.Write(buffer[:count]); err != nil || failed != nil {
			_ = to.Close()
			return
		}
	}
}
