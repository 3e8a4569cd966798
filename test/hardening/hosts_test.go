package hardening

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

// stranger is a host to which nothing should be sent. It keeps what it gets.
type stranger struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string
}

func newStranger(t *testing.T) *stranger {
	t.Helper()
	s := &stranger{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		dump, _ := httputil.DumpRequest(r, true)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.seen = append(s.seen, string(dump))
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *stranger) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen
}

// TestNothingReachesAnotherHost answers everything with redirects, forms and links to another
// host. That host must get nothing.
func TestNothingReachesAnotherHost(t *testing.T) {
	elsewhere := newStranger(t)
	host := strings.TrimPrefix(elsewhere.URL, "http://")
	locations := map[string]string{
		"absolute": elsewhere.URL + "/self-service/login?flow=f", "no scheme": "//" + host, "user": "http://ada:" + mark + "@" + host + "/",
		"backslash": `/\` + host, "none": "",
	}
	linked := strings.NewReplacer("https://M/", elsewhere.URL+"/", `"M"`, `"`+elsewhere.URL+`"`)
	asked := 0
	ask := func(name string, status int, location, body string) {
		kratos := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if location != "" {
				w.Header().Set("Location", location)
			}
			w.Header().Set("Refresh", "0; url="+elsewhere.URL)
			w.Header().Set("Content-Location", elsewhere.URL)
			w.Header().Set("Alt-Svc", `h2="`+host+`"`)
			w.Header().Set("Set-Cookie", "ory_kratos_session="+mark+"; Domain=127.0.0.1")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			_, _ = io.WriteString(w, linked.Replace(body))
		}))
		transport := &http.Transport{}
		client, err := orylogin.New(kratos.URL, orylogin.WithHeader("X-Gateway-Key", mark),
			orylogin.WithHTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		asked += len(native(t.Context(), client)) + len(siblings(t, client))
		transport.CloseIdleConnections()
		kratos.Close()
		require.Empty(t, elsewhere.requests(), "%s %d", name, status)
	}
	for name, location := range locations {
		for _, status := range []int{200, 300, 301, 302, 303, 304, 305, 307, 308} {
			ask(name, status, location, bodies["error"])
		}
	}
	for name, body := range bodies {
		for _, status := range []int{200, 400, 403, 410, 422} {
			ask(name, status, locations["absolute"], body)
		}
	}
	require.Greater(t, asked, 1000)
}

// TestTransportTellsAnotherHostNothing lets http.Client follow redirects from the token's host
// to another host. The other host gets the request but not the token.
func TestTransportTellsAnotherHostNothing(t *testing.T) {
	for _, bearer := range []bool{false, true} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			elsewhere := newStranger(t)
			var named []http.Header
			service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				named = append(named, r.Header.Clone())
				http.Redirect(w, r, elsewhere.URL+"/a?b", status)
			}))
			base := &http.Transport{}
			client := &http.Client{Transport: &session.Transport{
				Source: session.Static(marked("token")), Bearer: bearer, Base: base,
				Hosts: []string{strings.TrimPrefix(service.URL, "http://")},
			}}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, service.URL, nil)
			require.NoError(t, err)
			response, err := client.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Len(t, named, 1)
			require.Contains(t, fmt.Sprint(named), mark, "the named host gets the token")
			require.Len(t, elsewhere.requests(), 1)
			require.NotContains(t, elsewhere.requests()[0], mark)
			base.CloseIdleConnections()
			service.Close()
		}
	}
}

// TestProxyLearnsNothing sends requests through an HTTP proxy. The proxy learns the host and
// its own password, and nothing of the requests.
func TestProxyLearnsNothing(t *testing.T) {
	known := newAuthority(t)
	var asked int
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		assert.Empty(t, r.Header.Get("Proxy-Authorization"), "the server does not get the proxy's password")
		w.WriteHeader(http.StatusTeapot)
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{known.sign(t, "localhost", time.Now().Add(time.Hour))}, MinVersion: tls.VersionTLS12,
	}
	server.StartTLS()
	t.Cleanup(server.Close)
	address := server.Listener.Addr().String()
	pool := x509.NewCertPool()
	pool.AddCert(known.certificate)

	for name, accepts := range map[string]bool{"a proxy": true, "a proxy that refuses": false} {
		var heard strings.Builder
		proxy := tunnel(t, address, accepts, &heard)
		transport := &http.Transport{
			Proxy:           http.ProxyURL(&url.URL{Scheme: "http", User: url.UserPassword("ada", "proxypass"+mark), Host: proxy}),
			TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12},
		}
		client, err := orylogin.New("https://localhost"+address[len("127.0.0.1"):], orylogin.WithHeader("X-Gateway-Key", mark),
			orylogin.WithHTTPClient(&http.Client{Transport: transport}))
		require.NoError(t, err)
		before := asked
		err = either(client.Submit(t.Context(), "f", markedMethods["password"], orylogin.WithSessionToken(marked("token"))))
		requireHidden(t, err, name)
		transport.CloseIdleConnections()
		require.NotContains(t, heard.String(), mark, name)
		require.Contains(t, heard.String(), "CONNECT localhost", name)
		if accepts {
			require.Equal(t, "answer", kindOf(err), "%v", err)
			require.Equal(t, before+1, asked)
		} else {
			require.Equal(t, "unsent", kindOf(err), "%v", err)
			require.Equal(t, before, asked)
		}
	}
}

// tunnel is an HTTP proxy for CONNECT. It records the headers of the first request. Then it
// refuses the request or forwards the connection.
func tunnel(t *testing.T, server string, accepts bool, heard *strings.Builder) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	ctx := context.WithoutCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		reader := bufio.NewReader(conn)
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		_, _ = fmt.Fprintf(heard, "%s %s %v", request.Method, request.Host, request.Header)
		if !accepts {
			_, _ = io.WriteString(conn, "HTTP/1.1 407 "+mark+"\r\nContent-Length: 0\r\n\r\n")
			return
		}
		forward, err := (&net.Dialer{}).DialContext(ctx, "tcp", server)
		if err != nil {
			return
		}
		defer func() { _ = forward.Close() }()
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
		go func() { _, _ = io.Copy(conn, forward) }()
		_, _ = io.Copy(forward, reader)
	}()
	return listener.Addr().String()
}
