package hydratest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
)

// Server is a running Hydra. Its methods are safe for concurrent use.
type Server struct {
	// PublicURL is the base URL of the public API, and the issuer, without a slash at
	// the end.
	PublicURL string
	// AdminURL is the base URL of the admin API, without a slash at the end.
	AdminURL string

	process *daemon.Process
	client  *daemon.Client
}

// Start starts a Hydra for a test. The server stops when the test ends or the process dies. If
// the test fails, its output has the end of Hydra's log.
func Start(tb testing.TB, config Config) *Server {
	tb.Helper()
	server, err := launch(tb.Context(), config)
	if err != nil {
		tb.Fatalf("hydratest: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of the log of Hydra:\n%s", server.process.LogTail())
		}
		server.Stop()
	})
	return server
}

// Run is Start for programs that are no tests. The server stops when ctx ends, when Stop is
// called, or when the process dies.
func Run(ctx context.Context, config Config) (*Server, error) {
	server, err := launch(ctx, config)
	if err != nil {
		return nil, err
	}
	context.AfterFunc(ctx, server.Stop)
	return server, nil
}

// Stop stops the server and returns when it has ended. Further calls do nothing.
func (s *Server) Stop() {
	s.process.Stop()
	s.client.Close()
}

// Done returns a channel that is closed when the server has ended, because it was stopped or by
// itself.
func (s *Server) Done() <-chan struct{} { return s.process.Done() }

func launch(ctx context.Context, config Config) (*Server, error) {
	binary, err := Build()
	if err != nil {
		return nil, err
	}
	return daemon.Launch(func() (*Server, error) { return attempt(ctx, binary, config) })
}

func attempt(ctx context.Context, binary string, config Config) (*Server, error) {
	public, err := freeAddress(ctx, config.PublicPort)
	if err != nil {
		return nil, err
	}
	admin, err := freeAddress(ctx, config.AdminPort)
	if err != nil {
		return nil, err
	}
	encoded, mark, err := config.encode(public, admin)
	if err != nil {
		return nil, fmt.Errorf("configure Hydra: %w", err)
	}
	process, err := program.Start(ctx, binary, encoded, func(file string) []string {
		return []string{"serve", "all", "--dev", "--sqa-opt-out", "--config", file}
	})
	if err != nil {
		return nil, err
	}
	server := &Server{PublicURL: public.url(), AdminURL: admin.url(), process: process, client: daemon.NewClient()}
	if err := process.Await(ctx, func(ctx context.Context) bool { return server.ready(ctx, mark) }); err != nil {
		defer server.Stop()
		return nil, fmt.Errorf("start Hydra: %w; the end of its log:\n%s", err, process.LogTail())
	}
	return server, nil
}

// ready reports whether both listeners answer and belong to this server.
func (s *Server) ready(ctx context.Context, mark string) bool {
	var discovery struct {
		Claims []string `json:"claims_supported"`
	}
	return s.client.Get(ctx, s.AdminURL+"/health/ready", nil) == nil &&
		s.client.Get(ctx, s.PublicURL+"/.well-known/openid-configuration", &discovery) == nil &&
		slices.Contains(discovery.Claims, mark)
}
