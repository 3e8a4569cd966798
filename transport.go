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
	"github.com/orylogin/orylogin/internal/invalid"
)

// sharedTransport pools the connections of every Client that was made without
// an http.Client of its own. It keeps many more idle connections per host than
// net/http's two, since a Client talks to one host only.
var sharedTransport = &http.Transport{
	Proxy:                  http.ProxyFromEnvironment,
	ForceAttemptHTTP2:      true,
	MaxIdleConns:           512,
	MaxIdleConnsPerHost:    256,
	IdleConnTimeout:        90 * time.Second,
	TLSHandshakeTimeout:    10 * time.Second,
	MaxResponseHeaderBytes: 1 << 20,
}

// errTimeLimit is why a call ends that takes longer than WithTimeout says.
var errTimeLimit = fmt.Errorf("the client's time limit has passed: %w", context.DeadlineExceeded)

// exchange is one request and its answer.
type exchange struct {
	operation string
	transport http.RoundTripper
	header    []http.Header // to add to the request, the last one wins
	accept    string

	url        *url.URL    // of the request
	wantedConn atomic.Bool // the transport is net/http's, which tells
	gotConn    atomic.Bool // the request may have left the process
}

// send sends one request and reads its answer whole.
func (c *Client) send(
	ctx context.Context,
	operation string,
	call *call,
	request func(context.Context, *api.Client) (*http.Response, error),
) (*answer, error) {
	if c == nil || c.config == nil {
		return nil, invalid.New("orylogin: the Client was not made by New")
	}
	if ctx == nil {
		return nil, invalid.New("orylogin: the context is nil")
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	exchange := &exchange{
		operation: operation,
		transport: c.config.transport,
		header:    []http.Header{c.config.header, call.header},
		accept:    cmp.Or(call.accept, "application/json"),
	}
	if ctx.Err() != nil {
		return nil, exchange.failed(ctx, ctx.Err(), true)
	}
	response, err := request(exchange.trace(ctx), &api.Client{Server: c.baseURL, Client: exchange})
	if err != nil {
		return nil, exchange.failed(ctx, err, exchange.wantedConn.Load() && !exchange.gotConn.Load())
	}
	defer func() { _ = response.Body.Close() }()
	// A body that does not watch the context, as after a switch of protocols,
	// ends with it all the same.
	defer context.AfterFunc(ctx, func() { _ = response.Body.Close() })()
	body, err := readBody(response, c.config.responseLimit)
	return &answer{
		operation: operation,
		url:       exchange.url,
		status:    response.StatusCode,
		header:    response.Header,
		body:      body,
		err:       withContext(ctx, err),
	}, nil
}

// bound gives a call its time limit. What send refuses stays as it is.
func (c *Client) bound(ctx context.Context) (context.Context, context.CancelFunc) {
	if c == nil || c.config == nil || ctx == nil {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, c.config.timeout, errTimeLimit)
}

// Do sends the request over the transport alone. That is what keeps a native
// flow native: an http.Client would follow redirects, which takes tokens and
// passwords to other hosts, and add the cookies of its jar, with which servers
// refuse the flow.
func (e *exchange) Do(request *http.Request) (*http.Response, error) {
	e.url = request.URL
	for _, header := range e.header {
		for name, values := range header {
			request.Header[name] = slices.Clone(values)
		}
	}
	request.Header.Set("Accept", e.accept)
	response, err := e.transport.RoundTrip(request)
	if err == nil && (response == nil || response.Body == nil) {
		return nil, errors.New("the transport returned no answer")
	}
	return response, err
}

func (e *exchange) trace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { e.wantedConn.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { e.gotConn.Store(true) },
	})
}

// failed makes the error of a request without an answer.
func (e *exchange) failed(ctx context.Context, err error, notSent bool) *TransportError {
	// A transport with an http.Client inside adds the URL, whose query may
	// hold codes.
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	return &TransportError{Operation: e.operation, NotSent: notSent, cause: cause{withContext(ctx, err)}}
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
