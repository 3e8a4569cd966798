package conformance

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
)

// Client returns a client of the module for the server. Its exchanges are held to
// openapi.yaml, too.
func (r *Run) Client() *orylogin.Client {
	client, err := orylogin.New(r.target.PublicURL, orylogin.WithPlainHTTP(),
		orylogin.WithHTTPClient(&http.Client{Transport: &witness{run: r}}))
	r.must(err, "make a client")
	return client
}

// Visit returns a visit of the browser.
func (b *Browser) Visit() *browser.Visit {
	clients, err := browser.New(b.run.Client())
	b.run.must(err, "make a client for browsers")
	page, err := http.NewRequestWithContext(b.run.ctx, http.MethodGet, "/", nil)
	b.run.must(err, "make a request")
	if len(b.cookies) > 0 {
		page.Header.Set("Cookie", b.header())
	}
	return clients.Visit(page)
}

// Leave ends a visit: the browser keeps the cookies that it has set.
func (b *Browser) Leave(visit *browser.Visit) {
	response := http.Response{Header: http.Header{}}
	visit.WriteCookies(headerWriter(response.Header))
	b.take(response.Cookies())
}

// headerWriter takes the headers of an answer.
type headerWriter http.Header

func (w headerWriter) Header() http.Header             { return http.Header(w) }
func (headerWriter) Write(content []byte) (int, error) { return len(content), nil }
func (headerWriter) WriteHeader(int)                   {}

// witness is a transport that holds exchanges to openapi.yaml.
type witness struct{ run *Run }

func (w *witness) RoundTrip(httpRequest *http.Request) (*http.Response, error) {
	var sent []byte
	if httpRequest.Body != nil {
		var err error
		if sent, err = io.ReadAll(httpRequest.Body); err != nil {
			return nil, err
		}
		httpRequest = httpRequest.Clone(httpRequest.Context())
		httpRequest.Body = io.NopCloser(bytes.NewReader(sent))
	}
	response, err := w.run.target.transport().RoundTrip(httpRequest)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	w.run.hold(Answer{
		request: request{
			method: httpRequest.Method, target: w.run.target.below(httpRequest.URL), header: httpRequest.Header, body: sent,
		},
		status: response.StatusCode, header: response.Header, body: body,
	})
	return response, nil
}

// below returns the path below the base URL, and the query.
func (t *Target) below(address *url.URL) string {
	return strings.TrimPrefix(address.String(), t.PublicURL)
}

// tell adds a line of what a call came to.
func tell[T any](r *Run, call string, value *T, err error) {
	text := describeOutcome(value, err)
	if err == nil {
		text += level(value)
	}
	r.observe(call + " → " + text)
}

// level tells the assurance level of a value that has one.
func level(value any) string {
	switch value := value.(type) {
	case *orylogin.Login:
		return " " + string(value.Session.AuthenticatorAssuranceLevel)
	case *browser.Login:
		return " " + string(value.Session.AuthenticatorAssuranceLevel)
	case *orylogin.Session:
		return " " + string(value.AuthenticatorAssuranceLevel)
	}
	return ""
}
