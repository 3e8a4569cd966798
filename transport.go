package orylogin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/orylogin/orylogin/internal/host"
)

// maxConns limits the connections to one server. Otherwise a server that answers slowly would
// cost a connection for each call, until the process can open no more files. Calls beyond the
// limit wait for a connection, within their time limit. Over HTTP/2 all calls share one
// connection.
const maxConns = 64

// sharedTransport pools the connections of each Client without an http.Client of its own. It
// keeps many more idle connections per host than net/http's two, since a Client calls one host
// only. It detects dead connections that nobody has closed.
var sharedTransport = pool{&http.Transport{
	Proxy:                  proxy,
	DialContext:            dialer.DialContext,
	ForceAttemptHTTP2:      true,
	HTTP2:                  &http.HTTP2Config{SendPingTimeout: silence, PingTimeout: silence / 2},
	MaxIdleConns:           512,
	MaxIdleConnsPerHost:    maxConns,
	MaxConnsPerHost:        maxConns,
	IdleConnTimeout:        90 * time.Second,
	TLSHandshakeTimeout:    10 * time.Second,
	MaxResponseHeaderBytes: 1 << 20,
	DisableCompression:     true, // the limit of an answer counts the bytes before decompression
}}

// silence is how long a connection may be silent before the client asks whether the server is
// still there. The server has half of that time to answer.
const silence = 10 * time.Second

var dialer = net.Dialer{
	Timeout:         silence,
	KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: silence, Interval: silence / 2, Count: 2},
}

// pool is a transport that closes its idle connections after one has not answered in time.
// HTTP/1 has no way to ask on an idle connection, and each dead connection could cost a call.
type pool struct{ *http.Transport }

func (p pool) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := p.Transport.RoundTrip(r)
	if err != nil && errors.Is(r.Context().Err(), context.DeadlineExceeded) {
		p.CloseIdleConnections()
	}
	return answer, err
}

// proxy returns the proxy from the environment, but none for plain http to this machine.
func proxy(r *http.Request) (*url.URL, error) {
	if r.URL.Scheme == "http" && host.IsLoopback(r.URL.Hostname()) {
		return nil, nil //nolint:nilnil // no proxy
	}
	return http.ProxyFromEnvironment(r)
}

// errTimeLimit is the error of a call that takes longer than WithTimeout allows.
var errTimeLimit = fmt.Errorf("the client's time limit has passed: %w", context.DeadlineExceeded)

// ask sends a request. The function read reads its answer.
func ask[T any](ctx context.Context, from asker, r request, read func(*answer) (T, error)) (T, error) {
	answer, err := from.send(ctx, r)
	if err != nil {
		var none T
		return none, err
	}
	result, err := read(answer)
	answer.observe(ctx, err)
	return result, err
}

// asker sends a request. It is a call of a Client, or a Visit with the cookies of its browser.
type asker interface {
	send(ctx context.Context, r request) (*answer, error)
}

// send sends one request and reads the bytes of its answer. The caller finds out what the
// answer means and tells the observer.
func (c *call) send(ctx context.Context, r request) (*answer, error) {
	switch wrong := cmp.Or(c.wrong, r.wrong); {
	case wrong != nil:
		return nil, wrong
	case c.client == nil || c.client.config == nil:
		return nil, invalidCall("orylogin: the Client was not made by New")
	case ctx == nil:
		return nil, invalidCall("orylogin: the context is nil")
	}
	begin := time.Now()
	answer := &answer{operation: r.operation, token: c.token, observer: c.client.config.observe}
	err := c.exchange(ctx, r, answer)
	answer.took = time.Since(begin)
	if err != nil {
		answer.observe(ctx, err)
		return nil, err
	}
	return answer, nil
}

// exchange sends one request and fills in the answer. It calls the transport directly, since an
// http.Client would break a native flow. The http.Client would follow redirects, which could
// take tokens and passwords to other hosts. It would also add the cookies of its jar, and
// servers refuse a native flow with cookies.
func (c *call) exchange(ctx context.Context, r request, answer *answer) error {
	ctx, cancel := c.client.bound(ctx)
	defer cancel()
	if ctx.Err() != nil {
		return r.failed(ctx, ctx.Err(), true)
	}
	var conn connection
	sent, err := r.toHTTP(conn.traced(ctx), c)
	switch {
	case err != nil:
		return r.failed(ctx, err, true)
	case hasLongHead(sent):
		return errLongHead
	}
	answer.url = sent.URL
	response, err := c.client.config.transport.Reveal().RoundTrip(sent)
	if err == nil && (response == nil || response.Body == nil) {
		err = errors.New("the transport returned no answer")
	}
	if err != nil {
		return r.failed(ctx, err, conn.wanted.Load() && !conn.got.Load())
	}
	defer func() { _ = response.Body.Close() }()
	// Some bodies do not end with the context, for example after a switch of protocols. Closing
	// ends them.
	stop := context.AfterFunc(ctx, func() { _ = response.Body.Close() })
	defer stop()
	body, err := readBody(response, c.client.config.responseLimit)
	answer.status, answer.header, answer.body = response.StatusCode, response.Header, body
	answer.err = withContext(ctx, err)
	return nil
}

// bound returns a context with the time limit of a call.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c == nil || c.config == nil || ctx == nil {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.config.timeout, errTimeLimit)
}

// connection records whether a request has got a connection.
type connection struct {
	trace  httptrace.ClientTrace
	wanted atomic.Bool // the transport is net/http's and reports its connections
	got    atomic.Bool // the request may have left the process
}

func (c *connection) traced(ctx context.Context) context.Context {
	c.trace.GetConn = func(string) { c.wanted.Store(true) }
	c.trace.GotConn = func(httptrace.GotConnInfo) { c.got.Store(true) }
	return httptrace.WithClientTrace(ctx, &c.trace)
}

// failed returns the error of a request without an answer.
func (r *request) failed(ctx context.Context, err error, notSent bool) *TransportError {
	// A transport with an http.Client inside adds the URL. Its query may have codes.
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return &TransportError{Operation: r.operation, NotSent: notSent, cause: newCause(withContext(ctx, err))}
}

// withContext adds the context's error to an error if the context has ended. Net/http returns
// the cause of the context in place of its error. A body that was closed meanwhile returns
// neither.
func withContext(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	if reason := context.Cause(ctx); !errors.Is(err, reason) {
		err = fmt.Errorf("%w: %w", err, reason)
	}
	if !errors.Is(err, ctx.Err()) {
		err = fmt.Errorf("%w: %w", ctx.Err(), err)
	}
	return err
}

// readBody reads at most limit bytes. If it returns an error, it also returns what it has read
// so far.
func readBody(response *http.Response, limit int64) ([]byte, error) {
	const guess = 64 << 10 // enough for the answers of real servers
	var body bytes.Buffer
	if length := response.ContentLength; length > 0 {
		body.Grow(int(min(length, limit, guess)) + bytes.MinRead)
	}
	_, err := body.ReadFrom(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(body.Len()) > limit {
		err = ErrResponseTooLarge
	}
	return body.Bytes(), err
}
