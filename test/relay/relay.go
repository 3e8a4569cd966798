// Package relay accepts connections on loopback and opens a connection to a server for each.
package relay

import (
	"fmt"
	"net"
	"sync"
)

// Relay is a way to a server. Its methods are safe for concurrent use.
type Relay struct {
	// Address is the host and port where the relay listens.
	Address string

	server   string
	forward  func(client, server net.Conn) (up, down func())
	listener net.Listener
	group    sync.WaitGroup

	mu     sync.Mutex // guards the fields below
	ends   []net.Conn
	closed bool
}

// Start starts a relay to the server at an address. forward returns what copies the bytes of a
// new connection in each direction. Both functions run until they return.
func Start(server string, forward func(client, server net.Conn) (up, down func())) (*Relay, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	r := &Relay{Address: listener.Addr().String(), server: server, forward: forward, listener: listener}
	r.group.Go(r.accept)
	return r, nil
}

// Close closes the relay and its connections. It returns when all have ended.
func (r *Relay) Close() {
	_ = r.listener.Close()
	r.mu.Lock()
	r.closed = true
	for _, end := range r.ends {
		_ = end.Close()
	}
	r.mu.Unlock()
	r.group.Wait()
}

// Made returns the number of connections so far.
func (r *Relay) Made() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ends) / 2
}

func (r *Relay) accept() {
	for {
		client, err := r.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", r.server) //nolint:noctx // a server of this test
		if err != nil {
			_ = client.Close()
			continue
		}
		r.keep(client, server)
		up, down := r.forward(client, server)
		r.group.Go(up)
		r.group.Go(down)
	}
}

// keep keeps the ends of a connection for Close. After Close, it closes them.
func (r *Relay) keep(ends ...net.Conn) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends = append(r.ends, ends...)
	if r.closed {
		for _, end := range ends {
			_ = end.Close()
		}
	}
}
