package recorded

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
)

// Script has the answer to each operation of a successful login.
type Script struct {
	Flow       Answer // to the creation and the fetching of a flow
	Submission Answer
	Session    Answer // to whoami
}

// LoadScript returns the script.
func LoadScript() Script { return Script{Load("flow"), Load("submit_success"), Load("whoami")} }

func (s Script) answer(request *http.Request) Answer {
	switch {
	case request.Method == http.MethodPost:
		return s.Submission
	case strings.HasPrefix(request.URL.Path, "/self-service/login"):
		return s.Flow
	default:
		return s.Session
	}
}

// Server answers over loopback and counts its connections.
type Server struct {
	*httptest.Server
	Opened atomic.Int64
}

// Serve starts a server with the answers of the script.
func (s Script) Serve() *Server {
	server := &Server{Server: httptest.NewUnstartedServer(http.HandlerFunc(s.serve))}
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			server.Opened.Add(1)
		}
	}
	server.Start()
	return server
}

// serve reads a request completely and then answers it.
func (s Script) serve(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	answer := s.answer(r)
	w.Header().Set("Content-Type", answer.ContentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(answer.Body)))
	w.WriteHeader(answer.Status)
	_, _ = w.Write(answer.Body)
}
