// Package trace keeps secrets from the client traces of net/http/httptrace.
package trace

import (
	"context"
	"net/http"
	"net/http/httptrace"
	"net/textproto"
)

// Transport sends requests and hides the values of their headers from client traces.
type Transport struct{ http.RoundTripper }

// RoundTrip sends the request.
func (t Transport) RoundTrip(request *http.Request) (*http.Response, error) {
	return t.RoundTripper.RoundTrip(WithoutValues(request))
}

// WithoutValues returns a request whose client trace gets the names of the written headers but
// not their values, and no headers of 1xx answers. Over HTTP/2, the path with its query is such
// a value, too. The trace gets everything else. A request without a client trace is returned as
// it is.
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

// traced is a context that replaces the client trace. Package httptrace can only add a trace to
// the one that is there.
type traced struct {
	context.Context
	trace *httptrace.ClientTrace
}

// Value returns the value of a key. If the value is a client trace, it returns the other trace
// instead: only httptrace knows the key of a client trace.
func (t traced) Value(key any) any {
	value := t.Context.Value(key)
	if _, ok := value.(*httptrace.ClientTrace); ok {
		return t.trace
	}
	return value
}
