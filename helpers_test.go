package orylogin_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

const flowID = "58754060-2707-4237-81ae-8c8845ed16aa"

var (
	token    = orylogin.NewSecret("ory_st_secret-token")
	password = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("hunter2")}
)

// request is what a server saw.
type request struct {
	Method string
	Target string
	Header http.Header
	Body   string
}

// server answers every request with a handler and keeps the requests.
type server struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func newServer(t *testing.T, handler http.HandlerFunc) *server {
	t.Helper()
	s := &server{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("reading the request: %v", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		s.mu.Lock()
		s.requests = append(s.requests, request{r.Method, r.URL.RequestURI(), r.Header.Clone(), string(body)})
		s.mu.Unlock()
		handler(w, r)
	}))
	t.Cleanup(s.Close)
	return s
}

// seen returns the requests so far.
func (s *server) seen() []request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests
}

// only returns the one request that was made.
func (s *server) only(t *testing.T) request {
	t.Helper()
	require.Len(t, s.seen(), 1)
	return s.seen()[0]
}

func newClient(t *testing.T, baseURL string, opts ...orylogin.Option) *orylogin.Client {
	t.Helper()
	client, err := orylogin.New(baseURL, opts...)
	require.NoError(t, err)
	return client
}

// reply answers with a JSON body.
func reply(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// replay answers with a recorded answer, named by its file below testdata.
func replay(t *testing.T, name string) http.HandlerFunc {
	t.Helper()
	return func(w http.ResponseWriter, _ *http.Request) {
		recorded, body := recording(t, name)
		for key, values := range recorded.Header {
			w.Header()[key] = values
		}
		w.WriteHeader(recorded.StatusCode)
		_, _ = w.Write(body)
	}
}

// recording reads a recorded answer.
func recording(t *testing.T, name string) (*http.Response, []byte) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("testdata", name+".http"))
	require.NoError(t, err)
	response, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response, body
}

// member returns a member of a JSON object as it stands in it.
func member(t *testing.T, object []byte, name string) []byte {
	t.Helper()
	var members map[string]json.RawMessage
	require.NoError(t, json.Unmarshal(object, &members))
	return members[name]
}
