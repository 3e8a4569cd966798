package conformance

import (
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/contract"
)

// Client returns a client of the module for the server. Its exchanges are held to
// openapi.yaml, too.
func (r *Run) Client() *orylogin.Client {
	client, err := orylogin.New(r.target.PublicURL, orylogin.WithPlainHTTP(),
		orylogin.WithHTTPClient(&http.Client{Transport: r.recorder()}))
	r.must(err, "make a client")
	return client
}

// Visit returns a visit of the browser.
func (b *Browser) Visit() *orylogin.Visit { return b.visitWith(b.run.Client(), b.header()) }

// visitWith is Visit with another client, and with the cookies of a header.
func (b *Browser) visitWith(client *orylogin.Client, cookies string) *orylogin.Visit {
	page, err := http.NewRequestWithContext(b.run.ctx, http.MethodGet, "/", nil)
	b.run.must(err, "make a request")
	page.Header.Set("Cookie", cookies)
	return client.Visit(nil, page)
}

// Leave ends a visit: the browser keeps the cookies that it has set.
func (b *Browser) Leave(visit *orylogin.Visit) {
	page := http.Response{Header: http.Header{"Set-Cookie": visit.CookieLines()}}
	b.take(page.Cookies())
}

// recorder is a transport that holds exchanges to openapi.yaml.
func (r *Run) recorder() http.RoundTripper {
	return &contract.Recorder{Next: r.target.transport(), BaseURL: r.target.PublicURL, Show: r.hold}
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
	case *orylogin.Session:
		return " " + string(value.AuthenticatorAssuranceLevel)
	}
	return ""
}
