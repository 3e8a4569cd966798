package kratostest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

const (
	startLimit = 30 * time.Second
	attempts   = 3
)

// errPortTaken says that something else took a port between the moment it was
// found free and the moment Kratos listened on it.
var errPortTaken = errors.New("a port is in use")

// launch starts a server and waits until it answers. It tries again with other
// ports if the ones from pick are taken.
func launch(ctx context.Context, pick portPicker, settings []Setting) (*Server, error) {
	program, err := Build()
	if err != nil {
		return nil, err
	}
	for range attempts {
		var server *Server
		server, err = attempt(ctx, program, pick, settings)
		if !errors.Is(err, errPortTaken) {
			return server, err
		}
	}
	return nil, err
}

func attempt(ctx context.Context, program string, pick portPicker, settings []Setting) (*Server, error) {
	config, err := configure(ctx, settings, pick)
	if err != nil {
		return nil, fmt.Errorf("configure Kratos: %w", err)
	}
	mark := "kratostest-" + rand.Text()
	if err := config.mark(mark); err != nil {
		return nil, fmt.Errorf("configure Kratos: %w", err)
	}
	process, err := serve(ctx, program, config)
	if err != nil {
		return nil, err
	}
	server := &Server{
		PublicURL: config.url(publicPort),
		AdminURL:  config.url(adminPort),
		process:   process,
		client:    newClient(),
		mails:     map[string]bool{},
	}
	if err := server.awaitReady(ctx, mark); err != nil {
		defer server.Stop()
		return nil, fmt.Errorf("%w; the end of the log of Kratos:\n%s", err, process.logTail())
	}
	return server, nil
}

// serve starts Kratos with the configuration, in a directory of its own.
func serve(ctx context.Context, program string, config configuration) (*process, error) {
	dir, err := os.MkdirTemp("", "kratostest-")
	if err != nil {
		return nil, fmt.Errorf("create a directory for Kratos: %w", err)
	}
	process, err := serveIn(ctx, dir, program, config)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return process, nil
}

func serveIn(ctx context.Context, dir, program string, config configuration) (*process, error) {
	encoded, err := json.MarshalIndent(config, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("encode the configuration of Kratos: %w", err)
	}
	file := filepath.Join(dir, "kratos.json")
	if err := os.WriteFile(file, encoded, 0o600); err != nil {
		return nil, fmt.Errorf("write the configuration of Kratos: %w", err)
	}
	// The flag --dev has a default that wins over the key in the file.
	dev := fmt.Sprintf("--dev=%t", config.get("dev") == true)
	return startProcess(ctx, dir, program, "serve", dev, "--sqa-opt-out", "--config", file)
}

// awaitReady waits until both listeners answer, and fails at once when Kratos
// ends before that.
func (s *Server) awaitReady(ctx context.Context, mark string) error {
	ctx, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	go func() {
		select {
		case <-s.process.exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	for !s.ready(ctx, mark) {
		if err := sleep(ctx, 10*time.Millisecond); err != nil {
			return s.startFailure(err)
		}
	}
	return nil
}

// ready reports whether this server, and not another one on its port, answers.
func (s *Server) ready(ctx context.Context, mark string) bool {
	return s.get(ctx, s.AdminURL+"/admin/health/ready", nil) == nil &&
		s.get(ctx, s.PublicURL+"/schemas/"+mark, nil) == nil
}

// startFailure returns why the server is not ready at the end of the wait.
func (s *Server) startFailure(waited error) error {
	select {
	case <-s.process.exited:
	default:
		return fmt.Errorf("wait for Kratos to be ready: %w", waited)
	}
	if strings.Contains(s.process.logTail(), "address already in use") {
		return fmt.Errorf("start Kratos: %w", errPortTaken)
	}
	return errors.New("start Kratos: it ended before it was ready")
}

func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       30 * time.Second,
	}
}
