// Package silent has the tests of connections that are dropped without notice. They use the
// pool that all clients share. So the process must trust the certificates of the test servers.
package silent

import (
	"context"
	"encoding/pem"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hardening/wire"
)

var token = orylogin.NewSecret("a-token")

// TestMain makes the process trust the servers of net/http/httptest.
func TestMain(m *testing.M) {
	server := httptest.NewTLSServer(nil)
	folder, err := os.MkdirTemp("", "silent-")
	if err != nil {
		panic(err)
	}
	file := filepath.Join(folder, "authority.pem")
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	server.Close()
	if err := os.WriteFile(file, certificate, 0o600); err != nil {
		panic(err)
	}
	if err := os.Setenv("SSL_CERT_FILE", file); err != nil {
		panic(err)
	}
	status := m.Run()
	_ = os.RemoveAll(folder)
	os.Exit(status)
}

func session(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(`{"id":"s","active":true,"identity":{"id":"i"}}`))
}

// start starts a server at the end of a cable.
func start(t *testing.T, handler http.HandlerFunc, over func(*httptest.Server)) (*wire.Cable, string) {
	t.Helper()
	server := httptest.NewUnstartedServer(handler)
	over(server)
	t.Cleanup(server.Close)
	cable, err := wire.NewCable(server.Listener.Addr().String())
	require.NoError(t, err)
	t.Cleanup(cable.Close)
	scheme, _, _ := strings.Cut(server.URL, ":")
	return cable, scheme + "://" + cable.Address
}

// newTransport returns a transport that detects dead connections like the client's own pool.
func newTransport() *http.Transport {
	dialer := &net.Dialer{
		Timeout:         10 * time.Second, // otherwise the system decides
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 2},
	}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		ForceAttemptHTTP2:   true, // otherwise a DialContext means HTTP/1 only
		HTTP2:               &http.HTTP2Config{SendPingTimeout: 10 * time.Second, PingTimeout: 5 * time.Second},
		MaxIdleConnsPerHost: 64, // otherwise 2
		MaxConnsPerHost:     64, // otherwise there is no limit
		IdleConnTimeout:     90 * time.Second,
		TLSHandshakeTimeout: 10 * time.Second,
	}
}

// TestOverHTTP2 checks calls that share one connection. The connection is closed before their
// time limit, and the next call has a new one.
func TestOverHTTP2(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string][]orylogin.Option{
		"own pool":       nil,
		"of the program": {orylogin.WithHTTPClient(&http.Client{Transport: newTransport()})},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			overHTTP2(t, opts...)
		})
	}
}

func overHTTP2(t *testing.T, opts ...orylogin.Option) {
	t.Helper()
	cable, url := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ProtoMajor != 2 {
			w.WriteHeader(http.StatusTeapot)
			return
		}
		session(w, r)
	}, func(server *httptest.Server) {
		server.EnableHTTP2 = true
		server.StartTLS()
	})
	client, err := orylogin.New(url, append(opts, orylogin.WithTimeout(time.Minute))...)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), token)
	require.NoError(t, err)
	cable.Drop()
	under := make(chan error, 5)
	for range cap(under) {
		go func() {
			_, err := client.Whoami(t.Context(), token)
			under <- err
		}()
	}
	for range cap(under) {
		err := <-under
		require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err))
		require.NotErrorIs(t, err, context.DeadlineExceeded)
		require.ErrorContains(t, err, "the connection is lost")
	}
	_, err = client.Whoami(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, 2, cable.Made())
}

// TestOverHTTP1 checks that one call detects the failure, and that no other pooled connection
// is tried after it.
func TestOverHTTP1(t *testing.T) {
	t.Parallel()
	const calls = 8
	var together sync.WaitGroup
	together.Add(calls)
	cable, url := start(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Together") != "" {
			together.Done()
			together.Wait()
		}
		session(w, r)
	}, (*httptest.Server).Start)
	client, err := orylogin.New(url)
	require.NoError(t, err)
	var group sync.WaitGroup
	for range calls {
		group.Go(func() {
			_, err := client.Whoami(t.Context(), token, orylogin.WithCallHeader("X-Together", "yes"))
			assert.NoError(t, err)
		})
	}
	group.Wait()
	require.Equal(t, calls, cable.Made())
	cable.Drop()
	impatient, err := orylogin.New(url, orylogin.WithTimeout(time.Second))
	require.NoError(t, err)
	_, err = impatient.Whoami(t.Context(), token)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = client.Whoami(t.Context(), token)
	require.NoError(t, err)
	require.Equal(t, calls+1, cable.Made())
}
