// Package wire is a TCP proxy that does to connections what networks do. It resets,
// half-closes, delays and cuts them at the byte that a test names. It counts the requests that
// arrive, so that a test can check whether a request was sent twice.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Proxy listens on loopback and forwards to a server. Its methods are safe for concurrent use.
type Proxy struct {
	// URL is the base URL of the proxy.
	URL string

	listener net.Listener
	group    sync.WaitGroup

	mu      sync.Mutex // guards the fields below
	server  string
	fault   Fault
	arrived map[string]int
	open    map[net.Conn]bool
	closed  bool
}

// New returns a proxy to the server at an address: a host and a port.
func New(server string) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // it does not wait
	if err != nil {
		return nil, fmt.Errorf("wire: %w", err)
	}
	p := &Proxy{
		URL: "http://" + listener.Addr().String(), server: server, listener: listener,
		arrived: map[string]int{}, open: map[net.Conn]bool{},
	}
	p.group.Go(p.accept)
	return p, nil
}

// Close stops the proxy and closes its connections. It returns when all have ended.
func (p *Proxy) Close() {
	_ = p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for conn := range p.open {
		_ = conn.Close()
	}
	p.mu.Unlock()
	p.group.Wait()
}

// Inject makes a fault happen from now on, instead of the one before. It also resets the count
// of the requests.
func (p *Proxy) Inject(fault Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = fault
	p.arrived = map[string]int{}
}

// Forward sends new connections to another server, or to none.
func (p *Proxy) Forward(server string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.server = server
}

// Arrived returns how many requests for a target have arrived. A target is a method and a path.
func (p *Proxy) Arrived(target string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.arrived[target]
}

// Open returns the number of connections from clients.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.open)
}

func (p *Proxy) accept() {
	for {
		conn, err := p.listener.Accept()
		if err != nil {
			return
		}
		if p.register(conn) {
			p.group.Go(func() { p.serve(conn.(*net.TCPConn)) })
		}
	}
}

func (p *Proxy) register(conn net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		_ = conn.Close()
		return false
	}
	p.open[conn] = true
	return true
}

func (p *Proxy) forget(conn net.Conn) {
	_ = conn.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.open, conn)
}

// count counts a request and returns the fault that happens to it.
func (p *Proxy) count(target string) Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arrived[target]++
	if p.fault.Stage == AtAccept || !p.fault.hits(target) || p.fault.Times > 0 && p.arrived[target] > p.fault.Times {
		return Fault{}
	}
	return p.fault
}

// current returns the present fault and server.
func (p *Proxy) current() (Fault, string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault, p.server
}

func (p *Proxy) serve(conn *net.TCPConn) {
	defer p.forget(conn)
	client := newSide(conn)
	fault, address := p.current()
	if fault.Stage == AtAccept {
		client.end(fault.End)
		return
	}
	dialed, err := net.DialTimeout("tcp", address, time.Minute) //nolint:noctx // it is bounded
	if err != nil {
		return
	}
	defer func() { _ = dialed.Close() }()
	server := newSide(dialed.(*net.TCPConn))
	for err == nil {
		err = p.exchange(client, server)
	}
}

// errEnded says that a connection has ended.
var errEnded = errors.New("wire: the connection has ended")

// exchange forwards one request to the server and its answer to the client.
func (p *Proxy) exchange(client, server *side) error {
	request, err := http.ReadRequest(client.reader)
	if err != nil {
		return err
	}
	fault := p.count(request.Method + " " + request.URL.Path)
	if fault.Stage == InRequest {
		_, _ = server.conn.Write(client.read.Bytes()[:min(fault.Bytes, client.read.Len())])
		client.end(fault.End)
		return errEnded
	}
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		return err
	}
	answer := []byte(fault.Answer)
	if fault.Answer == "" {
		if answer, err = server.ask(request, client.take()); err != nil {
			return err
		}
	}
	client.take()
	if err := client.pause(fault.Delay); err != nil {
		return err
	}
	return client.deliver(answer, fault)
}

// side is one of the two connections of an exchange.
type side struct {
	conn   *net.TCPConn
	read   *bytes.Buffer // the bytes that were read from it
	reader *bufio.Reader
}

func newSide(conn *net.TCPConn) *side {
	read := &bytes.Buffer{}
	return &side{conn: conn, read: read, reader: bufio.NewReader(io.TeeReader(conn, read))}
}

// take returns the bytes that were read, and forgets them.
func (s *side) take() []byte {
	defer s.read.Reset()
	return bytes.Clone(s.read.Bytes())
}

// ask sends a request and returns the bytes of the answer.
func (s *side) ask(request *http.Request, raw []byte) ([]byte, error) {
	if _, err := s.conn.Write(raw); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(s.reader, request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(io.Discard, response.Body)
	return s.take(), err
}

// deliver sends an answer, as far and as fast as a fault allows.
func (s *side) deliver(answer []byte, fault Fault) error {
	rest, ends := answer, fault.Stage == BeforeAnswer || fault.Stage == InAnswer
	if ends {
		rest = answer[:min(fault.Bytes, len(answer))]
	}
	for at := 0; at < len(rest); {
		size := len(rest) - at
		if fault.Chunk > 0 {
			size = min(size, max(fault.Chunk, fault.From-at))
		}
		if _, err := s.conn.Write(rest[at : at+size]); err != nil {
			return err
		}
		at += size
		if err := s.pause(fault.Pause); err != nil {
			return err
		}
	}
	if ends {
		s.end(fault.End)
		return errEnded
	}
	return nil
}

// pause waits, but not longer than the other side stays.
func (s *side) pause(length time.Duration) error {
	if length == 0 {
		return nil
	}
	if err := s.conn.SetReadDeadline(time.Now().Add(length)); err != nil {
		return err
	}
	if _, err := s.reader.Peek(1); err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
		return err
	}
	return s.conn.SetReadDeadline(time.Time{})
}

// end ends the connection.
func (s *side) end(how End) {
	switch how {
	case Reset:
		_ = s.conn.SetLinger(0)
		_ = s.conn.Close()
	case HalfClose:
		_ = s.conn.CloseWrite()
		_, _ = io.Copy(io.Discard, s.conn)
	case Silence:
		_, _ = io.Copy(io.Discard, s.conn)
	case Close:
		_ = s.conn.Close()
	}
}
