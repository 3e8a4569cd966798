package kratostest

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
)

// Server is a running Kratos. Its methods may be called from several
// goroutines.
type Server struct {
	// PublicURL is the base URL of the public API, without a slash at the end.
	PublicURL string
	// AdminURL is the base URL of the admin API, without a slash at the end.
	AdminURL string
	// Release is that of the binary.
	Release Release

	process *daemon.Process
	client  *daemon.Client

	mu     sync.Mutex // guards what is below
	config configuration
	mark   string          // of the configuration
	mails  map[string]bool // the mails that Code has looked at, by their id
}

// Start starts a Kratos for a test and stops it at the end of the test, or
// when the process dies, whatever way it does. If the test fails, the end of
// Kratos's log is in its output.
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

// Run is Start without a test, for programs. The server stops when ctx ends,
// when Stop is called, or when the process dies.
func Run(ctx context.Context, settings ...Setting) (*Server, error) {
	server, err := launch(ctx, settings)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, server.Stop)
	return server, nil
}

// Change changes the configuration of the running server, and returns when the
// server follows it. What was made before, such as a flow, stays as it is. The ports
// and the log cannot be changed.
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

// Halt ends the server by a signal, SIGTERM or SIGKILL, and returns when it has ended. With
// a database outside of it, Resume brings it back as it was.
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

// AdminAPI returns the URL of the admin API with the prefix that releases after v0.8 have.
func (s *Server) AdminAPI() string {
	if s.Release == V0_8 {
		return s.AdminURL
	}
	return s.AdminURL + "/admin"
}

// Stop stops the server and returns when nothing of it is left. Further calls
// do nothing.
func (s *Server) Stop() {
	s.process.Stop()
	s.client.Close()
}

// Done returns a channel that is closed when the server has ended, be it
// because it was stopped or by itself.
func (s *Server) Done() <-chan struct{} {
	return s.process.Done()
}
