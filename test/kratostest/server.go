package kratostest

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
)

// Server is a running Kratos. Its methods are safe for concurrent use.
type Server struct {
	// PublicURL is the base URL of the public API, without a slash at the end.
	PublicURL string
	// AdminURL is the base URL of the admin API, without a slash at the end.
	AdminURL string
	// Release is the release of the binary.
	Release Release

	process *daemon.Process
	client  *daemon.Client

	mu     sync.Mutex // guards the fields below
	config configuration
	mark   string          // the mark of the configuration
	mails  map[string]bool // the ids of the mails that Code has seen
}

// Start starts a Kratos for a test. The server stops when the test ends or the process dies. If
// the test fails, its output has the end of Kratos's log.
func Start(tb testing.TB, settings ...Setting) *Server {
	tb.Helper()
	server, err := launch(tb.Context(), settings)
	if err != nil {
		tb.Fatalf("kratostest: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of the log of Kratos:\n%s", server.process.LogTail())
		}
		server.Stop()
	})
	return server
}

// Run is Start for programs that are no tests. The server stops when ctx ends, when Stop is
// called, or when the process dies.
func Run(ctx context.Context, settings ...Setting) (*Server, error) {
	server, err := launch(ctx, settings)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, server.Stop)
	return server, nil
}

// Change changes the configuration of the running server, and returns when the server uses it.
// Existing things, such as a flow, stay as they are. The ports and the log cannot be changed.
func (s *Server) Change(ctx context.Context, settings ...Setting) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.config.apply(settings); err != nil {
		return fmt.Errorf("configure Kratos: %w", err)
	}
	encoded, mark, err := s.config.encode()
	if err != nil {
		return fmt.Errorf("configure Kratos: %w", err)
	}
	if err := s.process.Configure(encoded); err != nil {
		return err
	}
	if err := s.awaitReady(ctx, mark); err != nil {
		return fmt.Errorf("change the configuration of Kratos: %w", err)
	}
	s.mark = mark
	return nil
}

// Halt ends the server with a signal, SIGTERM or SIGKILL, and returns when it has ended. If the
// database is not in the server's memory, Resume restores the same state.
func (s *Server) Halt(signal syscall.Signal) error {
	s.client.Close()
	return s.process.Halt(signal)
}

// Resume starts the server again, at the same ports, and returns when it answers.
func (s *Server) Resume(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.process.Resume(ctx); err != nil {
		return err
	}
	if err := s.awaitReady(ctx, s.mark); err != nil {
		return fmt.Errorf("start Kratos again: %w; the end of its log:\n%s", err, s.process.LogTail())
	}
	return nil
}

// AdminAPI returns the URL of the admin API with the prefix /admin, which releases after v0.8
// have.
func (s *Server) AdminAPI() string {
	if s.Release == V0_8 {
		return s.AdminURL
	}
	return s.AdminURL + "/admin"
}

// Stop stops the server and returns when it has ended. Further calls do nothing.
func (s *Server) Stop() {
	s.process.Stop()
	s.client.Close()
}

// Done returns a channel that is closed when the server has ended, because it was stopped or by
// itself.
func (s *Server) Done() <-chan struct{} {
	return s.process.Done()
}
