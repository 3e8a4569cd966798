package hardening

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestFirstDay checks the errors of a network that is set up wrongly. Each says what is wrong,
// and has no text from the other side.
func TestFirstDay(t *testing.T) {
	t.Parallel()
	const mark = "mark-of-the-server"
	for name, test := range map[string]struct {
		server func(*testing.T, *http.Transport) string
		want   string
	}{
		"a client certificate is wanted": {
			secured(func(c *tls.Config) { c.ClientAuth = tls.RequireAnyClientCert }),
			"the server refuses the TLS connection: certificate required",
		},
		"an old TLS": {
			secured(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }),
			"the server refuses the TLS connection: protocol version not supported",
		},
		"no TLS handshake": {func(t *testing.T, transport *http.Transport) string {
			t.Helper()
			transport.TLSHandshakeTimeout = 10 * time.Millisecond
			return "https://" + talks(t, "")
		}, "the TLS handshake takes too long"},
		"no TLS": {
			func(t *testing.T, _ *http.Transport) string { t.Helper(); return "https://" + talks(t, mark) },
			"tls: first record does not look like a TLS handshake",
		},
		"a proxy that wants a password": {through("407 Proxy Authentication Required"), "the proxy wants a password (HTTP 407)"},
		"the port of HTTP/2": {
			plain("\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00"),
			"the answer is not HTTP/1: the port may be for HTTP/2 or another protocol",
		},
		"no HTTP":           {plain("SSH-2.0-" + mark + "\r\n"), "the answer is not HTTP/1: the port may be for HTTP/2 or another protocol"},
		"no status":         {plain("HTTP/1.1 " + mark + "\r\n\r\n"), "the answer is not HTTP/1: the port may be for HTTP/2 or another protocol"},
		"a wrong header":    {plain("HTTP/1.1 200 OK\r\n" + mark + "\r\n\r\n"), "the headers of the answer are not HTTP"},
		"a header cut off":  {plain("HTTP/1.1 200 OK\r\nX-Mark: " + mark), "unexpected EOF"},
		"headers too large": {plain("HTTP/1.1 200 OK\r\nX-Mark: " + strings.Repeat("x", 20<<10) + "\r\n\r\n"), "the headers of the answer are too large"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			transport := &http.Transport{MaxResponseHeaderBytes: 10 << 10}
			defer transport.CloseIdleConnections()
			client, err := orylogin.New(test.server(t, transport), orylogin.WithHTTPClient(&http.Client{Transport: transport}))
			require.NoError(t, err)
			err = either(client.CreateFlow(t.Context(), orylogin.FlowOptions{}))
			require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err), "%v", err)
			require.ErrorContains(t, err, test.want)
			require.NotContains(t, err.Error(), mark)
		})
	}
}

// secured starts a server with an unusual TLS configuration.
func secured(change func(*tls.Config)) func(*testing.T, *http.Transport) string {
	return func(t *testing.T, transport *http.Transport) string {
		t.Helper()
		server := httptest.NewUnstartedServer(http.NotFoundHandler())
		server.Config.ErrorLog = discard
		server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		change(server.TLS)
		server.StartTLS()
		t.Cleanup(server.Close)
		trusted := x509.NewCertPool()
		trusted.AddCert(server.Certificate())
		transport.TLSClientConfig = &tls.Config{RootCAs: trusted, MinVersion: tls.VersionTLS12}
		return server.URL
	}
}

// through returns a proxy that answers with a status.
func through(status string) func(*testing.T, *http.Transport) string {
	return func(t *testing.T, transport *http.Transport) string {
		t.Helper()
		transport.Proxy = http.ProxyURL(&url.URL{Scheme: "http", Host: talks(t, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")})
		return "https://auth.example.com"
	}
}

func plain(says string) func(*testing.T, *http.Transport) string {
	return func(t *testing.T, _ *http.Transport) string {
		t.Helper()
		return "http://" + talks(t, says)
	}
}

// talks starts a server and returns its address. The server answers each connection with the
// text as soon as it gets a byte. If the text is empty, it stays silent.
func talks(t *testing.T, says string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				if says == "" {
					_, _ = io.Copy(io.Discard, conn)
					return
				}
				_, _ = conn.Read(make([]byte, 4<<10))
				_, _ = io.WriteString(conn, says)
			}()
		}
	}()
	return listener.Addr().String()
}
