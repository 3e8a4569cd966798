package hardening

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

const unknownID = "11111111-2222-4333-8444-555555555555"

// end is what a server does with a request that it has read completely.
type end int

const (
	answers  end = iota
	refuses      // resets the stream with REFUSED_STREAM
	breaks       // resets the stream with PROTOCOL_ERROR
	goesAway     // sends GOAWAY with a last stream before that of the request
	hangsUp      // closes the connection
	leaves       // answers, and then closes the connection
)

// wholeReader is a server that reads each request completely, over HTTP/1 or HTTP/2. It records
// a request when its headers have arrived, since a server may act from then on. The first
// request for the target ends as the test says. All other requests are answered.
type wholeReader struct {
	target string
	end    end

	mu      sync.Mutex
	arrived []string
}

// take records a request and returns how it ends.
func (s *wholeReader) take(request string) end {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived = append(s.arrived, request)
	if request == s.target && s.count(request) == 1 {
		return s.end
	}
	return answers
}

func (s *wholeReader) count(request string) int {
	return strings.Count(strings.Join(s.arrived, "\n")+"\n", request+"\n")
}

func (s *wholeReader) times(request string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.count(request)
}

// answerTo returns a status and a body.
func answerTo(request string) (int, string) {
	const active = `{"id":"s","active":true,"identity":{"id":"i"}}`
	switch request {
	case "GET /self-service/login/api":
		return http.StatusOK, `{"id":"f","type":"api","ui":{"nodes":[]}}`
	case "GET /self-service/login/browser":
		return http.StatusOK, `{"id":"f","type":"browser","ui":{"nodes":[]}}`
	case "POST /self-service/login", "GET /sessions/token-exchange":
		return http.StatusOK, `{"session_token":"t","session":` + active + `}`
	case "GET /self-service/logout/browser":
		return http.StatusOK, `{"logout_token":"t"}`
	case "DELETE /sessions":
		return http.StatusOK, `{"count":1}`
	case "GET /self-service/logout", "DELETE /self-service/logout/api", "DELETE /sessions/" + unknownID:
		return http.StatusNoContent, ""
	default:
		return http.StatusOK, active
	}
}

// start serves connections until the test ends. It returns the server's URL and a transport for
// it. The wait group waits for the idle connections to be closed by the transport.
func (s *wholeReader) start(t *testing.T, over2 bool) (string, *http.Transport, *sync.WaitGroup) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address, serve, scheme := listener.Addr().String(), s.serve1, "http"
	open := &sync.WaitGroup{}
	transport := &http.Transport{ForceAttemptHTTP2: true, DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
		if err == nil {
			open.Add(1)
			conn = &watched{Conn: conn, closed: sync.OnceFunc(open.Done)}
		}
		return conn, err
	}}
	if over2 {
		known := newAuthority(t)
		pool := x509.NewCertPool()
		pool.AddCert(known.certificate)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
		listener = tls.NewListener(listener, &tls.Config{
			NextProtos: []string{"h2"}, MinVersion: tls.VersionTLS12,
			Certificates: []tls.Certificate{known.sign(t, "localhost", time.Now().Add(time.Hour))},
		})
		serve, scheme = s.serve2, "https"
	}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		_ = listener.Close()
	})
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				serve(conn)
			}()
		}
	}()
	return scheme + "://localhost" + address[strings.LastIndex(address, ":"):], transport, open
}

// watched is a connection that reports when it is closed.
type watched struct {
	net.Conn
	closed func()
}

func (w *watched) Close() error {
	w.closed()
	return w.Conn.Close()
}

func (s *wholeReader) serve1(conn net.Conn) {
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return
		}
		line := request.Method + " " + request.URL.Path
		end := s.take(line)
		if end == hangsUp {
			return
		}
		status, body := answerTo(line)
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nSet-Cookie: ory_kratos_session=x\r\n", status)
		if status != http.StatusNoContent {
			_, _ = fmt.Fprintf(conn, "Content-Length: %d\r\n", len(body))
		}
		_, _ = fmt.Fprintf(conn, "\r\n%s", body)
		if end == leaves {
			return
		}
	}
}

func (s *wholeReader) serve2(conn net.Conn) {
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	framer := http2.NewFramer(conn, conn)
	framer.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	_ = framer.WriteSettings()
	requests, ends := map[uint32]string{}, map[uint32]end{}
	for {
		frame, err := framer.ReadFrame()
		if err != nil {
			return
		}
		switch frame := frame.(type) {
		case *http2.SettingsFrame:
			if !frame.IsAck() {
				_ = framer.WriteSettingsAck()
			}
		case *http2.MetaHeadersFrame:
			target, _, _ := strings.Cut(frame.PseudoValue("path"), "?")
			requests[frame.StreamID] = frame.PseudoValue("method") + " " + target
			ends[frame.StreamID] = s.take(requests[frame.StreamID])
		}
		stream := frame.Header().StreamID
		kind := frame.Header().Type
		if kind != http2.FrameHeaders && kind != http2.FrameData || !frame.Header().Flags.Has(http2.FlagDataEndStream) {
			continue
		}
		switch end := ends[stream]; end {
		case refuses:
			_ = framer.WriteRSTStream(stream, http2.ErrCodeRefusedStream)
		case breaks:
			_ = framer.WriteRSTStream(stream, http2.ErrCodeProtocol)
		case goesAway:
			_ = framer.WriteGoAway(stream-1, http2.ErrCodeNo, nil)
		case hangsUp:
			return
		case answers, leaves:
			answer2(framer, stream, requests[stream])
			if end == leaves {
				return
			}
		}
	}
}

func answer2(framer *http2.Framer, stream uint32, request string) {
	status, body := answerTo(request)
	var fields bytes.Buffer
	encoder := hpack.NewEncoder(&fields)
	for _, field := range []hpack.HeaderField{
		{Name: ":status", Value: strconv.Itoa(status)},
		{Name: "content-type", Value: "application/json"},
		{Name: "set-cookie", Value: "ory_kratos_session=x"},
	} {
		_ = encoder.WriteField(field)
	}
	_ = framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID: stream, BlockFragment: fields.Bytes(), EndHeaders: true, EndStream: body == "",
	})
	if body != "" {
		_ = framer.WriteData(stream, true, []byte(body))
	}
}

// acting are the calls that act, by their request.
var acting = map[string]func(context.Context, *orylogin.Client) error{
	"POST /self-service/login": func(ctx context.Context, c *orylogin.Client) error {
		return either(c.Submit(ctx, "f", asAda))
	},
	"DELETE /self-service/logout/api": func(ctx context.Context, c *orylogin.Client) error {
		return c.Logout(ctx, orylogin.NewSecret("t"))
	},
	"GET /sessions/token-exchange": func(ctx context.Context, c *orylogin.Client) error {
		return either(c.Exchange(ctx, orylogin.NewSecret("a"), orylogin.NewSecret("b")))
	},
	"GET /self-service/login/api": func(ctx context.Context, c *orylogin.Client) error { // it can send a code
		return either(c.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(orylogin.NewSecret("t"))))
	},
	"GET /self-service/login/browser": func(ctx context.Context, c *orylogin.Client) error { // as above
		return either(c.Visit(nil, &http.Request{}).CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}))
	},
	"DELETE /sessions": func(ctx context.Context, c *orylogin.Client) error {
		return c.OtherSessions(orylogin.NewSecret("t")).RevokeAll(ctx)
	},
	"DELETE /sessions/" + unknownID: func(ctx context.Context, c *orylogin.Client) error {
		return c.Visit(nil, &http.Request{}).OtherSessions().Revoke(ctx, unknownID)
	},
	"GET /self-service/logout": func(ctx context.Context, c *orylogin.Client) error {
		return c.Visit(nil, &http.Request{}).Logout(ctx)
	},
}

// TestNothingActsTwice checks that a request that may have arrived acts only once. That must
// hold whatever the server does with the connection and net/http makes of it, also for a pooled
// connection.
func TestNothingActsTwice(t *testing.T) {
	for name, test := range map[string]struct {
		over2 bool
		end   end
		fails bool
	}{
		"HTTP/1, no fault":            {false, answers, false},
		"HTTP/1, a closed connection": {false, hangsUp, true},
		"HTTP/2, no fault":            {true, answers, false},
		"HTTP/2, a closed connection": {true, hangsUp, true},
		"HTTP/2, a refused stream":    {true, refuses, true},
		"HTTP/2, a broken stream":     {true, breaks, true},
		"HTTP/2, GOAWAY":              {true, goesAway, true},
	} {
		for target, call := range acting {
			t.Run(name+", "+target, func(t *testing.T) {
				server := &wholeReader{target: target, end: test.end}
				base, transport, _ := server.start(t, test.over2)
				client, err := orylogin.New(base, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
				require.NoError(t, err)
				_, err = client.Whoami(t.Context(), orylogin.NewSecret("t")) // leaves a connection in the pool
				require.NoError(t, err)
				err = call(t.Context(), client)
				require.Equal(t, 1, server.times(target))
				if !test.fails {
					require.NoError(t, err)
					return
				}
				require.Equal(t, "transport", kindOf(err), "%v", err)
				require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err))
			})
		}
	}
}

// TestClosedIdleConnections checks that no call fails because the server has closed an idle
// connection.
func TestClosedIdleConnections(t *testing.T) {
	for name, over2 := range map[string]bool{"HTTP/1": false, "HTTP/2": true} {
		for target, call := range acting {
			t.Run(name+", "+target, func(t *testing.T) {
				server := &wholeReader{target: "GET /sessions/whoami", end: leaves}
				base, transport, open := server.start(t, over2)
				client, err := orylogin.New(base, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
				require.NoError(t, err)
				_, err = client.Whoami(t.Context(), orylogin.NewSecret("t"))
				require.NoError(t, err)
				open.Wait() // until the transport knows that they are closed
				require.NoError(t, call(t.Context(), client))
				require.Equal(t, 1, server.times(target))
			})
		}
	}
}

// TestForwardedRequests checks that a session.Transport sends a request again exactly when its
// Base does.
func TestForwardedRequests(t *testing.T) {
	const target = "/forwarded"
	for name, test := range map[string]struct {
		method string
		body   func() io.Reader
		want   int // how often it arrives if its stream is refused
	}{
		"no body":                {http.MethodGet, func() io.Reader { return nil }, 2},
		"a body with GetBody":    {http.MethodPost, func() io.Reader { return strings.NewReader("x") }, 2},
		"a body without GetBody": {http.MethodPost, func() io.Reader { return io.MultiReader(strings.NewReader("x")) }, 1},
	} {
		for _, with := range []bool{false, true} {
			t.Run(fmt.Sprint(name, with), func(t *testing.T) {
				server := &wholeReader{target: test.method + " " + target, end: refuses}
				base, transport, _ := server.start(t, true)
				at, err := url.Parse(base)
				require.NoError(t, err)
				sender := http.RoundTripper(transport)
				if with {
					sender = &session.Transport{Source: session.Static(orylogin.NewSecret("t")), Hosts: []string{at.Host}, Base: transport}
				}
				request, err := http.NewRequestWithContext(t.Context(), test.method, base+target, test.body())
				require.NoError(t, err)
				response, err := sender.RoundTrip(request)
				require.Equal(t, test.want, server.times(test.method+" "+target))
				require.Equal(t, test.want == 1, err != nil, "%v", err)
				if err == nil {
					require.NoError(t, response.Body.Close())
				}
			})
		}
	}
}
