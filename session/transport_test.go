package session_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

const secretToken = "ory_st_secret"

var static = session.Static(orylogin.NewSecret(secretToken))

// hop is a request as a host saw it.
type hop struct {
	Host, Token, Authorization, Body string
}

// recorder is a service that keeps the requests.
type recorder struct {
	mu   sync.Mutex
	hops []hop
}

func (s *recorder) see(r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hops = append(s.hops, hop{r.Host, r.Header.Get("X-Session-Token"), r.Header.Get("Authorization"), string(body)})
}

func (s *recorder) seen() []hop {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hops
}

func get(t *testing.T, client *http.Client, url string) (*http.Response, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	require.NoError(t, err)
	response, err := client.Do(request)
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	return response, err
}

func TestTransportNamesItsHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url  string
		host string
		want bool
	}{
		{"https://api.example.com/x", "api.example.com", true},
		{"https://API.example.com/x", "api.EXAMPLE.com", true},
		{"https://api.example.com/x", "api.example.com:443", true},
		{"https://api.example.com:443/x", "api.example.com", true},
		{"https://api.example.com:8443/x", "api.example.com:8443", true},
		{"https://api.example.com:8443/x", "api.example.com", false},
		{"https://api.example.com/x", "api.example.com:8443", false},
		{"https://api.example.com/x", "example.com", false},
		{"https://api.example.com.evil.org/x", "api.example.com", false},
		{"https://evil.org/api.example.com", "api.example.com", false},
		{"https://api.example.com@evil.org/", "api.example.com", false},
		{"https://evil.org/?@api.example.com", "api.example.com", false},
		{"https://api.example.com./x", "api.example.com", false},
		{"https://api.example.\u212Aom/x", "api.example.kom", false},
		{"http://127.0.0.1/x", "127.0.0.1", true},
		{"http://localhost:80/x", "LOCALHOST", true},
		{"http://[::1]:8080/x", "[::1]:8080", true},
		{"http://api.example.com/x", "api.example.com:443", false},
	} {
		var sent http.Header
		transport := &session.Transport{
			Source: static, Hosts: []string{"other.example.com", test.host},
			Base: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = r.Header
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}),
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, test.url, nil)
		require.NoError(t, err)
		response, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.NoError(t, err, test.url)
		require.Equal(t, test.want, sent.Get("X-Session-Token") == secretToken, "%s with %s", test.url, test.host)
		require.Empty(t, request.Header, "the caller's request is left alone")
		require.Same(t, request, response.Request, "nobody finds the token in the answer")
	}
}

// TestPlainHTTP opens plain http to the named hosts and to no other.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	for target, want := range map[string]string{
		"http://api.auth.svc/":      secretToken,
		"https://api.auth.svc/":     secretToken,
		"http://api.auth.svc:8080/": secretToken,
		"http://localhost/":         "",
		"http://evil.example.com/":  "",
		"http://api.auth.svc:81/":   "",
	} {
		var sent http.Header
		transport := &session.Transport{
			Source: static, Hosts: []string{"api.auth.svc", "api.auth.svc:8080"}, PlainHTTP: true,
			Base: roundTrip(func(r *http.Request) (*http.Response, error) {
				sent = r.Header
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}),
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		require.NoError(t, err)
		_, err = transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.NoError(t, err, target)
		require.Equal(t, want, sent.Get("X-Session-Token"), target)
	}
}

// body tells whether it was closed.
type body struct {
	io.Reader
	closed int
}

func (b *body) Close() error { b.closed++; return nil }

func TestTransportsThatSendNothing(t *testing.T) {
	t.Parallel()
	fails := func(context.Context) (orylogin.Secret, error) { return orylogin.Secret{}, errLogin }
	for name, test := range map[string]struct {
		transport session.Transport
		url, want string
	}{
		"zero":         {session.Transport{}, "https://a/", "no Source"},
		"no hosts":     {session.Transport{Source: static}, "https://a/", "no Hosts"},
		"wildcard":     {session.Transport{Source: static, Hosts: []string{"*.a"}}, "https://a/", "not a host"},
		"URL":          {session.Transport{Source: static, Hosts: []string{"https://a"}}, "https://a/", "not a host"},
		"path":         {session.Transport{Source: static, Hosts: []string{"a/b"}}, "https://a/", "not a host"},
		"user":         {session.Transport{Source: static, Hosts: []string{"u@a"}}, "https://a/", "not a host"},
		"empty":        {session.Transport{Source: static, Hosts: []string{"a", ""}}, "https://a/", "not a host"},
		"port":         {session.Transport{Source: static, Hosts: []string{"a:x"}}, "https://a/", "not a host"},
		"empty port":   {session.Transport{Source: static, Hosts: []string{"a:"}}, "https://a/", "not a host"},
		"large port":   {session.Transport{Source: static, Hosts: []string{"a:65536"}}, "https://a/", "not a host"},
		"plain http":   {session.Transport{Source: static, Hosts: []string{"a"}}, "http://a/", "only by https, unless the Transport's PlainHTTP is set"},
		"other scheme": {session.Transport{Source: static, Hosts: []string{"a:1"}, PlainHTTP: true}, "ftp://a:1/", "only by http or https"},
		"failing":      {session.Transport{Source: source(fails), Hosts: []string{"a"}}, "https://a/", errLogin.Error()},
		"broken token": {session.Transport{Source: broken, Hosts: []string{"a"}}, "https://a/", "line break"},
	} {
		test.transport.Base = roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return nil, errLogin
		})
		sent := &body{Reader: strings.NewReader("x")}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, test.url, sent)
		require.NoError(t, err)
		_, err = test.transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.ErrorContains(t, err, test.want, name)
		require.NotContains(t, err.Error(), secretToken, name)
		require.Equal(t, 1, sent.closed, name)
	}
	_, err := (&session.Transport{Source: static, Hosts: []string{"a"}}).RoundTrip(&http.Request{}) //nolint:bodyclose // there is none
	require.ErrorContains(t, err, "no URL")
	_, err = (*session.Transport)(nil).RoundTrip(&http.Request{}) //nolint:bodyclose // there is none
	require.ErrorContains(t, err, "no Source")
}

// source is a TokenSource made of a function.
type source func(context.Context) (orylogin.Secret, error)

func (f source) Token(ctx context.Context) (orylogin.Secret, error) { return f(ctx) }

var broken = source(func(context.Context) (orylogin.Secret, error) {
	return orylogin.NewSecret(secretToken + "\n"), nil
})

func TestTransportHeaders(t *testing.T) {
	t.Parallel()
	service := &recorder{}
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { service.see(r) }))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	for _, test := range []struct {
		bearer, named bool
		want          hop
	}{
		{false, true, hop{Token: secretToken, Authorization: "mine"}},
		{true, true, hop{Authorization: "Bearer " + secretToken}},
		{false, false, hop{Authorization: "mine"}},
		{true, false, hop{}},
	} {
		hosts := []string{"other.example.com"}
		if test.named {
			hosts = []string{host}
		}
		client := &http.Client{Transport: &session.Transport{Source: static, Hosts: hosts, Bearer: test.bearer}}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		request.Header.Set("X-Session-Token", "mine")
		request.Header.Set("Authorization", "mine")
		response, err := client.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		test.want.Host = host
		require.Equal(t, test.want, service.seen()[len(service.seen())-1])
		require.Equal(t, "mine", request.Header.Get("X-Session-Token"))
	}
}

// TestRedirects lets a named host redirect to others, by way of a real http.Client.
// All names lead to the same two servers, one with TLS and one without.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for status := http.StatusMovedPermanently; status <= http.StatusPermanentRedirect; status++ {
		if status > http.StatusSeeOther && status < http.StatusTemporaryRedirect {
			continue
		}
		for _, bearer := range []bool{false, true} {
			for _, plain := range []bool{false, true} {
				t.Run(fmt.Sprint(status, bearer, plain), func(t *testing.T) { testRedirect(t, status, bearer, plain) })
			}
		}
	}
}

func testRedirect(t *testing.T, status int, bearer, plainHTTP bool) {
	t.Helper()
	service := &recorder{}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		service.see(r)
		if target := r.URL.Query().Get("to"); target != "" {
			http.Redirect(w, r, target, status)
		}
	})
	secure, plain := httptest.NewTLSServer(handler), httptest.NewServer(handler)
	t.Cleanup(secure.Close)
	t.Cleanup(plain.Close)
	var dialer net.Dialer
	client := &http.Client{Transport: &session.Transport{
		Source: static, Hosts: []string{"api.example.com", "localhost"}, Bearer: bearer, PlainHTTP: plainHTTP,
		Base: &http.Transport{
			TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				if strings.HasSuffix(address, ":80") {
					return dialer.DialContext(ctx, network, plain.Listener.Addr().String())
				}
				return dialer.DialContext(ctx, network, secure.Listener.Addr().String())
			},
		},
	}}
	carries := func(h hop) bool { return h.Token+h.Authorization != "" }
	for target, want := range map[string]struct {
		fails, carries bool
	}{
		"https://api.example.com/":     {carries: true},
		"https://API.example.com:443/": {carries: true},
		"http://localhost/":            {carries: true},
		"https://evil.example.com/":    {},
		"https://api.example.com:444/": {},
		"http://evil.example.com/":     {},
		"http://api.example.com/":      {fails: !plainHTTP, carries: plainHTTP},
	} {
		before := len(service.seen())
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost,
			"https://api.example.com/?to="+target, strings.NewReader("body"))
		require.NoError(t, err)
		request.Header.Set("X-Session-Token", "mine") // which http.Client copies to every hop
		request.Header.Set("Authorization", "Bearer mine")
		if !bearer {
			request.Header.Del("Authorization")
		}
		response, err := client.Do(request)
		hops := service.seen()[before:]
		require.True(t, carries(hops[0]), target)
		if want.fails {
			require.ErrorContains(t, err, "PlainHTTP", target)
			require.NotContains(t, err.Error(), secretToken)
			require.Len(t, hops, 1, target)
			continue
		}
		require.NoError(t, err, target)
		require.NoError(t, response.Body.Close())
		require.Len(t, hops, 2, target)
		require.Equal(t, want.carries, carries(hops[1]), target)
		if want.carries {
			require.Contains(t, hops[1].Token+hops[1].Authorization, secretToken, target)
		}
	}
}

// renewable counts what a Transport asks of it.
type renewable struct {
	mu      sync.Mutex
	token   int
	refused []string
	err     error // after the first token
}

func (s *renewable) Token(context.Context) (orylogin.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token > 0 && s.err != nil {
		return orylogin.Secret{}, s.err
	}
	return orylogin.NewSecret(fmt.Sprint("token", s.token)), nil
}

func (s *renewable) Refused(_ context.Context, token orylogin.Secret) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused = append(s.refused, token.Reveal())
	if token.Reveal() == fmt.Sprint("token", s.token) {
		s.token++
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	replayable := func() io.Reader { return strings.NewReader("body") }
	once := func() io.Reader { return io.NopCloser(strings.NewReader("body")) }
	for name, test := range map[string]struct {
		body     func() io.Reader
		accepts  string // the token
		tokenErr error
		getBody  error
		want     int
		wantSent []string
		wantTold []string
	}{
		"no body":            {nil, "token1", nil, nil, 200, []string{"token0", "token1"}, []string{"token0"}},
		"body":               {replayable, "token1", nil, nil, 200, []string{"token0 body", "token1 body"}, []string{"token0"}},
		"body once":          {once, "token1", nil, nil, 401, []string{"token0 body"}, []string{"token0"}},
		"refused twice":      {replayable, "", nil, nil, 401, []string{"token0 body", "token1 body"}, []string{"token0", "token1"}},
		"no other token":     {replayable, "token1", errLogin, nil, 401, []string{"token0 body"}, []string{"token0"}},
		"no body any more":   {replayable, "token1", nil, errLogin, 401, []string{"token0 body"}, []string{"token0"}},
		"nothing is refused": {replayable, "token0", nil, nil, 200, []string{"token0 body"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent []string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = append(sent, strings.TrimSpace(r.Header.Get("X-Session-Token")+" "+string(body)))
				if r.Header.Get("X-Session-Token") != test.accepts {
					w.WriteHeader(http.StatusUnauthorized)
				}
				_, _ = io.WriteString(w, "the answer")
			}))
			t.Cleanup(server.Close)
			source := &renewable{err: test.tokenErr}
			client := &http.Client{Transport: &session.Transport{Source: source, Hosts: []string{strings.TrimPrefix(server.URL, "http://")}}}
			var body io.Reader
			if test.body != nil {
				body = test.body()
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, body)
			require.NoError(t, err)
			if test.getBody != nil {
				request.GetBody = func() (io.ReadCloser, error) { return nil, test.getBody }
			}
			response, err := client.Do(request)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err, "the answer can be read whichever it is")
			require.NoError(t, response.Body.Close())
			require.Equal(t, "the answer", string(text))
			require.Equal(t, test.want, response.StatusCode)
			require.Equal(t, test.wantSent, sent)
			require.Equal(t, test.wantTold, source.refused)
		})
	}
}

// TestRefusedStaticToken has nothing to send in place of the token.
func TestRefusedStaticToken(t *testing.T) {
	t.Parallel()
	requests := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(server.Close)
	client := &http.Client{Transport: &session.Transport{Source: static, Hosts: []string{strings.TrimPrefix(server.URL, "http://")}}}
	response, err := get(t, client, server.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	require.Equal(t, 1, requests)
}

func TestBodiesAreClosed(t *testing.T) {
	t.Parallel()
	var refusal, sent [2]*body
	calls := 0
	transport := &session.Transport{Source: &renewable{}, Hosts: []string{"a"}, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		refusal[calls] = &body{Reader: bytes.NewReader(make([]byte, 1<<20))}
		calls++
		return &http.Response{StatusCode: http.StatusUnauthorized, Body: refusal[calls-1]}, nil
	})}
	sent[0], sent[1] = &body{Reader: strings.NewReader("x")}, &body{Reader: strings.NewReader("x")}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "https://a/", sent[0])
	require.NoError(t, err)
	request.GetBody = func() (io.ReadCloser, error) { return sent[1], nil }
	response, err := transport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, 2, calls)
	for i := range 2 {
		require.Equal(t, 1, sent[i].closed)
		require.Equal(t, 1, refusal[i].closed)
	}
}

func TestBaseTransports(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		base http.RoundTripper
		want error
	}{
		"fails":     {roundTrip(func(*http.Request) (*http.Response, error) { return nil, errLogin }), errLogin},
		"no answer": {roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil }), nil}, //nolint:nilnil // what it is about
		"no body": {roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusUnauthorized}, nil
		}), nil},
		"the default": {nil, context.Canceled},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		request := (&http.Request{Method: http.MethodGet, URL: mustParse(t, "https://a/")}).WithContext(ctx)
		transport := &session.Transport{Source: &renewable{}, Hosts: []string{"a"}, Base: test.base}
		_, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.ErrorIs(t, err, test.want, name)
	}
}

// TestTransportWithSource sends many requests at once while sessions are revoked.
func TestTransportWithSource(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	source := kratos.source(t)
	middleware, err := session.NewMiddleware(kratos.client(t))
	require.NoError(t, err)
	service := httptest.NewServer(middleware.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})))
	t.Cleanup(service.Close)
	client := &http.Client{Transport: &session.Transport{
		Source: source, Hosts: []string{strings.TrimPrefix(service.URL, "http://")}, Bearer: true,
	}}
	for round := range 2 {
		kratos.revoke()
		together(func() {
			response, err := get(t, client, service.URL)
			if err != nil || response.StatusCode != http.StatusOK {
				t.Errorf("%v %v", response, err)
			}
		})
		require.EqualValues(t, round+1, kratos.logins.Load())
	}
	kratos.answer("/self-service/login", func(w http.ResponseWriter, _ *http.Request) { refuse(w, http.StatusUnauthorized) })
	kratos.revoke()
	response, err := get(t, client, service.URL)
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, response.StatusCode, "two tokens in a row were refused early")
	time.Sleep(1100 * time.Millisecond) // so there is a pause
	_, err = get(t, client, service.URL)
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	require.ErrorIs(t, err, session.ErrStopped)
}
