package orylogintest

import (
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// Handle has a handler answer an operation from now on; nil gives it back to the
// server. A handler that concerns some requests only passes the others on to the
// server, which is a handler, too; one that counts can fail the first request and no
// other.
func (s *Server) Handle(operation Operation, handler http.Handler) {
	s.tb.Helper()
	s.mustKnow(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.replaced[operation] = handler
}

// Respond has an operation answered with a status and a body from now on, until
// [Server.Handle] ends it. What can be read as JSON is sent as JSON.
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

// Cut has the connection of an operation cut from now on, once the request is read
// and without an answer, until [Server.Handle] ends it.
func (s *Server) Cut(operation Operation) {
	s.tb.Helper()
	s.Handle(operation, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(http.ErrAbortHandler)
	}))
}

// Delay has an operation answered as usual from now on, but only after a time, and
// not at all if the client has gone by then, until [Server.Handle] ends it.
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
