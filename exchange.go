package orylogin

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/orylogin/orylogin/api"
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

// nativeClient returns a copy of client for native flows: it follows no
// redirect, so that no token or password reaches another host, and has no
// cookie jar, since the server refuses a native flow that comes with a cookie.
func nativeClient(client *http.Client) *http.Client {
	native := *client
	native.Jar = nil
	native.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &native
}

// do sends one request and reads its answer whole.
func (c *Client) do(
	ctx context.Context,
	operation string,
	call *call,
	send func(context.Context, api.RequestEditorFn) (*http.Response, error),
) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, c.config.timeout)
	defer cancel()
	request := &requestTrace{}
	if err := ctx.Err(); err != nil {
		return nil, &TransportError{Operation: operation, NotSent: true, why: err.Error(), cause: err}
	}
	response, err := send(request.withTrace(ctx), func(_ context.Context, r *http.Request) error {
		request.query = r.URL.RawQuery
		setHeaders(r.Header, c.config.header, call.header)
		return nil
	})
	if err != nil {
		return nil, request.failed(ctx, operation, err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := readBody(response, c.config.responseLimit)
	return &answer{operation: operation, response: response, body: body, err: err}, nil
}

// setHeaders adds the headers of the client, then those of the call, and last
// what every native request has.
func setHeaders(header http.Header, extras ...http.Header) {
	for _, extra := range extras {
		for name, values := range extra {
			header[name] = values
		}
	}
	header.Set("Accept", "application/json")
}

// readBody reads at most limit bytes. What it has read so far comes with the
// error.
func readBody(response *http.Response, limit int64) ([]byte, error) {
	var body bytes.Buffer
	if length := response.ContentLength; length > 0 && length <= limit {
		body.Grow(int(length) + bytes.MinRead)
	}
	_, err := body.ReadFrom(io.LimitReader(response.Body, limit+1))
	if err == nil && int64(body.Len()) > limit {
		err = ErrResponseTooLarge
	}
	return body.Bytes(), err
}

// requestTrace watches whether a request can have left the process.
type requestTrace struct {
	query      string
	wantedConn atomic.Bool // the transport is net/http's, which tells
	gotConn    atomic.Bool
}

func (t *requestTrace) withTrace(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { t.wantedConn.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { t.gotConn.Store(true) },
	})
}

// failed makes the error of a request without an answer. It leaves the URL out:
// queries carry flow ids and codes.
func (t *requestTrace) failed(ctx context.Context, operation string, err error) *TransportError {
	var urlErr *url.Error
	if errors.As(err, &urlErr) {
		err = urlErr.Err
	}
	// net/http reports the cause of a context, if it has one, in place of its error.
	if ctxErr := ctx.Err(); ctxErr != nil && !errors.Is(err, ctxErr) {
		err = fmt.Errorf("%w: %w", ctxErr, err)
	}
	why := err.Error()
	if t.query != "" {
		why = strings.ReplaceAll(why, t.query, "…")
	}
	return &TransportError{
		Operation: operation,
		NotSent:   t.wantedConn.Load() && !t.gotConn.Load(),
		why:       why,
		cause:     err,
	}
}
