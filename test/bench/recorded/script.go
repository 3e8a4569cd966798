package recorded

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
)

// Script says what is answered to each operation of a login.
type Script struct {
	Flow       Answer // to the creation and the fetching of a flow
	Submission Answer
	Session    Answer // to whoami
}

// LoginScript is the script of a login that succeeds.
func LoginScript() (Script, error) {
	var script Script
	for name, answer := range map[string]*Answer{
		"flow": &script.Flow, "submit_success": &script.Submission, "whoami": &script.Session,
	} {
		loaded, err := Load(name)
		if err != nil {
			return Script{}, err
		}
		*answer = loaded
	}
	return script, nil
}

func (s *Script) answer(request *http.Request) *Answer {
	switch {
	case request.Method == http.MethodPost:
		return &s.Submission
	case strings.HasPrefix(request.URL.Path, "/self-service/login"):
		return &s.Flow
	default:
		return &s.Session
	}
}

// RoundTrip answers from memory, without a server and a connection.
func (s *Script) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		_ = request.Body.Close()
	}
	answer := s.answer(request)
	return &http.Response{
		StatusCode:    answer.Status,
		Status:        strconv.Itoa(answer.Status) + " " + http.StatusText(answer.Status),
		Proto:         "HTTP/1.1",
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {answer.ContentType}},
		ContentLength: int64(len(answer.Body)),
		Body:          io.NopCloser(bytes.NewReader(answer.Body)),
		Request:       request,
	}, nil
}

// Server answers over loopback and counts the connections that are opened to it.
type Server struct {
	*httptest.Server
	opened atomic.Int64
}

// Serve starts a server that follows the script.
func (s *Script) Serve() *Server {
	server := &Server{Server: httptest.NewUnstartedServer(s)}
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			server.opened.Add(1)
		}
	}
	server.Start()
	return server
}

// Opened returns how many connections were opened so far.
func (s *Server) Opened() int { return int(s.opened.Load()) }

// ServeHTTP answers a request after it has read it.
func (s *Script) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	answer := s.answer(r)
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body)
}
