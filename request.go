package orylogin

import (
	"cmp"
	"context"
	"net/http"
	"slices"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// request is one request for an operation.
type request struct {
	operation string
	build     func(server string) (*http.Request, error) // of package api
	wrong     error                                      // why the request cannot be sent

	options   FlowOptions // of the flow that the request creates
	cookies   string      // the Cookie header; empty for none
	accept    string      // the Accept header; JSON if empty
	body      []byte      // nil for none
	acts      bool        // it has no body and must not be sent twice, such as a GET that sends a code
	noSession bool        // the visit does not send the session cookie
}

// newRequest returns the request for an operation with parameters. build is the operation's
// function in package api.
func newRequest[P any](id string, build func(server string, params P) (*http.Request, error), params P) request {
	return request{operation: id, build: func(server string) (*http.Request, error) { return build(server, params) }}
}

// These requests are the same for native clients and browsers.

func getFlow(id string) request {
	r := newRequest(operation.GetFlow, api.NewGetSelfServiceLoginFlowRequest, &api.GetSelfServiceLoginFlowParams{ID: id})
	if id == "" {
		r.wrong = errEmptyFlowID
	}
	return r
}

func submitFlow(flowID, contentType string, body []byte) request {
	r := request{operation: operation.Submit, body: body, build: func(server string) (*http.Request, error) {
		params := &api.SubmitSelfServiceLoginFlowParams{Flow: flowID}
		return api.NewSubmitSelfServiceLoginFlowRequestWithBody(server, params, contentType, nil)
	}}
	if flowID == "" {
		r.wrong = errEmptyFlowID
	}
	return r
}

func whoami(tokenizeAs *string) request {
	return newRequest(operation.Whoami, api.NewToSessionRequest, &api.ToSessionParams{TokenizeAs: tokenizeAs})
}

// toHTTP returns the request to send. A header of the call replaces one of the Client with
// the same name.
func (r *request) toHTTP(ctx context.Context, c *call) (*http.Request, error) {
	sent, err := r.build(c.client.baseURL)
	if err != nil {
		return nil, err
	}
	sent = sent.WithContext(ctx)
	r.options.edit(sent)
	for _, header := range [...]http.Header{c.client.config.header.Reveal(), c.header} {
		for name, values := range header {
			sent.Header[name] = slices.Clone(values)
		}
	}
	sent.Header.Set("Accept", cmp.Or(r.accept, contentTypeJSON))
	if !c.token.IsZero() {
		sent.Header.Set("X-Session-Token", c.token.Reveal())
	}
	if r.cookies != "" {
		sent.Header.Set("Cookie", r.cookies)
	}
	if r.acts || r.body != nil {
		setBody(sent, r.body)
	}
	return sent, nil
}

// The limits of one request. Real requests have a few kilobytes.
const (
	maxFields     = 1000      // of a form
	maxSubmission = 1 << 20   // bytes of a body in JSON, or of the names and values of a form
	maxHead       = 128 << 10 // bytes of the parameters and headers
)

var (
	errEmptyFlowID    = invalidCall("orylogin: the flow id is empty")
	errLongSubmission = tooLarge("the submission has more than 1 MiB or 1,000 fields")
	errLongHead       = tooLarge("the request has more than 128 KiB of parameters and headers")
)

// hasLongHead reports whether a request has more parameters and headers than a login needs. It
// counts everything that comes from a browser: ids, codes, URLs to return to, tokens.
func hasLongHead(request *http.Request) bool {
	size := len(request.URL.RawQuery)
	for _, values := range request.Header {
		size += sizeOf(values)
	}
	return size > maxHead
}
