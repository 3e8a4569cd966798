package orylogintest

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Handle has a handler answer an operation from now on; nil gives it back to the
// server. The handler may have some requests answered as usual: the server itself is
// the handler that does so.
func (s *Server) Handle(operation Operation, handler http.Handler) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced[operation] = handler
}

// Respond has an operation answered with a status and a body from now on. A body
// that begins with { is JSON.
func (s *Server) Respond(operation Operation, status int, body string) {
	s.Handle(operation, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if strings.HasPrefix(body, "{") {
			w.Header().Set("Content-Type", "application/json")
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
}

// Cut has the connection of an operation cut from now on, once the request is read
// and without an answer.
func (s *Server) Cut(operation Operation) {
	s.Handle(operation, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
}

// Delay has an operation answered as usual from now on, but only after a time, and
// not at all if the client has gone by then.
func (s *Server) Delay(operation Operation, by time.Duration) {
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
