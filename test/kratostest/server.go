package kratostest

import (
	"context"
	"net/http"
	"sync"
	"testing"
)

// Server is a running Kratos. Its methods may be called from several
// goroutines.
type Server struct {
	// PublicURL is the base URL of the public API, without a slash at the end.
	PublicURL string
	// AdminURL is the base URL of the admin API, without a slash at the end.
	AdminURL string

	process *process
	client  *http.Client

	mu    sync.Mutex
	mails map[string]bool // the mails that Code has looked at, by their id
}

// Start starts a Kratos for a test and stops it at the end of the test, or
// when the process dies, whatever way it does. If the test fails, the end of
// Kratos's log is in its output.
func Start(tb testing.TB, settings ...Setting) *Server {
	tb.Helper()
	server, err := launch(tb.Context(), freePort, settings)
	if err != nil {
		tb.Fatalf("kratostest: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of the log of Kratos:\n%s", server.process.logTail())
		}
		server.Stop()
	})
	return server
}

// Run is Start without a test, for programs. The server stops when ctx ends,
// when Stop is called, or when the process dies.
func Run(ctx context.Context, settings ...Setting) (*Server, error) {
	server, err := launch(ctx, freePort, settings)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, server.Stop)
	return server, nil
}

// Stop stops the server and returns when nothing of it is left. Further calls
// do nothing.
func (s *Server) Stop() {
	s.process.stop()
	s.client.CloseIdleConnections()
}

// Done returns a channel that is closed when the server has ended, be it
// because it was stopped or by itself.
func (s *Server) Done() <-chan struct{} {
	return s.process.exited
}
