package orylogin

import (
	"errors"
	"fmt"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

const (
	defaultTimeout       = 30 * time.Second
	defaultResponseLimit = 4 << 20
)

// Option configures a [Client] when [New] makes it.
type Option func(*config) error

// CallOption adds something to a single call.
type CallOption func(*call) error

// config is what a Client was made with.
type config struct {
	httpClient    *http.Client
	timeout       time.Duration
	responseLimit int64
	header        http.Header
	plainHTTP     bool
}

// call is what the options of a single call add up to.
type call struct {
	header http.Header
	token  Secret
}

// WithHTTPClient makes the Client send its requests with a copy of client, for
// example one whose Transport traces, retries or trusts a private authority.
// The copy follows no redirect and has no cookie jar; client itself is not
// changed. Default: a client with its own connection pool.
func WithHTTPClient(client *http.Client) Option {
	return func(c *config) error {
		if client == nil {
			return errors.New("WithHTTPClient: the client is nil")
		}
		c.httpClient = client
		return nil
	}
}

// WithTimeout bounds each call, from the first byte sent to the last byte read;
// a deadline of the context that comes sooner counts. [Client.Login] is one
// call. Default: 30 seconds.
func WithTimeout(timeout time.Duration) Option {
	return func(c *config) error {
		if timeout <= 0 {
			return fmt.Errorf("WithTimeout: %v is not positive", timeout)
		}
		c.timeout = timeout
		return nil
	}
}

// WithResponseLimit sets the largest answer that is read, in bytes. A larger
// one is an [*APIError] that is [ErrResponseTooLarge]. Default: 4 MiB.
func WithResponseLimit(bytes int64) Option {
	return func(c *config) error {
		if bytes <= 0 {
			return fmt.Errorf("WithResponseLimit: %d is not positive", bytes)
		}
		c.responseLimit = bytes
		return nil
	}
}

// WithHeader adds a header to every request, for example a gateway's key. It
// refuses the headers that the Client sets itself, or that the server of a
// native flow must not see: Accept, Content-Type, Content-Length, Cookie, Host,
// Idempotency-Key, Origin, X-Idempotency-Key and X-Session-Token.
func WithHeader(name, value string) Option {
	return func(c *config) error { return addHeader(c.header, "WithHeader", name, value) }
}

// WithPlainHTTP allows a base URL with the scheme http whose host is not
// loopback, as is usual inside a cluster. Passwords and tokens then cross the
// network unencrypted.
func WithPlainHTTP() Option {
	return func(c *config) error {
		c.plainHTTP = true
		return nil
	}
}

// WithCallHeader adds a header to the requests of one call, for example for
// tracing. It refuses the same headers as [WithHeader], and wins over the
// client's header of that name.
func WithCallHeader(name, value string) CallOption {
	return func(c *call) error { return addHeader(c.header, "WithCallHeader", name, value) }
}

// WithSessionToken sends the session token along with a flow's creation or
// submission: to log in again ([FlowOptions].Refresh) or to add a second factor
// ([FlowOptions].AAL). Creation and submission need the same token.
func WithSessionToken(token Secret) CallOption {
	return func(c *call) error {
		if token.IsZero() {
			return errors.New("WithSessionToken: the token is empty")
		}
		c.token = token
		return nil
	}
}

func newConfig(opts []Option) (*config, error) {
	c := &config{
		httpClient:    &http.Client{Transport: sharedTransport},
		timeout:       defaultTimeout,
		responseLimit: defaultResponseLimit,
		header:        http.Header{},
	}
	return c, applyAll(c, opts)
}

func newCall(opts []CallOption) (*call, error) {
	c := &call{header: http.Header{}}
	return c, applyAll(c, opts)
}

// applyAll applies every option and reports all that are wrong at once.
func applyAll[T any, O ~func(T) error](target T, opts []O) error {
	var errs []error
	for _, opt := range opts {
		if opt == nil {
			errs = append(errs, errors.New("orylogin: an option is nil"))
			continue
		}
		if err := opt(target); err != nil {
			errs = append(errs, fmt.Errorf("orylogin: %w", err))
		}
	}
	return errors.Join(errs...)
}

// reservedHeaders are set by the Client, break a native flow when set, or, in
// the case of the idempotency keys, make net/http send a POST twice.
var reservedHeaders = map[string]bool{
	"Accept":            true,
	"Content-Length":    true,
	"Content-Type":      true,
	"Cookie":            true,
	"Host":              true,
	"Idempotency-Key":   true,
	"Origin":            true,
	"X-Idempotency-Key": true,
	"X-Session-Token":   true,
}

func addHeader(header http.Header, option, name, value string) error {
	canonical := textproto.CanonicalMIMEHeaderKey(name)
	switch {
	case !validHeaderName(name):
		return fmt.Errorf("%s: %q is not a header name", option, name)
	case strings.ContainsAny(value, "\r\n\x00"):
		return fmt.Errorf("%s: the value of %s has a line break or a zero byte", option, canonical)
	case reservedHeaders[canonical]:
		return fmt.Errorf("%s: %s cannot be set", option, canonical)
	}
	header.Add(canonical, value)
	return nil
}

func validHeaderName(name string) bool {
	for _, r := range name {
		if r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r) {
			return false
		}
	}
	return name != ""
}
