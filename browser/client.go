package browser

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/cookiename"
	"github.com/orylogin/orylogin/internal/option"
)

// Client talks to a Kratos on behalf of browsers and keeps nothing of them. Make one
// with [New] and keep it. It is safe for concurrent use.
type Client struct {
	kratos  *orylogin.Client
	session string // the session cookie's name; empty for the usual ones
	forward func(cookie string) bool
}

// Option configures a [Client] when it is made.
type Option func(*Client) error

// WithCookies sets which cookies of a browser are sent to Kratos: those for whose
// names forward returns true. It is for a Kratos whose cookies have other names, and
// for a gateway that needs a cookie of its own. Default: the session cookie,
// ory_kratos_continuity, and any cookie whose name begins with csrf_token_.
func WithCookies(forward func(name string) bool) Option {
	return func(c *Client) error {
		if forward == nil {
			return errors.New("WithCookies: the function is nil")
		}
		c.forward = forward
		return nil
	}
}

// WithSessionCookie sets the name of the session cookie. It must be the one that
// Kratos is configured with: otherwise nobody is logged in. Default:
// ory_kratos_session, and any name that begins with ory_session_, as on Ory
// Network.
func WithSessionCookie(name string) Option {
	return func(c *Client) error {
		if err := cookiename.Check(name); err != nil {
			return fmt.Errorf("WithSessionCookie: %w", err)
		}
		c.session = name
		return nil
	}
}

// New returns a Client that uses client's base URL, transport, limits and headers. It
// is an error if client or an option is nil, or if an option's value is not valid; the
// error names each such option.
func New(client *orylogin.Client, opts ...Option) (*Client, error) {
	if client == nil {
		return nil, errors.New("orylogin/browser: the client is nil")
	}
	c := &Client{kratos: client}
	c.forward = c.needed
	if err := option.Apply("orylogin/browser", c, opts); err != nil {
		return nil, err
	}
	return c, nil
}

// needed reports whether Kratos needs a cookie, by its name.
func (c *Client) needed(name string) bool {
	return c.isSession(name) || name == "ory_kratos_continuity" || strings.HasPrefix(name, "csrf_token_")
}

func (c *Client) isSession(name string) bool {
	return cookiename.IsSession(name, c.session)
}

// Visit returns a Visit for a browser's request. It reads the request's cookies and
// nothing else.
func (c *Client) Visit(r *http.Request) *Visit {
	visit := &Visit{device: http.Header{}}
	if c != nil && c.kratos != nil && r != nil {
		visit.client, visit.cookies = c, cookiesOf(r.Header, c.forward)
	}
	return visit
}
