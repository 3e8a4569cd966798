// Package nginxtest runs the system's nginx for tests, with their configuration, in the
// foreground and on loopback. It needs a unix system.
package nginxtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
)

var program = daemon.Program{Name: "nginx", Folder: "nginx", User: "www-data"}

// Proxy is a running nginx. Its methods are safe for concurrent use, except Configure, Halt and
// Resume.
type Proxy struct {
	// URL is the base URL for plain HTTP, without a slash at the end.
	URL string

	process *daemon.Process
	client  *daemon.Client
	binary  string
	address string
	mark    string
}

// Config is the part of the configuration that a test writes.
type Config struct {
	// HTTP is for the block http. It may have more servers.
	HTTP string

	// Server is for the block of the server at URL.
	Server string
}

// Start starts an nginx for a test and stops it when the test ends. Without nginx, the test is
// skipped.
func Start(tb testing.TB, config Config) *Proxy {
	tb.Helper()
	proxy, err := Run(tb.Context(), config)
	var missing *daemon.Missing
	switch {
	case errors.As(err, &missing):
		missing.Skip(tb)
	case err != nil:
		tb.Fatalf("nginxtest: %v", err)
	}
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("the end of the log of nginx:\n%s", proxy.process.LogTail())
		}
		proxy.Stop()
	})
	return proxy
}

// Run is Start for programs that are no tests. The proxy stops when Stop is called, or when the
// process dies.
func Run(ctx context.Context, config Config) (*Proxy, error) {
	binary, err := daemon.Nginx.Find()
	if err != nil {
		return nil, err
	}
	return daemon.Launch(func() (*Proxy, error) { return attempt(ctx, binary, config) })
}

func attempt(ctx context.Context, binary string, config Config) (*Proxy, error) {
	port, err := daemon.FreePort(ctx)
	if err != nil {
		return nil, err
	}
	p := &Proxy{client: daemon.NewClient(), binary: binary, address: fmt.Sprintf("127.0.0.1:%d", port)}
	p.URL = "http://" + p.address
	p.process, err = program.Start(ctx, binary, p.encode(config), func(file string) []string {
		return append(arguments(filepath.Dir(file)), "-g", "daemon off;")
	})
	if err != nil {
		return nil, err
	}
	if err := p.awaitReady(ctx); err != nil {
		defer p.Stop()
		return nil, fmt.Errorf("start nginx: %w; the end of its log:\n%s", err, p.process.LogTail())
	}
	return p, nil
}

func arguments(folder string) []string {
	return []string{"-e", "stderr", "-p", folder, "-c", filepath.Join(folder, "config.json")}
}

// encode returns the whole configuration with a new mark. The mark is served at a separate
// socket, which no setting of a test changes.
func (p *Proxy) encode(config Config) []byte {
	p.mark = rand.Text()
	var text bytes.Buffer
	fmt.Fprintf(&text, `worker_processes 2;
pid nginx.pid;
error_log stderr error;
events { worker_connections 1024; }
http {
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	log_format all escape=json '{"at":$msec,"method":"$request_method","path":"$uri","status":$status,'
		'"whole":"$request_completion","upstream":"$upstream_status","agent":"$http_user_agent"}';
	access_log access.log all;
	%s
	server {
		listen %s;
		location = /mark/%s { access_log off; return 200 '{}'; }
		%s
	}
}
`, config.HTTP, p.address, p.mark, config.Server)
	return text.Bytes()
}

func (p *Proxy) awaitReady(ctx context.Context) error {
	return p.process.Await(ctx, func(ctx context.Context) bool {
		defer p.client.Close() // as long as its connection is open, an old worker would answer
		return p.client.Get(ctx, p.URL+"/mark/"+p.mark, nil) == nil
	})
}

// Configure replaces the configuration, and returns when nginx uses it. Requests under way
// still use the old one, and so do connections that were just made.
func (p *Proxy) Configure(ctx context.Context, config Config) error {
	if err := p.process.Configure(p.encode(config)); err != nil {
		return err
	}
	// With a wrong configuration, nginx would keep the old one.
	check := exec.CommandContext(ctx, p.binary, append(arguments(p.Dir()), "-t")...) //nolint:gosec // nginx
	if said, err := check.CombinedOutput(); err != nil {
		return fmt.Errorf("change the configuration of nginx: %w\n%s", err, said)
	}
	if err := p.process.Signal(syscall.SIGHUP); err != nil {
		return err
	}
	if err := p.awaitReady(ctx); err != nil {
		return fmt.Errorf("change the configuration of nginx: %w; the end of its log:\n%s", err, p.process.LogTail())
	}
	return nil
}

// Halt ends nginx and its connections at once.
func (p *Proxy) Halt() error { return p.process.Halt(syscall.SIGTERM) }

// Resume starts nginx again, at the same port, and returns when it answers.
func (p *Proxy) Resume(ctx context.Context) error {
	if err := p.process.Resume(ctx); err != nil {
		return err
	}
	return p.awaitReady(ctx)
}

// Dir returns the folder of the configuration, for files that it names.
func (p *Proxy) Dir() string { return p.process.Dir() }

// Stop stops nginx and returns when it has ended. Further calls do nothing.
func (p *Proxy) Stop() {
	p.process.Stop()
	p.client.Close()
}

// Request is a request in nginx's log.
type Request struct {
	At       float64 `json:"at"` // seconds since 1970
	Method   string  `json:"method"`
	Path     string  `json:"path"`
	Status   int     `json:"status"`   // of the answer
	Whole    string  `json:"whole"`    // "OK" if the whole answer was sent
	Upstream string  `json:"upstream"` // the statuses of the servers that nginx asked, separated by commas
	Agent    string  `json:"agent"`    // the User-Agent
}

// Log returns the requests so far, in the order in which they ended.
func (p *Proxy) Log() ([]Request, error) {
	written, err := os.ReadFile(filepath.Join(p.Dir(), "access.log"))
	if err != nil {
		return nil, fmt.Errorf("read the log of nginx: %w", err)
	}
	var requests []Request
	for line := range bytes.Lines(written) {
		var request Request
		if err := json.Unmarshal(line, &request); err != nil {
			return nil, fmt.Errorf("read the log of nginx: %w", err)
		}
		requests = append(requests, request)
	}
	return requests, nil
}
