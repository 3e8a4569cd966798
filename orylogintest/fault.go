package orylogintest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"time"
)

// Handle makes a handler answer an operation from now on. With a nil handler the server
// answers it again. An unknown operation fails the test.
//
// The [Server] is an http.Handler, too: a handler for some requests can pass the others on to
// it.
func (s *Server) Handle(operation Operation, handler http.Handler) {
	s.tb.Helper()
	s.mustKnow(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced[operation] = handler
}

// Respond answers an operation with a status and a body from now on, until
// Handle(operation, nil). A body that is valid JSON is sent as JSON. An unknown operation
// fails the test.
func (s *Server) Respond(operation Operation, status int, body string) {
	s.tb.Helper()
	s.Handle(operation, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if json.Valid([]byte(body)) {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

// cut closes the connection without an answer.
var cut = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })

// Cut reads the requests of an operation from now on and closes their connections
// without an answer, until Handle(operation, nil). An unknown operation fails the test.
// To cut all operations, see [Server.SetDown].
func (s *Server) Cut(operation Operation) {
	s.tb.Helper()
	s.Handle(operation, cut)
}

// SetDown takes the whole server down if down is true, and brings it back with all that it knows
// if down is false. While it is down, it reads each request and closes the connection without an
// answer. What [Server.Handle] has replaced gets no requests then, and stays replaced. The
// providers stay up. For a server that refuses connections, see [Server.Close].
func (s *Server) SetDown(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

// Delay makes the server wait before it answers an operation, from now on until
// Handle(operation, nil). If the client is gone by then, the request has no effect. An
// unknown operation fails the test.
func (s *Server) Delay(operation Operation, by time.Duration) {
	s.tb.Helper()
	s.Handle(operation, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		timer := time.NewTimer(by)
		defer timer.Stop()
		select {
		case <-timer.C:
			s.ServeHTTP(w, r)
		case <-r.Context().Done():
		}
	}))
}

// Close ends the server and the providers before the test ends: it cuts open connections and
// refuses new ones. Nothing undoes that: for a server that comes back, see [Server.SetDown]. After
// Close, a request over the network ends in an [orylogin.TransportError] with NotSent. A client
// that had a connection before may send the request there: then NotSent is false.
//
// The other methods still work, such as [Server.Requests]. Close can be called more than
// once, also by a handler of [Server.Handle].
func (s *Server) Close() {
	for _, site := range []*httptest.Server{s.http, s.providerSite} {
		if site != nil {
			_ = site.Listener.Close() // Config knows it only once it serves
			_ = site.Config.Close()
		}
	}
}
