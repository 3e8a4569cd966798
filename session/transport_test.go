package session_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

const secretToken = "ory_st_secret"

var static = session.Static(orylogin.NewSecret(secretToken))

// newRequest returns a request to a service.
func newRequest(t *testing.T, method, target string, body io.Reader) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, body)
	require.NoError(t, err)
	return request
}

// body is a body that records whether it was closed.
type body struct {
	io.Reader
	closed int
}

func (b *body) Close() error { b.closed++; return nil }

func TestTransportsThatSendNothing(t *testing.T) {
	t.Parallel()
	fails := func(context.Context) (orylogin.Secret, error) { return orylogin.Secret{}, errLogin }
	for name, test := range map[string]struct {
		transport *session.Transport
		url, want string
	}{
		"zero":         {&session.Transport{}, "https://a/", "no Source"},
		"no hosts":     {&session.Transport{Source: static}, "https://a/", "no Hosts"},
		"wildcard":     {&session.Transport{Source: static, Hosts: []string{"*.a"}}, "https://a/", "not a host"},
		"URL":          {&session.Transport{Source: static, Hosts: []string{"https://a"}}, "https://a/", "not a host"},
		"path":         {&session.Transport{Source: static, Hosts: []string{"a/b"}}, "https://a/", "not a host"},
		"user":         {&session.Transport{Source: static, Hosts: []string{"u@a"}}, "https://a/", "not a host"},
		"empty":        {&session.Transport{Source: static, Hosts: []string{"a", ""}}, "https://a/", "not a host"},
		"port":         {&session.Transport{Source: static, Hosts: []string{"a:x"}}, "https://a/", "not a host"},
		"empty port":   {&session.Transport{Source: static, Hosts: []string{"a:"}}, "https://a/", "not a host"},
		"large port":   {&session.Transport{Source: static, Hosts: []string{"a:65536"}}, "https://a/", "not a host"},
		"plain http":   {&session.Transport{Source: static, Hosts: []string{"a"}}, "http://a/", "only over https, unless the Transport's PlainHTTP is set"},
		"other scheme": {&session.Transport{Source: static, Hosts: []string{"a:1"}, PlainHTTP: true}, "ftp://a:1/", "only by http or https"},
		"mixed up":     {&session.Transport{Source: static, Hosts: []string{"a", "hunter2 "}}, "https://a/", "the entry 1 of Hosts is not a host"},
		"redirected":   {&session.Transport{Source: static, Hosts: []string{"a:1"}}, "hunter2://a:1/", "only by http or https"},
		"named":        {&session.Transport{Source: static, Hosts: []string{"hunter2"}}, "http://hunter2/", "only over https"},
		"failing":      {&session.Transport{Source: source(fails), Hosts: []string{"a"}}, "https://a/", errLogin.Error()},
		"broken token": {&session.Transport{Source: broken, Hosts: []string{"a"}}, "https://a/", "line break"},
	} {
		test.transport.Base = roundTrip(func(*http.Request) (*http.Response, error) {
			t.Error("a request was sent")
			return nil, errLogin
		})
		sent := &body{Reader: strings.NewReader("x")}
		_, err := test.transport.RoundTrip(newRequest(t, http.MethodPost, test.url, sent)) //nolint:bodyclose // there is none
		require.ErrorContains(t, err, test.want, name)
		require.NotContains(t, err.Error(), secretToken, name)
		require.NotContains(t, err.Error(), "hunter2", name)
		require.Equal(t, 1, sent.closed, name)
	}
	_, err := (&session.Transport{Source: static, Hosts: []string{"a"}}).RoundTrip(&http.Request{}) //nolint:bodyclose // there is none
	require.ErrorContains(t, err, "no URL")
	_, err = (*session.Transport)(nil).RoundTrip(&http.Request{}) //nolint:bodyclose // there is none
	require.ErrorContains(t, err, "no Source")
}

// source is a function that is a TokenSource.
type source func(context.Context) (orylogin.Secret, error)

func (f source) Token(ctx context.Context) (orylogin.Secret, error) { return f(ctx) }

var broken = source(func(context.Context) (orylogin.Secret, error) {
	return orylogin.NewSecret(secretToken + "\n"), nil
})

func TestTransportHeaders(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		bearer               bool
		host                 string
		token, authorization string // what the service got
	}{
		{false, "api.example.com", secretToken, "mine"},
		{true, "api.example.com", "", "Bearer " + secretToken},
		{false, "other.example.com", "", "mine"},
		{true, "other.example.com", "", ""},
	} {
		var sent http.Header
		transport := &session.Transport{
			Source: static, Hosts: []string{test.host}, Bearer: test.bearer,
			Base: orylogintest.InMemory(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header })),
		}
		request := newRequest(t, http.MethodGet, "https://api.example.com/", nil)
		request.Header.Set("X-Session-Token", "mine")
		request.Header.Set("Authorization", "mine")
		_, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.NoError(t, err)
		require.Equal(t, test.token, sent.Get("X-Session-Token"))
		require.Equal(t, test.authorization, sent.Get("Authorization"))
		require.Equal(t, "mine", request.Header.Get("X-Session-Token"))
	}
}

// TestRedirects checks where the token goes when a host redirects a real http.Client to other
// hosts.
func TestRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		for _, bearer := range []bool{false, true} {
			for _, plain := range []bool{false, true} {
				t.Run(fmt.Sprint(status, bearer, plain), func(t *testing.T) { testRedirect(t, status, bearer, plain) })
			}
		}
	}
}

func testRedirect(t *testing.T, status int, bearer, plainHTTP bool) {
	t.Helper()
	var hops []string // the tokens that each host got
	client := &http.Client{Transport: &session.Transport{
		Source: static, Hosts: []string{"api.example.com", "localhost"}, Bearer: bearer, PlainHTTP: plainHTTP,
		Base: orylogintest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			hops = append(hops, r.Header.Get("X-Session-Token")+r.Header.Get("Authorization"))
			if target := r.URL.Query().Get("to"); target != "" {
				http.Redirect(w, r, target, status)
			}
		})),
	}}
	token := secretToken
	if bearer {
		token = "Bearer " + secretToken
	}
	for target, want := range map[string]struct {
		fails bool
		token string
	}{
		"https://api.example.com/":     {token: token},
		"https://API.example.com:443/": {token: token},
		"http://localhost/":            {token: token},
		"https://evil.example.com/":    {},
		"https://api.example.com:444/": {},
		"http://evil.example.com/":     {},
		"http://api.example.com/":      {fails: !plainHTTP, token: token},
	} {
		hops = nil
		request := newRequest(t, http.MethodPost, "https://api.example.com/?to="+target, strings.NewReader("body"))
		request.Header.Set("X-Session-Token", "mine") // http.Client copies this header to every request
		if bearer {
			request.Header.Set("Authorization", "Bearer mine")
		}
		response, err := client.Do(request)
		if want.fails {
			require.ErrorContains(t, err, "PlainHTTP", target)
			require.NotContains(t, err.Error(), secretToken)
			require.Equal(t, []string{token}, hops, target)
			continue
		}
		require.NoError(t, err, target)
		require.NoError(t, response.Body.Close())
		require.Equal(t, []string{token, want.token}, hops, target)
	}
}

// renewable counts the calls of a Transport.
type renewable struct {
	token   int
	refused []string
	err     error // after the first token
	stays   bool  // the source keeps its token
}

func (s *renewable) Token(context.Context) (orylogin.Secret, error) {
	if s.token > 0 && s.err != nil {
		return orylogin.Secret{}, s.err
	}
	return orylogin.NewSecret(fmt.Sprint("token", s.token)), nil
}

func (s *renewable) Refused(_ context.Context, token orylogin.Secret) {
	s.refused = append(s.refused, token.Reveal())
	if token.Reveal() == fmt.Sprint("token", s.token) && !s.stays {
		s.token++
	}
}

func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	replayable := func() io.Reader { return strings.NewReader("body") }
	once := func() io.Reader { return io.NopCloser(strings.NewReader("body")) }
	for name, test := range map[string]struct {
		body     func() io.Reader
		accepts  string // the token that the service accepts
		source   *renewable
		getBody  error
		want     int
		wantSent []string
		wantTold []string
	}{
		"no body":            {nil, "token1", &renewable{}, nil, 200, []string{"token0", "token1"}, []string{"token0"}},
		"body":               {replayable, "token1", &renewable{}, nil, 200, []string{"token0 body", "token1 body"}, []string{"token0"}},
		"body once":          {once, "token1", &renewable{}, nil, 401, []string{"token0 body"}, []string{"token0"}},
		"refused twice":      {replayable, "", &renewable{}, nil, 401, []string{"token0 body", "token1 body"}, []string{"token0", "token1"}},
		"no other token":     {replayable, "token1", &renewable{err: errLogin}, nil, 401, []string{"token0 body"}, []string{"token0"}},
		"the same token":     {replayable, "token1", &renewable{stays: true}, nil, 401, []string{"token0 body"}, []string{"token0"}},
		"no body any more":   {replayable, "token1", &renewable{}, errLogin, 401, []string{"token0 body"}, []string{"token0"}},
		"nothing is refused": {replayable, "token0", &renewable{}, nil, 200, []string{"token0 body"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent []string
			transport := &session.Transport{Source: test.source, Hosts: []string{"a"}, Base: orylogintest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				body, _ := io.ReadAll(r.Body)
				sent = append(sent, strings.TrimSpace(r.Header.Get("X-Session-Token")+" "+string(body)))
				if r.Header.Get("X-Session-Token") != test.accepts {
					w.WriteHeader(http.StatusUnauthorized)
				}
				_, _ = io.WriteString(w, "the answer")
			}))}
			var body io.Reader
			if test.body != nil {
				body = test.body()
			}
			request := newRequest(t, http.MethodPost, "https://a/", body)
			if test.getBody != nil {
				request.GetBody = func() (io.ReadCloser, error) { return nil, test.getBody }
			}
			response, err := transport.RoundTrip(request)
			require.NoError(t, err)
			text, err := io.ReadAll(response.Body)
			require.NoError(t, err, "the answer can be read whichever it is")
			require.NoError(t, response.Body.Close())
			require.Equal(t, "the answer", string(text))
			require.Equal(t, test.want, response.StatusCode)
			require.Equal(t, test.wantSent, sent)
			require.Equal(t, test.wantTold, test.source.refused)
		})
	}
}

// TestRefusedStaticToken checks that a static token is not sent again.
func TestRefusedStaticToken(t *testing.T) {
	t.Parallel()
	requests := 0
	transport := &session.Transport{Source: static, Hosts: []string{"a"}, Base: orylogintest.InMemory(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests++
		w.WriteHeader(http.StatusUnauthorized)
	}))}
	response, err := transport.RoundTrip(newRequest(t, http.MethodGet, "https://a/", nil)) //nolint:bodyclose // there is none
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
	request := newRequest(t, http.MethodPost, "https://a/", sent[0])
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
		"no answer": {roundTrip(func(*http.Request) (*http.Response, error) { return nil, nil }), nil}, //nolint:nilnil // the test is about this answer
		"no body": {roundTrip(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: http.StatusUnauthorized}, nil
		}), nil},
		"the default": {nil, context.Canceled},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		request := (&http.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "a"}}).WithContext(ctx)
		transport := &session.Transport{Source: &renewable{}, Hosts: []string{"a"}, Base: test.base}
		_, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.ErrorIs(t, err, test.want, name)
	}
}

// TestServersThatSendTheTokenBack has a server that writes the token where net/http quotes it.
func TestServersThatSendTheTokenBack(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{
		"status":   "HTTP/1.1 %s OK\r\n\r\n",
		"protocol": "%s\r\n\r\n",
		"header":   "HTTP/1.1 200 OK\r\n%s\r\n\r\n",
		"length":   "HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n",
		"chunk":    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n",
		"trailer":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n%s\r\n\r\n",
		"rest":     "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n%s",
	} {
		base := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() {
				r, err := http.ReadRequest(bufio.NewReader(far))
				if err == nil {
					_, _ = fmt.Fprintf(far, answer, r.Header.Get("X-Session-Token"))
				}
				_ = far.Close()
			}()
			return near, nil
		}}
		client := &http.Client{Transport: &session.Transport{Source: session.Static(orylogin.NewSecret("mark")), Hosts: []string{"localhost"}, Base: base}}
		response, err := client.Do(newRequest(t, http.MethodGet, "http://localhost/", nil))
		if err == nil {
			_, err = io.ReadAll(response.Body)
			require.NoError(t, response.Body.Close())
		}
		require.Error(t, err, name)
		for _, verb := range []string{"%v", "%+v", "%#v", "%q", "%x"} {
			for each := err; each != nil; each = errors.Unwrap(each) {
				require.NotContains(t, fmt.Sprintf(verb, each), "mark", name)
				require.NotContains(t, fmt.Sprintf(verb, each), "6d61726b", name)
			}
		}
	}
}

// TestErrorsOfBase checks that a caller finds the cause of an error, and whether it was a time
// limit. It also checks that a caller can write to an answer that switches protocols.
func TestErrorsOfBase(t *testing.T) {
	t.Parallel()
	transport := &session.Transport{Source: static, Hosts: []string{"a"}, Base: roundTrip(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("%s: %w", secretToken, os.ErrDeadlineExceeded)
	})}
	_, err := (&http.Client{Transport: transport}).Do(newRequest(t, http.MethodGet, "https://a/", nil)) //nolint:bodyclose // there is none
	require.EqualError(t, err, `Get "https://a/": orylogin/session: no answer: i/o timeout`)
	require.ErrorIs(t, err, os.ErrDeadlineExceeded)
	require.True(t, os.IsTimeout(err))
	var urlErr *url.Error
	require.ErrorAs(t, err, &urlErr)
	require.True(t, urlErr.Timeout())

	near, far := net.Pipe()
	t.Cleanup(func() { _ = far.Close() })
	transport = &session.Transport{Source: static, Hosts: []string{"a"}, Base: roundTrip(func(*http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: http.StatusSwitchingProtocols, Body: near}, nil
	})}
	response, err := transport.RoundTrip(newRequest(t, http.MethodGet, "https://a/", nil))
	require.NoError(t, err)
	require.Implements(t, (*io.Writer)(nil), response.Body)
	require.NoError(t, response.Body.Close())
}

// TestEndlessRefusal has a 401 with a body that does not end. The Transport gives up its
// connection, and the caller gets an answer.
func TestEndlessRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		transport := &session.Transport{Source: &renewable{}, Hosts: []string{"a"}, Base: roundTrip(func(*http.Request) (*http.Response, error) {
			calls++
			if calls > 1 {
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}
			endless, _ := io.Pipe()
			return &http.Response{StatusCode: http.StatusUnauthorized, Body: endless}, nil
		})}
		response, err := transport.RoundTrip(newRequest(t, http.MethodGet, "https://a/", nil))
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
	})
}

// TestClientTraceSeesNoToken checks that a client trace sees which headers are written, and
// their values only if there is no token.
func TestClientTraceSeesNoToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Session-Token")+r.Header.Get("Authorization") == "" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	t.Cleanup(server.Close)
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	for _, bearer := range []bool{false, true} {
		for host, want := range map[string]string{target.Host: "[[redacted]]", "elsewhere.example.com": "[mine]"} {
			var seen strings.Builder
			ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
				WroteHeaderField: func(name string, values []string) { _, _ = fmt.Fprintln(&seen, name, values) },
				WroteHeaders:     func() { _, _ = fmt.Fprintln(&seen, "done") },
			})
			request := newRequest(t, http.MethodGet, server.URL, nil).WithContext(ctx)
			request.Header.Set("X-Mine", "mine")
			response, err := (&session.Transport{
				Source: session.Static(orylogin.NewSecret("mark-token")), Hosts: []string{host}, Bearer: bearer,
			}).RoundTrip(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, host == target.Host, response.StatusCode == http.StatusOK, "the token was sent")
			require.NotContains(t, seen.String(), "mark-")
			require.Contains(t, seen.String(), "X-Mine "+want)
			require.Contains(t, seen.String(), "done")
		}
	}
}

// TestTransportWithSource sends many requests at the same time while sessions end.
func TestTransportWithSource(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, time.Second)
	synctest.Test(t, func(t *testing.T) {
		client := &http.Client{Transport: &session.Transport{
			Source: sourceOf(t, server), Hosts: []string{"api.example.com"}, Bearer: true, Base: orylogintest.InMemory(guarded(t, server)),
		}}
		get := func() (*http.Response, error) {
			return client.Do(newRequest(t, http.MethodGet, "https://api.example.com/", nil))
		}
		for round := range 2 {
			server.ExpireSessions("i")
			together(func() {
				response, err := get() //nolint:bodyclose // it is in memory
				if err != nil || response.StatusCode != http.StatusOK {
					t.Errorf("%v %v", response, err)
				}
			})
			server.ExpectCalls(orylogintest.Submit, round+1)
		}
		server.SetDisabled("i", true)
		response, err := get() //nolint:bodyclose // it is in memory
		require.NoError(t, err)
		require.Equal(t, http.StatusUnauthorized, response.StatusCode, "two tokens in a row were refused early")
		time.Sleep(time.Second) // after the pause
		_, err = get()          //nolint:bodyclose // there is none
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
		require.ErrorIs(t, err, session.ErrStopped)
	})
}

// TestWhyUnauthorized has a stored token whose session has ended, and a wrong password. The
// source says why the service answers with 401.
func TestWhyUnauthorized(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	wrong := orylogin.Password{Identifier: password.Identifier, Password: orylogin.NewSecret("a guess")}
	store := &memory{kept: session.StoredToken{Token: orylogin.NewSecret("old")}}
	source, err := session.NewSource(clientOf(t, server), wrong, session.WithStore(store, nil))
	require.NoError(t, err)
	client := &http.Client{Transport: &session.Transport{
		Source: source, Hosts: []string{"api.example.com"}, Base: orylogintest.InMemory(guarded(t, server)),
	}}
	response, err := client.Do(newRequest(t, http.MethodGet, "https://api.example.com/", nil)) //nolint:bodyclose // it is in memory
	require.NoError(t, err)
	require.Equal(t, http.StatusUnauthorized, response.StatusCode)
	_, err = source.Token(t.Context())
	require.ErrorIs(t, err, session.ErrStopped)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	server.ExpectCalls(orylogintest.Submit, 1)
}
