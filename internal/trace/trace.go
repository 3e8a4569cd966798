// Package trace keeps secrets from the client traces of net/http/httptrace.
package trace

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
)

// Transport sends requests whose client traces see no values of headers.
type Transport struct{ http.RoundTripper }

// RoundTrip sends the request.
func (t Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	return t.RoundTripper.RoundTrip(WithoutValues(request))
}

// WithoutValues returns a request whose client trace is told the names of the headers that
// are written and not their values, and no headers of 1xx answers. Over HTTP/2 the path
// with its query is such a value, too. Everything else reaches the trace. A request without
// such a trace is returned as it is.
func WithoutValues(request *http.Request) *http.Request {
	ctx := request.Context()
	full := httptrace.ContextClientTrace(ctx)
	if full == nil || full.WroteHeaderField == nil && full.Got1xxResponse == nil {
		return request
	}
	quiet := *full
	if full.WroteHeaderField != nil {
		quiet.WroteHeaderField = func(name string, _ []string) { full.WroteHeaderField(name, []string{"[redacted]"}) }
	}
	if full.Got1xxResponse != nil {
		quiet.Got1xxResponse = func(code int, _ textproto.MIMEHeader) error { return full.Got1xxResponse(code, nil) }
	}
	return request.WithContext(traced{ctx, &quiet}) //nolint:contextcheck // it is the request's context
}

// traced is a context with another client trace. Package httptrace cannot make one, since
// it adds a trace to the one that is there.
type traced struct {
	context.Context
	trace *httptrace.ClientTrace
}

// Value returns the value of a key. Only httptrace knows that of a client trace.
func (t traced) Value(key any) any {
	value := t.Context.Value(key)
	if _, ok := value.(*httptrace.ClientTrace); ok {
		return t.trace
	}
	return value
}
