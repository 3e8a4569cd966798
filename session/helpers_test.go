package session_test

import (
	"bufio"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

var (
	password = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("hunter2")}
	errLogin = errors.New("the login of this test fails")
	errAway  = errors.New("the server of this test is not there")
)

// lifespan is the lifespan of the server's sessions.
const lifespan = 24 * time.Hour

// newKratos returns a server that knows ada. It works within a bubble of testing/synctest if it
// was made outside.
func newKratos(t *testing.T, opts ...orylogintest.Option) *orylogintest.Server {
	t.Helper()
	server := orylogintest.NewServer(t, opts...)
	server.AddIdentity(orylogintest.Identity{
		ID: "i", Email: "ada@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP",
	})
	return server
}

// clientOf returns a client with a transport, such as a server. A nil transport means that
// nothing answers.
func clientOf(t *testing.T, transport http.RoundTripper, opts ...orylogin.Option) *orylogin.Client {
	t.Helper()
	if transport == nil {
		transport = roundTrip(func(*http.Request) (*http.Response, error) { return nil, errAway })
	}
	client, err := orylogin.New("https://kratos.example.com",
		append(opts, orylogin.WithHTTPClient(&http.Client{Transport: transport}))...)
	require.NoError(t, err)
	return client
}

// sourceOf returns a source that logs in as ada.
func sourceOf(t *testing.T, transport http.RoundTripper, opts ...session.SourceOption) *session.Source {
	t.Helper()
	source, err := session.NewSource(clientOf(t, transport), password, opts...)
	require.NoError(t, err)
	return source
}

// tokenOf returns a source's token.
func tokenOf(t *testing.T, source session.TokenSource) orylogin.Secret {
	t.Helper()
	token, err := source.Token(t.Context())
	require.NoError(t, err)
	return token
}

// cookieOf returns the session cookie of a browser in which ada has logged in.
func cookieOf(t *testing.T, server *orylogintest.Server) string {
	t.Helper()
	visit := clientOf(t, server).Visit(nil, &http.Request{})
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = visit.Submit(t.Context(), flow, password)
	require.NoError(t, err)
	for _, line := range visit.CookieLines() {
		if cookie, err := http.ParseSetCookie(line); err == nil && cookie.Name == "ory_kratos_session" {
			return cookie.Value
		}
	}
	require.Fail(t, "there is no session cookie")
	return ""
}

// recorded returns the error of a submission with a recorded answer.
func recorded(t *testing.T, name string) error {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "v26.2.0", name+".http"))
	require.NoError(t, err)
	return submission(t, string(raw))
}

// submission returns the error of a submission with an answer.
func submission(t *testing.T, answer string) error {
	t.Helper()
	_, err := clientOf(t, roundTrip(func(r *http.Request) (*http.Response, error) {
		return http.ReadResponse(bufio.NewReader(strings.NewReader(answer)), r)
	})).Submit(t.Context(), "f", password)
	require.Error(t, err)
	return err
}

// roundTrip is a function that is a transport.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// together calls f in 64 goroutines and waits for them.
func together(f func()) {
	var group sync.WaitGroup
	for range 64 {
		group.Go(f)
	}
	group.Wait()
}
