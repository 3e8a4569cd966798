package orylogin_test

import (
	"bytes"
	"io"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

const flowID = "58754060-2707-4237-81ae-8c8845ed16aa"

// complete is the answer to a complete login, without its last brace.
const complete = `{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i"}}`

var token = orylogin.NewSecret("ory_st_secret-token")

// fixed is a transport with one answer to all requests. It keeps the requests.
type fixed struct {
	status int
	header http.Header
	body   []byte

	mu       sync.Mutex
	requests []request
}

// request is a request to which a fixed answer was given.
type request struct {
	Method string
	Target string
	Header http.Header
	Body   string
}

// inJSON returns a JSON answer that is made by hand.
func inJSON(status int, body string) *fixed {
	return &fixed{status: status, header: http.Header{"Content-Type": {"application/json"}}, body: []byte(body)}
}

func (f *fixed) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, request{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
	return &http.Response{
		StatusCode: f.status, Header: f.header.Clone(), Body: io.NopCloser(bytes.NewReader(f.body)), ContentLength: -1,
	}, nil
}

// client returns a client that gets the answer.
func (f *fixed) client(t *testing.T, opts ...orylogin.Option) *orylogin.Client {
	t.Helper()
	return over(t, f, opts...)
}

// only returns the request and requires that it was the only one.
func (f *fixed) only(t *testing.T) request {
	t.Helper()
	require.Len(t, f.requests, 1)
	return f.requests[0]
}

// over returns a client that sends its requests over a transport.
func over(t *testing.T, transport http.RoundTripper, opts ...orylogin.Option) *orylogin.Client {
	t.Helper()
	opts = append([]orylogin.Option{orylogin.WithHTTPClient(&http.Client{Transport: transport})}, opts...)
	client, err := orylogin.New("http://127.0.0.1:4433", opts...)
	require.NoError(t, err)
	return client
}

// roundTrip is a function that is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
