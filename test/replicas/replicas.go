// Package replicas runs two Ory Kratos on one PostgreSQL, behind nginx, as in production.
package replicas

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/nginxtest"
	"github.com/orylogin/orylogin/test/postgrestest"
)

// Replicas are two servers of Kratos, with their database and their proxy.
type Replicas struct {
	// URL is the base URL of the public API at Proxy.
	URL string

	Proxy    *nginxtest.Proxy
	Kratos   []*kratostest.Server
	Database *postgrestest.Database
}

// Start starts replicas for a test and stops them when the test ends. Without PostgreSQL or
// nginx, the test is skipped.
func Start(tb testing.TB, settings ...kratostest.Setting) *Replicas {
	tb.Helper()
	r, err := Run(tb.Context(), settings...)
	var missing *daemon.Missing
	switch {
	case errors.As(err, &missing):
		missing.Skip(tb)
	case err != nil:
		tb.Fatalf("replicas: %v", err)
	}
	tb.Cleanup(r.Stop)
	return r
}

// Run is Start for programs that are no tests. The replicas stop when Stop is called, or when
// the process dies.
func Run(ctx context.Context, settings ...kratostest.Setting) (*Replicas, error) {
	r := &Replicas{}
	if err := r.start(ctx, settings); err != nil {
		r.Stop()
		return nil, err
	}
	return r, nil
}

func (r *Replicas) start(ctx context.Context, settings []kratostest.Setting) error {
	var err error
	if r.Proxy, err = nginxtest.Run(ctx, nginxtest.Config{}); err != nil {
		return err
	}
	if r.Database, err = postgrestest.Run(ctx); err != nil {
		return err
	}
	r.URL = r.Proxy.URL
	settings = append(settings,
		kratostest.Set("dsn", r.Database.DSN()), kratostest.Set("serve.public.base_url", r.URL+"/"))
	for range 2 {
		kratos, err := kratostest.Run(context.WithoutCancel(ctx), settings...)
		if err != nil {
			return err
		}
		r.Kratos = append(r.Kratos, kratos)
	}
	return r.Proxy.Configure(ctx, r.Config("", ""))
}

// Config returns the configuration of the proxy, with more lines for its block http and for the
// block of the location.
func (r *Replicas) Config(http, location string) nginxtest.Config {
	var servers strings.Builder
	for _, kratos := range r.Kratos {
		// nginx asks a replica again as soon as it is back.
		fmt.Fprintf(&servers, "server %s max_fails=0;\n", strings.TrimPrefix(kratos.PublicURL, "http://"))
	}
	return nginxtest.Config{
		HTTP: fmt.Sprintf("upstream kratos {\n%skeepalive 64;\n}\n%s", servers.String(), http),
		Server: fmt.Sprintf(`location / {
			proxy_pass http://kratos;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			%s
		}`, location),
	}
}

// Stop stops all servers. Further calls do nothing.
func (r *Replicas) Stop() {
	if r.Proxy != nil {
		r.Proxy.Stop()
	}
	for _, kratos := range r.Kratos {
		kratos.Stop()
	}
	if r.Database != nil {
		r.Database.Stop()
	}
}
