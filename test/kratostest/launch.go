package kratostest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// readyLimit is for a Kratos that hangs. One that ends is not waited for, and on a busy
// machine a good one takes more than a minute.
const readyLimit = 5 * time.Minute

// attempts are the free ports that are tried.
const attempts = 10

// errPortTaken says that something else took a port between the moment it was
// found free and the moment Kratos listened on it.
var errPortTaken = errors.New("a port is in use")

// launch starts a server and waits until it answers. It tries again if another
// program has taken one of the free ports.
func launch(ctx context.Context, settings []Setting) (*Server, error) {
	program, err := Build()
	if err != nil {
		return nil, err
	}
	for range attempts {
		var server *Server
		server, err = attempt(ctx, program, settings)
		if !errors.Is(err, errPortTaken) {
			return server, err
		}
	}
	return nil, err
}

func attempt(ctx context.Context, program string, settings []Setting) (*Server, error) {
	config, err := configure(ctx, settings)
	if err != nil {
		return nil, fmt.Errorf("configure Kratos: %w", err)
	}
	process, mark, err := serve(ctx, program, config)
	if err != nil {
		return nil, err
	}
	server := &Server{
		PublicURL: config.url(publicPort),
		AdminURL:  config.url(adminPort),
		process:   process,
		client:    newClient(),
		config:    config,
		mails:     map[string]bool{},
	}
	if err := server.awaitReady(ctx, mark); err != nil {
		defer server.Stop()
		return nil, fmt.Errorf("start Kratos: %w; the end of its log:\n%s", err, process.logTail())
	}
	return server, nil
}

// serve starts Kratos with the configuration, in a directory of its own, and returns
// the mark of the configuration.
func serve(ctx context.Context, program string, config configuration) (*process, string, error) {
	dir, err := os.MkdirTemp("", "kratostest-")
	if err != nil {
		return nil, "", fmt.Errorf("create a directory for Kratos: %w", err)
	}
	mark, err := config.write(configFile(dir))
	if err != nil {
		return nil, "", errors.Join(fmt.Errorf("write the configuration of Kratos: %w", err), os.RemoveAll(dir))
	}
	// The flag --dev has a default that wins over the key in the file.
	dev := fmt.Sprintf("--dev=%t", config.get("dev") == true)
	process, err := startProcess(ctx, dir, program, "serve", dev, "--sqa-opt-out", "--config", configFile(dir))
	if err != nil {
		return nil, "", errors.Join(err, os.RemoveAll(dir))
	}
	return process, mark, nil
}

func configFile(dir string) string { return filepath.Join(dir, "kratos.json") }

// awaitReady waits until both listeners answer and the server follows the
// configuration with the mark. It fails at once when Kratos ends before that.
func (s *Server) awaitReady(ctx context.Context, mark string) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
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
			return s.failure(err)
		}
	}
	return nil
}

// ready reports whether this server, and not another one on its port, answers.
func (s *Server) ready(ctx context.Context, mark string) bool {
	return s.get(ctx, s.AdminURL+"/admin/health/ready", nil) == nil &&
		s.get(ctx, s.PublicURL+"/schemas/"+mark, nil) == nil
}

// failure returns why the server is not ready at the end of the wait.
func (s *Server) failure(waited error) error {
	select {
	case <-s.process.exited:
	default:
		return fmt.Errorf("wait for Kratos to be ready: %w", waited)
	}
	if strings.Contains(s.process.logTail(), "address already in use") {
		return errPortTaken
	}
	return errors.New("it has ended")
}

func newClient() *http.Client {
	return &http.Client{
		Transport:     &http.Transport{},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       readyLimit,
	}
}
