// Package hardening has the tests that try to break the module: with network faults, hostile
// servers and careless callers.
package hardening

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hardening/wire"
	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	secret = orylogin.NewSecret("correct horse battery staple")
	ada    = kratostest.Identity{Email: "ada@example.com", Password: secret.Reveal()}
	asAda  = orylogin.Password{Identifier: ada.Email, Password: secret}
)

// patience is the time limit for things that should happen.
const patience = time.Minute

// nobody is the address of a server that does not run. No other server gets that port.
const nobody = "http://127.0.0.1:1"

// stage is a real Kratos behind a proxy. It knows ada.
type stage struct {
	kratos *kratostest.Server
	proxy  *wire.Proxy
	ada    kratostest.Identity
}

func newStage(t *testing.T, settings ...kratostest.Setting) *stage {
	t.Helper()
	kratos := kratostest.Start(t, settings...)
	person, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	proxy, err := wire.New(strings.TrimPrefix(kratos.PublicURL, "http://"))
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	return &stage{kratos, proxy, person}
}

// client returns a client with its own connections. The returned function requires that none of
// them is left, and no goroutine.
func (s *stage) client(t *testing.T, opts ...orylogin.Option) (*orylogin.Client, func()) {
	t.Helper()
	before := goleak.IgnoreCurrent()
	transport := &http.Transport{}
	client, err := orylogin.New(s.proxy.URL, append([]orylogin.Option{
		orylogin.WithTimeout(patience), orylogin.WithHTTPClient(&http.Client{Transport: transport}),
	}, opts...)...)
	require.NoError(t, err)
	return client, func() {
		transport.CloseIdleConnections()
		require.Eventually(t, func() bool { return s.proxy.Open() == 0 }, patience, time.Millisecond, "a connection is left")
		requireNoneLeft(t, before)
	}
}

// requireNoneLeft requires that all goroutines have ended, except those from before.
func requireNoneLeft(t *testing.T, before goleak.Option) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for goleak.Find(before) != nil && ctx.Err() == nil { // Find waits for up to a second
		t.Log("a goroutine takes its time to end")
	}
	goleak.VerifyNone(t, before)
}

// sessions returns how many sessions ada has, according to the server's admin API.
func (s *stage) sessions(t *testing.T) int {
	t.Helper()
	count, err := s.kratos.Sessions(t.Context(), s.ada)
	require.NoError(t, err)
	return count
}

// operation is a call of the client that makes one request.
type operation struct {
	name   string
	target string
	call   func(context.Context, *orylogin.Client) error
}

// operations returns each operation. Each can succeed once.
func (s *stage) operations(t *testing.T) []operation {
	t.Helper()
	direct, err := orylogin.New(s.kratos.PublicURL)
	require.NoError(t, err)
	flow, err := direct.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	login, err := direct.Login(t.Context(), asAda)
	require.NoError(t, err)
	return []operation{
		{"create", "GET /self-service/login/api", func(ctx context.Context, c *orylogin.Client) error {
			return either(c.CreateFlow(ctx, orylogin.FlowOptions{}))
		}},
		{"get", "GET /self-service/login/flows", func(ctx context.Context, c *orylogin.Client) error {
			return either(c.GetFlow(ctx, flow.ID))
		}},
		{"submit", "POST /self-service/login", func(ctx context.Context, c *orylogin.Client) error {
			return either(c.Submit(ctx, flow.ID, asAda))
		}},
		{"whoami", "GET /sessions/whoami", func(ctx context.Context, c *orylogin.Client) error {
			return either(c.Whoami(ctx, login.Token))
		}},
		{"logout", "DELETE /self-service/logout/api", func(ctx context.Context, c *orylogin.Client) error {
			return c.Logout(ctx, login.Token)
		}},
	}
}

var errNeither = errors.New("the call returned neither a value nor an error, or both")

// either returns the error of a call. It returns another error if the call has neither a value
// nor an error, or both.
func either[T any](value *T, err error) error {
	if (value == nil) == (err == nil) {
		return errNeither
	}
	return err
}

// kindOf returns the kind of an error: "" for none, "transport", "unsent" if the request was
// certainly not sent, "answer", or "untyped".
func kindOf(err error) string {
	var transport *orylogin.TransportError
	var answer *orylogin.APIError
	switch {
	case err == nil:
		return ""
	case errors.As(err, &transport) && transport.NotSent:
		return "unsent"
	case errors.As(err, &transport):
		return "transport"
	case errors.As(err, &answer):
		return "answer"
	default:
		return "untyped"
	}
}

// discard is a log that nobody reads.
var discard = log.New(io.Discard, "", 0)
