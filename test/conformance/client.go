package conformance

import (
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/contract"
)

// Client returns a client of this module for the server. Its exchanges must follow
// openapi.yaml, too.
func (r *Run) Client() *orylogin.Client {
	client, err := orylogin.New(r.target.PublicURL, orylogin.WithPlainHTTP(),
		orylogin.WithHTTPClient(&http.Client{Transport: r.recorder()}))
	r.must(err, "make a client")
	return client
}

// Visit returns a visit of the browser.
func (b *Browser) Visit() *orylogin.Visit { return b.visitWith(b.run.Client(), b.header()) }

// visitWith is Visit with another client and with the cookies of a header.
func (b *Browser) visitWith(client *orylogin.Client, cookies string) *orylogin.Visit {
	page, err := http.NewRequestWithContext(b.run.ctx, http.MethodGet, "/", nil)
	b.run.must(err, "make a request")
	page.Header.Set("Cookie", cookies)
	return client.Visit(nil, page)
}

// Leave ends a visit. The browser keeps the cookies that the visit has set.
func (b *Browser) Leave(visit *orylogin.Visit) {
	page := http.Response{Header: http.Header{"Set-Cookie": visit.CookieLines()}}
	b.take(page.Cookies())
}

// recorder returns a transport that checks exchanges against openapi.yaml.
func (r *Run) recorder() http.RoundTripper {
	return &contract.Recorder{Next: r.target.transport(), BaseURL: r.target.PublicURL, Show: r.hold}
}

// tell adds a line with the result of a call.
func tell[T any](r *Run, call string, value *T, err error) {
	text := describeOutcome(value, err)
	if err == nil {
		text += level(value)
	}
	r.observe(call + " → " + text)
}

// level returns the assurance level of a value, if it has one.
func level(value any) string {
	switch value := value.(type) {
	case *orylogin.Login:
		return " " + string(value.Session.AuthenticatorAssuranceLevel)
	case *orylogin.Session:
		return " " + string(value.AuthenticatorAssuranceLevel)
	}
	return ""
}
