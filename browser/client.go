package browser

import (
	"errors"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin"
)

// Client talks to a Kratos on behalf of browsers. It keeps nothing of them. It is
// safe for concurrent use; make one with [New] and keep it.
type Client struct {
	kratos  *orylogin.Client
	forward func(cookie string) bool
}

// Option configures a [Client] when it is made.
type Option func(*Client) error

// WithCookies sets which cookies of a browser are sent to Kratos, by their names.
// Default: those named ory_kratos_session or ory_kratos_continuity, or beginning
// with csrf_token_ or ory_session_, as Kratos and Ory Network name theirs unless
// they are configured otherwise.
func WithCookies(forward func(name string) bool) Option {
	return func(c *Client) error {
		if forward == nil {
			return errors.New("orylogin/browser: WithCookies: the function is nil")
		}
		c.forward = forward
		return nil
	}
}

// New returns a Client that uses client's base URL, transport, limits and headers.
func New(client *orylogin.Client, opts ...Option) (*Client, error) {
	if client == nil {
		return nil, errors.New("orylogin/browser: the client is nil")
	}
	c := &Client{kratos: client, forward: usualCookie}
	var errs []error
	for _, opt := range opts {
		if opt == nil {
			errs = append(errs, errors.New("orylogin/browser: an option is nil"))
			continue
		}
		errs = append(errs, opt(c))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return c, nil
}

func usualCookie(name string) bool {
	return name == "ory_kratos_session" || name == "ory_kratos_continuity" ||
		strings.HasPrefix(name, "csrf_token_") || strings.HasPrefix(name, "ory_session_")
}

// Visit returns the visit that a browser's request is. It reads the request's
// cookies and nothing else.
func (c *Client) Visit(r *http.Request) *Visit {
	return &Visit{client: c, cookies: cookiesOf(r.Header, c.forward), device: http.Header{}}
}
