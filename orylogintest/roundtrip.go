package orylogintest

import (
	"io"
	"net/http"
	"net/http/httptest"
)

// RoundTrip answers a request without a network, as an [http.RoundTripper] does. It is for
// tests in a bubble of testing/synctest, where time stops while a goroutine waits for a
// socket. Call [NewServer] outside the bubble, and make the client with
// orylogin.WithHTTPClient(&http.Client{Transport: server}).
//
// Everything except [Server.Close] works as it does over the network.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	incoming := r.Clone(r.Context())
	incoming.RemoteAddr = "192.0.2.1:1234" // an address reserved for documentation, as in package httptest
	if r.Body == nil {
		incoming.Body = http.NoBody
	} else {
		defer func() { _ = r.Body.Close() }()
	}
	answer := httptest.NewRecorder()
	if !s.respond(answer, incoming) {
		return nil, io.EOF
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := answer.Result()
	response.Request = r
	return response, nil
}

// respond answers a request. It reports false if the handler cuts the connection.
func (s *Server) respond(w http.ResponseWriter, r *http.Request) bool {
	defer func() {
		if recovered := recover(); recovered != nil && recovered != http.ErrAbortHandler { //nolint:errorlint // as net/http does
			panic(recovered)
		}
	}()
	if s.isProvider(r.URL.Host) {
		s.serveProvider(w, r)
	} else {
		s.serve(w, r)
	}
	return true
}
