package session_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/session"
)

var (
	password = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("hunter2")}
	errLogin = errors.New("the login of this test fails")
)

// fakeKratos logs in anybody, and knows the tokens that it gave.
type fakeKratos struct {
	*httptest.Server
	logins  atomic.Int64
	whoamis atomic.Int64

	mu       sync.Mutex
	lifespan time.Duration
	aal      string
	tokens   map[string]bool             // valid or not
	answers  map[string]http.HandlerFunc // by path, in place of the usual ones
	last     map[string]http.Header      // the headers of the last request, by path
}

func newKratos(t *testing.T) *fakeKratos {
	t.Helper()
	k := newFake()
	k.Server = httptest.NewServer(k)
	t.Cleanup(k.Close)
	return k
}

func newFake() *fakeKratos {
	return &fakeKratos{
		lifespan: time.Hour, aal: "aal1",
		tokens: map[string]bool{}, answers: map[string]http.HandlerFunc{}, last: map[string]http.Header{},
	}
}

func (k *fakeKratos) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	answer := k.answers[r.URL.Path]
	k.last[r.URL.Path] = r.Header.Clone()
	k.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/sessions/whoami" {
		k.whoamis.Add(1)
	}
	if answer != nil {
		answer(w, r)
		return
	}
	switch r.URL.Path {
	case "/self-service/login/api":
		_, _ = io.WriteString(w, `{"id":"f","ui":{"nodes":[]}}`)
	case "/self-service/login":
		k.logIn(w)
	case "/sessions/whoami":
		k.whoami(w, r)
	case "/self-service/logout/api":
		k.logOut(w, r)
	default:
		http.NotFound(w, r)
	}
}

func (k *fakeKratos) logIn(w http.ResponseWriter) {
	token := fmt.Sprintf("ory_st_secret_%d", k.logins.Add(1))
	k.mu.Lock()
	defer k.mu.Unlock()
	k.tokens[token] = true
	_, _ = fmt.Fprintf(w, `{"session_token":%q,"session":%s}`, token, k.session())
}

func (k *fakeKratos) session() string {
	return fmt.Sprintf(`{"id":"s","active":true,"authenticator_assurance_level":%q,"identity":{"id":"i"},"expires_at":%q}`,
		k.aal, time.Now().Add(k.lifespan).Format(time.RFC3339Nano))
}

func (k *fakeKratos) whoami(w http.ResponseWriter, r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	cookie := strings.TrimPrefix(r.Header.Get("Cookie"), "ory_kratos_session=")
	if !k.tokens[r.Header.Get("X-Session-Token")] && !k.tokens[cookie] {
		refuse(w, http.StatusUnauthorized)
		return
	}
	_, _ = io.WriteString(w, k.session())
}

func (k *fakeKratos) logOut(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	k.mu.Lock()
	defer k.mu.Unlock()
	for token := range k.tokens {
		if bytes.Contains(body, []byte(`"`+token+`"`)) {
			k.tokens[token] = false
			w.WriteHeader(http.StatusNoContent)
			return
		}
	}
	refuse(w, http.StatusForbidden)
}

func refuse(w http.ResponseWriter, status int) {
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `{"error":{"code":%d,"message":"no"}}`, status)
}

// revoke ends all sessions.
func (k *fakeKratos) revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for token := range k.tokens {
		k.tokens[token] = false
	}
}

// answer sets the answer of a path; nil for the usual one.
func (k *fakeKratos) answer(path string, handler http.HandlerFunc) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.answers[path] = handler
}

// header returns the header of the last request to a path.
func (k *fakeKratos) header(path string) http.Header {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.last[path]
}

func (k *fakeKratos) set(lifespan time.Duration, aal string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lifespan, k.aal = lifespan, aal
}

func (k *fakeKratos) client(t *testing.T) *orylogin.Client {
	t.Helper()
	return newClient(t, k.URL)
}

func (k *fakeKratos) source(t *testing.T, opts ...session.SourceOption) *session.Source {
	t.Helper()
	source, err := session.NewSource(k.client(t), password, opts...)
	require.NoError(t, err)
	return source
}

func newClient(t *testing.T, baseURL string) *orylogin.Client {
	t.Helper()
	client, err := orylogin.New(baseURL)
	require.NoError(t, err)
	return client
}

// logins is a function that logs in, for tests without a network.
type logins struct {
	mu       sync.Mutex
	count    int
	lifespan time.Duration
	takes    time.Duration
	err      error
}

func (l *logins) login(ctx context.Context) (*orylogin.Login, error) {
	select {
	case <-time.After(l.takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	if l.err != nil {
		return nil, l.err
	}
	return &orylogin.Login{
		Token:   orylogin.NewSecret(fmt.Sprintf("token%d", l.count)),
		Session: &orylogin.Session{Session: api.Session{ExpiresAt: time.Now().Add(l.lifespan)}},
	}, nil
}

func (l *logins) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.err = err
}

func (l *logins) made() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.count
}

func (l *logins) source(t *testing.T, opts ...session.SourceOption) *session.Source {
	t.Helper()
	source, err := session.NewSourceFunc(newClient(t, "http://127.0.0.1:1"), l.login, opts...)
	require.NoError(t, err)
	return source
}

// tokenOf returns the text of a source's token.
func tokenOf(t *testing.T, source session.TokenSource) string {
	t.Helper()
	token, err := source.Token(t.Context())
	require.NoError(t, err)
	return token.Reveal()
}

// recorded returns the error of a submission that gets the recorded answer.
func recorded(t *testing.T, name string) error {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "v26.2.0", name+".http"))
	require.NoError(t, err)
	return submission(t, string(raw))
}

// submission returns the error of a submission that gets the answer.
func submission(t *testing.T, answer string) error {
	t.Helper()
	client, err := orylogin.New("https://kratos", orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			return http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), r)
		}),
	}))
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), "f", password)
	require.Error(t, err)
	return err
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
