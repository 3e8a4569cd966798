package wire

import (
	"fmt"
	"io"
	"net"
	"sync"
)

// Cable forwards bytes to a server without reading them. Its connections can be dropped without
// notice, as by a firewall that has forgotten them. Its methods are safe for concurrent use.
type Cable struct {
	// Address is the host and port where the cable listens.
	Address string

	server   string
	listener net.Listener
	group    sync.WaitGroup

	mu    sync.Mutex // guards the fields below
	ends  []net.Conn
	drops chan struct{} // closed when the present connections are dropped
	made  int
}

// NewCable returns a cable to the server at an address.
func NewCable(server string) (*Cable, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	c := &Cable{Address: listener.Addr().String(), server: server, listener: listener, drops: make(chan struct{})}
	c.group.Go(c.accept)
	return c, nil
}

// Close closes the cable and its connections. It returns when all have ended.
func (c *Cable) Close() {
	_ = c.listener.Close()
	c.mu.Lock()
	for _, end := range c.ends {
		_ = end.Close()
	}
	c.mu.Unlock()
	c.group.Wait()
}

// Drop stops the forwarding of all present connections. They stay open.
func (c *Cable) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	close(c.drops)
	c.drops = make(chan struct{})
}

// Made returns the number of connections so far.
func (c *Cable) Made() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.made
}

func (c *Cable) accept() {
	for {
		client, err := c.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", c.server) //nolint:noctx // a server of this test
		if err != nil {
			_ = client.Close()
			continue
		}
		c.mu.Lock()
		c.made++
		c.ends = append(c.ends, client, server)
		dropped := c.drops
		c.mu.Unlock()
		c.group.Go(func() { forward(server, client, dropped) })
		c.group.Go(func() { forward(client, server, dropped) })
	}
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
