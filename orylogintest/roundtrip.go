package orylogintest

import (
	"cmp"
	"io"
	"net/http"
	"net/http/httptest"
	"testing/iotest"
)

// InMemory returns a transport whose requests a handler answers, without a network. It is for
// tests in a bubble of testing/synctest, where time stops while a goroutine waits for a socket.
// The handler can be a service that the tested program calls.
//
// The answer comes when the handler has returned. If the handler panics with
// [http.ErrAbortHandler], no answer comes. If it writes less than the Content-Length that it has
// set, the answer is cut off.
func InMemory(handler http.Handler) http.RoundTripper { return inMemory{handler} }

type inMemory struct{ handler http.Handler }

// RoundTrip lets the handler answer a request.
func (m inMemory) RoundTrip(r *http.Request) (*http.Response, error) {
	incoming := r.Clone(r.Context())
	incoming.Host, incoming.RequestURI = cmp.Or(r.Host, r.URL.Host), r.URL.RequestURI()
	incoming.URL.Scheme, incoming.URL.Host = "", ""
	incoming.RemoteAddr = "192.0.2.1:1234" // an address reserved for documentation, as in package httptest
	if r.Body == nil {
		incoming.Body = http.NoBody
	} else {
		defer func() { _ = r.Body.Close() }()
	}
	answer := httptest.NewRecorder()
	if !m.respond(answer, incoming) {
		return nil, io.EOF
	}
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	response := answer.Result()
	response.Request = r
	switch {
	case r.Method == http.MethodHead, response.StatusCode == http.StatusNotModified:
		response.Body = http.NoBody
	case response.ContentLength > int64(answer.Body.Len()):
		response.Body = io.NopCloser(io.MultiReader(response.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
	}
	return response, nil
}

// respond answers a request. It reports false if the handler cuts the connection.
func (m inMemory) respond(w http.ResponseWriter, r *http.Request) bool {
	defer func() {
		if recovered := recover(); recovered != nil && recovered != http.ErrAbortHandler { //nolint:errorlint // as net/http does
			panic(recovered)
		}
	}()
	m.handler.ServeHTTP(w, r)
	return true
}

// RoundTrip answers a request without a network, as an [http.RoundTripper] does. It is for
// tests in a bubble of testing/synctest: see [InMemory]. Call [NewServer] outside the bubble,
// and make the client with orylogin.WithHTTPClient(&http.Client{Transport: server}).
//
// Everything except [Server.Close] works as it does over the network.
func (s *Server) RoundTrip(r *http.Request) (*http.Response, error) {
	if s.isProvider(r.URL.Host) {
		return InMemory(http.HandlerFunc(s.serveProvider)).RoundTrip(r)
	}
	return InMemory(http.HandlerFunc(s.serve)).RoundTrip(r)
}
