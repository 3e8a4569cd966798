package orylogin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/orylogin/orylogin/internal/header"
	"github.com/orylogin/orylogin/internal/hidden"
	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/option"
	tokens "github.com/orylogin/orylogin/internal/token"
	"github.com/orylogin/orylogin/internal/trace"
)

// Option configures a [Client] when [New] makes it.
type Option func(*config) error

// CallOption changes a single call. Every call takes [WithCallHeader] and [WithDevice].
// [Client.Visit] takes them, too, and adds them to all calls of the Visit. CreateFlow, Submit
// and Converse take [WithSessionToken]. Whoami and WhoamiCookie take [WithTokenizeAs]. A call
// with an option that it does not take returns [ErrInvalidCall].
type CallOption func(*call) error

// config has the options of a Client.
type config struct {
	transport     hidden.Value[http.RoundTripper] // reflection could find requests in its connections
	wrap          []func(http.RoundTripper) http.RoundTripper
	timeout       time.Duration
	clientTimeout time.Duration // of the caller's http.Client; zero for none
	responseLimit int64
	header        hidden.Value[http.Header]
	plainHTTP     bool
	cookies       cookieNames
	returnOrigins []string
	observe       func(context.Context, Event)
}

// call is a single call of a Client, with its options.
type call struct {
	client     *Client
	header     http.Header
	token      Secret
	tokenizeAs *string // nil for none
	wrong      error   // why nothing can be sent
}

// WithHTTPClient makes the Client send its requests with client's Transport, for example one
// that trusts a private certificate authority. client's Timeout, if shorter, limits each call
// as [WithTimeout] does. Its cookie jar and its policy for redirects are not used. client is
// not changed. To trace or to log, use [WithTransport], which keeps the Client's connection
// pool. Default: a pool that all Clients share, with at most 64 connections to one server.
// Calls beyond that wait for a connection, within their time limit.
func WithHTTPClient(client *http.Client) Option {
	return option.Setting(client != nil, "WithHTTPClient: the client is nil", func(c *config) {
		c.transport, c.clientTimeout = hidden.New(cmp.Or(client.Transport, http.DefaultTransport)), client.Timeout
	})
}

// WithTransport puts a transport around the Client's own, for example one that traces. The
// function wrap is called once, by [New]. The Client's connection pool stays. Of several
// WithTransport options the last one is outermost. The URLs of [Client.Exchange] and
// [Visit.Logout] have secrets in their queries: keep these out of traces. A
// [net/http/httptrace.ClientTrace], of the caller's context or added by the transport, gets
// the names of headers and [redacted] for their values. Default: none.
func WithTransport(wrap func(own http.RoundTripper) http.RoundTripper) Option {
	return option.Setting(wrap != nil, "WithTransport: the function is nil", func(c *config) { c.wrap = append(c.wrap, wrap) })
}

// WithObserver calls observe after each request, for example to count outcomes. observe runs
// in the goroutine of the call, with the call's context. Concurrent calls call it
// concurrently. Default: none.
func WithObserver(observe func(context.Context, Event)) Option {
	return option.Setting(observe != nil, "WithObserver: the function is nil", func(c *config) { c.observe = observe })
}

// WithSessionCookie sets the name of the session cookie of browsers. It must be the name in
// the server's configuration: otherwise no browser is logged in. Default: ory_kratos_session,
// and any name that begins with ory_session_, as on Ory Network.
func WithSessionCookie(name string) Option {
	const wrong = "WithSessionCookie: the name is not that of a cookie"
	return option.Setting(isCookieName(name), wrong, func(c *config) { c.cookies.session = name })
}

// WithCookies sets which cookies pass between a browser and the server, in both directions. A
// cookie passes if forward returns true for its name. It is for a server whose cookies have
// other names, and for a gateway that needs a cookie of its own. Default: the session cookie,
// ory_kratos_continuity, and any cookie whose name begins with csrf_token_.
func WithCookies(forward func(name string) bool) Option {
	return option.Setting(forward != nil, "WithCookies: the function is nil", func(c *config) { c.cookies.forward = forward })
}

// WithReturnOrigins sets the origins that a browser's login may return to, such as
// "https://app.example.com". The application's own paths are always allowed: see
// [SafeRedirect]. The server has its own list, selfservice.allowed_return_urls. Default: none.
func WithReturnOrigins(origins ...string) Option {
	const wrong = "WithReturnOrigins: one is not an origin such as https://app.example.com"
	valid := !slices.ContainsFunc(origins, host.IsNoOrigin)
	return option.Setting(valid, wrong, func(c *config) { c.returnOrigins = slices.Clone(origins) })
}

// WithTimeout limits each request, from its beginning to the last byte read. The time to wait
// for a connection is included. If the context has an earlier deadline, that one applies.
// [Client.Login], [Client.Refresh] and [Client.StepUp] have one limit for all their requests
// together. Other calls with several requests, such as [Client.Converse] and
// [Visit.SubmitForm], have the limit for each. Default: 30 seconds.
func WithTimeout(timeout time.Duration) Option {
	wrong := fmt.Sprintf("WithTimeout: %v is not positive", timeout)
	return option.Setting(timeout > 0, wrong, func(c *config) { c.timeout = timeout })
}

// WithResponseLimit sets the largest answer that is read, in bytes, up to 1 GiB. A larger
// answer is an [*APIError] that matches [ErrResponseTooLarge]. Default: 4 MiB.
func WithResponseLimit(bytes int64) Option {
	wrong := fmt.Sprintf("WithResponseLimit: %d is not between 1 and 1 GiB", bytes)
	return option.Setting(0 < bytes && bytes <= 1<<30, wrong, func(c *config) { c.responseLimit = bytes })
}

// WithHeader adds a header to every request, for example a gateway's key. A User-Agent
// replaces the Client's own, which names this module and its version. Three kinds of headers
// are an error:
//
//   - those that the Client or net/http sets, such as Accept and X-Session-Token
//   - Cookie and Origin, which the server of a native flow must not see
//   - Idempotency-Key and X-Idempotency-Key, which make net/http send a submission twice
func WithHeader(name, value string) Option {
	return func(c *config) error { return header.Add(c.header.Reveal(), "WithHeader", name, value) }
}

// WithPlainHTTP allows a base URL with the scheme http whose host is not loopback, as is
// usual inside a cluster. Passwords and tokens then cross the network unencrypted.
func WithPlainHTTP() Option {
	return option.Setting(true, "", func(c *config) { c.plainHTTP = true })
}

// WithCallHeader adds a header to the requests of one call, for example for tracing. It
// refuses the same headers as [WithHeader]. It replaces a header of [WithHeader] with the
// same name.
func WithCallHeader(name, value string) CallOption {
	return func(c *call) error { return header.Add(c.header, "WithCallHeader", name, value) }
}

// WithDevice shows the server the User-Agent and the address of the user's device. The server
// lists them as a device of the session. Either may be empty. Take the address from the
// RemoteAddr of the request, or from a trusted proxy. Default: neither is sent.
//
// The address is sent in the header True-Client-IP, which the server accepts from anybody. So
// let only the program reach the server's public API, or have the proxy in front of it drop
// that header from all requests but the program's.
func WithDevice(userAgent string, address netip.Addr) CallOption {
	return func(c *call) error {
		if userAgent = strings.Map(header.Printable, userAgent); userAgent != "" {
			c.header.Set("User-Agent", userAgent)
		}
		if address.IsValid() {
			c.header.Set("True-Client-IP", address.WithZone("").String())
		}
		return nil
	}
}

// WithSessionToken sends the session token with the creation of a flow or with a submission:
// to log in again ([FlowOptions].Refresh) or to add a second factor ([FlowOptions].AAL).
// Creation and submission need the same token.
func WithSessionToken(token Secret) CallOption {
	return func(c *call) error {
		c.token = token
		return checkToken(token)
	}
}

// WithTokenizeAs makes [Client.Whoami] and [Client.WhoamiCookie] ask for the session as a
// signed token. template is a template of the server's configuration. [Session].Tokenized
// holds the token. Servers since v1.1 support it. The module session/jwt checks such tokens.
func WithTokenizeAs(template string) CallOption {
	return option.Setting(template != "", "WithTokenizeAs: the template is empty", func(c *call) { c.tokenizeAs = &template })
}

// checkToken refuses a text that cannot be sent as a session token. Most often it was read
// from a file with its line break.
func checkToken(token Secret) error {
	switch {
	case token.IsZero():
		return errors.New("the session token is empty")
	case isLong(token.Reveal()):
		return errors.New("the session token is too long")
	case !header.ValidValue(token.Reveal()):
		return errors.New("the session token has a line break or another control character")
	}
	return nil
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		transport:     hidden.New[http.RoundTripper](sharedTransport),
		timeout:       30 * time.Second,
		responseLimit: 4 << 20,
		header:        hidden.New(http.Header{}),
	}
	if err := option.Apply("orylogin", c, opts); err != nil {
		return nil, err
	}
	var transport http.RoundTripper = trace.Transport{RoundTripper: c.transport.Reveal()}
	for _, wrap := range c.wrap {
		if transport = wrap(transport); transport == nil {
			return nil, errors.New("orylogin: WithTransport: the function returned no transport")
		}
	}
	c.transport = hidden.New(transport)
	if c.clientTimeout > 0 {
		c.timeout = min(c.timeout, c.clientTimeout)
	}
	if c.header.Reveal()["User-Agent"] == nil {
		c.header.Reveal().Set("User-Agent", userAgent())
	}
	return c, nil
}

// userAgent names this module and the version that the program was built with.
var userAgent = sync.OnceValue(func() string {
	if build, ok := debug.ReadBuildInfo(); ok {
		for _, module := range append(build.Deps, &build.Main) {
			version, isRelease := strings.CutPrefix(module.Version, "v")
			if module.Path == "github.com/orylogin/orylogin" && isRelease {
				return "orylogin/" + version
			}
		}
	}
	return "orylogin"
})

// extra is an option that a call takes besides WithCallHeader and WithDevice.
type extra int

const (
	noExtra extra = iota
	sessionToken
	tokenizeAs
)

// call applies the options of a call. An option that would have no effect is an error.
func (c *Client) call(opts []CallOption, takes extra) *call {
	call := &call{client: c, header: http.Header{}}
	err := option.Apply("orylogin", call, opts)
	switch {
	case err != nil:
		call.wrong = callError{err}
	case !call.token.IsZero() && takes != sessionToken:
		call.wrong = invalidCall("orylogin: WithSessionToken is for CreateFlow, Submit and Converse only")
	case call.tokenizeAs != nil && takes != tokenizeAs:
		call.wrong = invalidCall("orylogin: WithTokenizeAs is for Whoami and WhoamiCookie only")
	}
	return call
}

// validToken reports whether a text can be a token, which is a single word in a header.
func validToken(token string) bool {
	return tokens.Check(token) == nil && !strings.ContainsFunc(token, host.NotPrintable)
}
