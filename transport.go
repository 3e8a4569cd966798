package orylogin

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/host"
)

// maxConns bounds the connections to one server. A server that answers slowly would
// otherwise cost a connection for each call, until the process has no files left. Calls
// beyond that wait for a connection, within their time limit; over HTTP/2 they share one.
const maxConns = 64

// sharedTransport pools the connections of every Client that was made without
// an http.Client of its own. It keeps many more idle connections per host than
// net/http's two, since a Client talks to one host only.
var sharedTransport = &http.Transport{
	Proxy:                  proxy,
	ForceAttemptHTTP2:      true,
	MaxIdleConns:           512,
	MaxIdleConnsPerHost:    maxConns,
	MaxConnsPerHost:        maxConns,
	IdleConnTimeout:        90 * time.Second,
	TLSHandshakeTimeout:    10 * time.Second,
	MaxResponseHeaderBytes: 1 << 20,
	DisableCompression:     true, // of which the limit of an answer would see nothing
}

// proxy is that of the environment, and none for plain http to this machine.
func proxy(r *http.Request) (*url.URL, error) {
	if r.URL.Scheme == "http" && host.IsLoopback(r.URL.Hostname()) {
		return nil, nil //nolint:nilnil // none is wanted
	}
	return http.ProxyFromEnvironment(r)
}

// errTimeLimit is why a call ends that takes longer than WithTimeout says.
var errTimeLimit = fmt.Errorf("the client's time limit has passed: %w", context.DeadlineExceeded)

// request is one request for an operation.
type request struct {
	operation string
	call      *call
	accept    string // the header; JSON if empty
	body      []byte // nil for none
	acts      bool   // it is a GET that must not be sent twice, such as one by which a code is sent
	noSession bool   // the session cookie is not sent along
}

// sender makes a request with the generated client.
type sender func(context.Context, *api.Client) (*http.Response, error)

// ask sends a request and reads its answer.
func ask[T any](ctx context.Context, c *Client, r request, send sender, read func(*answer) (T, error)) (T, error) {
	answer, err := c.send(ctx, r, send)
	if err != nil {
		var none T
		return none, err
	}
	result, err := read(answer)
	c.observe(ctx, answer, err)
	return result, err
}

// send sends one request and reads the bytes of its answer. Whoever finds out what they
// mean tells [Client.observe].
func (c *Client) send(ctx context.Context, r request, send sender) (*answer, error) {
	if c == nil || c.config == nil {
		return nil, invalidCall("orylogin: the Client was not made by New")
	}
	if ctx == nil {
		return nil, invalidCall("orylogin: the context is nil")
	}
	begin := time.Now()
	answer := &answer{operation: r.operation, token: r.call.token}
	err := c.exchange(ctx, r, send, answer)
	answer.took = time.Since(begin)
	if err != nil {
		c.observe(ctx, answer, err)
		return nil, err
	}
	return answer, nil
}

// exchange sends one request and fills in what came back.
func (c *Client) exchange(ctx context.Context, r request, send sender, answer *answer) error {
	ctx, cancel := c.bound(ctx)
	defer cancel()
	doer := &doer{request: r, config: c.config}
	if ctx.Err() != nil {
		return doer.failed(ctx, ctx.Err(), true)
	}
	response, err := send(doer.trace(ctx), &api.Client{Server: c.baseURL, Client: doer})
	if err == errLongHead { //nolint:errorlint // it is from Do itself
		return err
	}
	if err != nil {
		return doer.failed(ctx, err, doer.wantedConn.Load() && !doer.gotConn.Load())
	}
	defer func() { _ = response.Body.Close() }()
	// A body that does not watch the context, as after a switch of protocols,
	// ends with it all the same.
	stop := context.AfterFunc(ctx, func() { _ = response.Body.Close() })
	defer stop()
	body, err := readBody(response, c.config.responseLimit)
	answer.url, answer.status, answer.header, answer.body = doer.url, response.StatusCode, response.Header, body
	answer.err = withContext(ctx, err)
	return nil
}

// observe tells the observer of the Client what a request has led to.
func (c *Client) observe(ctx context.Context, a *answer, err error) {
	if c.config.observe == nil {
		return
	}
	c.config.observe(ctx, Event{
		Operation: a.operation, StatusCode: a.status, Duration: a.took, Outcome: outcomeOf(a.operation, err),
	})
}

// bound gives a call its time limit. What send refuses stays as it is.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c == nil || c.config == nil || ctx == nil {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.config.timeout, errTimeLimit)
}

// doer sends one request as the generated client has made it.
type doer struct {
	request
	config *config

	url        *url.URL    // of the request
	wantedConn atomic.Bool // the transport is net/http's, which tells
	gotConn    atomic.Bool // the request may have left the process
}

// Do sends the request over the transport alone. That is what keeps a native
// flow native: an http.Client would follow redirects, which takes tokens and
// passwords to other hosts, and add the cookies of its jar, with which servers
// refuse the flow.
func (d *doer) Do(request *http.Request) (*http.Response, error) {
	d.url = request.URL
	for _, header := range [...]http.Header{d.config.header.reveal(), d.call.header} { // the call's wins
		for name, values := range header {
			request.Header[name] = slices.Clone(values)
		}
	}
	request.Header.Set("Accept", cmp.Or(d.accept, contentTypeJSON))
	if hasLongHead(request) {
		return nil, errLongHead
	}
	if d.acts || d.body != nil {
		setBody(request, d.body)
	}
	response, err := d.config.transport.reveal().RoundTrip(request)
	if err == nil && (response == nil || response.Body == nil) {
		return nil, errors.New("the transport returned no answer")
	}
	return response, err
}

func (d *doer) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { d.wantedConn.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { d.gotConn.Store(true) },
	})
}

// failed makes the error of a request without an answer.
func (d *doer) failed(ctx context.Context, err error, notSent bool) *TransportError {
	// A transport with an http.Client inside adds the URL, whose query may
	// hold codes.
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return &TransportError{Operation: d.operation, NotSent: notSent, cause: newCause(withContext(ctx, err))}
}

// withContext makes an error that comes of an ended context say so: net/http
// gives the cause of the context in place of its error, and a body that was
// closed meanwhile gives neither.
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

// readBody reads at most limit bytes. What it has read so far comes with the
// error.
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
