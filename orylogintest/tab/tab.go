package tab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"
)

const (
	timeLimit    = 30 * time.Second
	sizeLimit    = 8 << 20
	maxRedirects = 20
)

// Tab is a browser's tab. It is used in the goroutine of its test.
type Tab struct {
	// URL is the address of the page, behind all redirects.
	URL *url.URL

	// Status and Header are those of the page. Status is 0 if there was no answer, for example
	// because the test starts no application at that address.
	Status int
	Header http.Header

	// Body is the source of the page, or a text that says why there is no page.
	Body string

	// Client has the cookies, and sends the requests. It follows no redirects. The tab follows them
	// itself, also if the test changes CheckRedirect.
	Client *http.Client

	// RequestHeader has more headers for each request, such as Accept-Language or those that a
	// proxy adds.
	RequestHeader http.Header

	tb     testing.TB
	page   *html.Node            // nil if the page is not HTML
	ids    map[string]*html.Node // the elements of the page, by id
	labels map[string]*html.Node // the labels of fields, by the id of the field
}

// Open opens a page in a new tab. The tab sends the cookies to the host of that page. To begin
// logged in, pass the cookie of a session that the test has made.
func Open(tb testing.TB, address string, cookies ...*http.Cookie) *Tab {
	tb.Helper()
	t := New(tb, nil)
	if target, err := url.Parse(address); err == nil {
		t.Client.Jar.SetCookies(target, cookies)
	}
	t.Open(address)
	return t
}

// New returns a new tab without a page. The transport sends its requests; nil is that of
// http.DefaultClient. With orylogintest.InMemory as the transport, a handler answers each
// request. Such a tab works in a bubble of testing/synctest, where a test lets time pass.
func New(tb testing.TB, transport http.RoundTripper) *Tab {
	tb.Helper()
	jar, _ := cookiejar.New(nil) // never fails
	return &Tab{tb: tb, RequestHeader: http.Header{}, Client: &http.Client{
		Transport: transport, Jar: jar, Timeout: timeLimit, CheckRedirect: stay,
	}}
}

// Open opens a page, as a user does who types the address. It can be a path of the site that
// is open.
func (t *Tab) Open(address string) {
	t.tb.Helper()
	t.load(visit{method: http.MethodGet, target: t.resolve(address)})
}

// resolve returns the URL of an address on the page.
func (t *Tab) resolve(address string) *url.URL {
	t.tb.Helper()
	base := t.base()
	target, err := base.Parse(address)
	switch {
	case err != nil:
		t.tb.Fatalf("tab: %v", err)
	case target.Scheme == "":
		t.tb.Fatalf("tab: %q is no address", address)
	}
	return target
}

// stay is the CheckRedirect of a client that follows no redirects.
func stay(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// visit is one request of the tab.
type visit struct {
	method string
	target *url.URL
	form   url.Values
	from   *url.URL // the page that makes the request, nil if the user does
}

// load sends a request, follows redirects and shows the page at their end.
func (t *Tab) load(v visit) {
	t.tb.Helper()
	site := v.site()
	for range maxRedirects {
		response, err := t.send(v, site)
		t.URL = v.target
		if err != nil {
			t.Status, t.Header, t.page, t.Body = 0, nil, nil, unanswered(v.target, err)
			return
		}
		next, err := response.Location()
		if response.StatusCode/100 != 3 || err != nil {
			t.show(response)
			return
		}
		_ = response.Body.Close()
		if next.Fragment == "" {
			next.Fragment = v.target.Fragment
		}
		v.target = next
		if v.method == http.MethodPost && response.StatusCode < http.StatusTemporaryRedirect {
			v.method, v.form = http.MethodGet, nil
		}
		site = max(site, v.site())
	}
	t.tb.Fatalf("tab: more than %d redirects, the last one to %s", maxRedirects, t.URL.Path)
}

// send sends one request with the headers of a browser.
func (t *Tab) send(v visit, site site) (*http.Response, error) {
	t.tb.Helper()
	var body io.Reader
	if v.method == http.MethodPost {
		body = strings.NewReader(v.form.Encode())
	}
	request, err := http.NewRequestWithContext(t.tb.Context(), v.method, v.target.String(), body)
	if err != nil {
		return nil, err
	}
	header := request.Header
	header.Set("Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	header.Set("User-Agent", "Mozilla/5.0 (orylogintest/tab)")
	header.Set("Sec-Fetch-Mode", "navigate")
	header.Set("Sec-Fetch-Dest", "document")
	header.Set("Sec-Fetch-Site", site.String())
	if v.from != nil {
		header.Set("Referer", v.referer())
	}
	if v.method == http.MethodPost {
		header.Set("Content-Type", "application/x-www-form-urlencoded")
		header.Set("Origin", origin(v.from))
	}
	maps.Copy(header, t.RequestHeader)
	client := *t.Client
	client.CheckRedirect = stay
	return client.Do(request)
}

// show reads an answer and makes it the page of the tab.
func (t *Tab) show(response *http.Response) {
	t.tb.Helper()
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, sizeLimit+1))
	switch {
	case err != nil:
		t.tb.Fatalf("tab: read %s: %v", t.URL.Path, err)
	case len(body) > sizeLimit:
		t.tb.Fatalf("tab: %s has more than %d bytes", t.URL.Path, sizeLimit)
	}
	t.Status, t.Header, t.page, t.Body = response.StatusCode, response.Header, nil, string(body)
	if mediaType, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); mediaType != "text/html" {
		return
	}
	t.page, err = html.ParseWithOptions(strings.NewReader(t.Body), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.tb.Fatalf("tab: read the HTML of %s: %v", t.URL.Path, err)
	}
	t.index()
}

// unanswered returns the text for a page without an answer. It leaves out the query of the URL.
func unanswered(target *url.URL, err error) string {
	var failed *url.Error
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if errors.Is(err, context.Canceled) {
		err = errors.New("the test has ended")
	}
	return fmt.Sprintf("There is no answer from %s: %v", origin(target)+target.Path, err)
}

// site says how the sender of a request relates to its target, the nearest first.
type site int

const (
	none site = iota
	sameOrigin
	sameSite
	crossSite
)

func (s site) String() string {
	return [...]string{"none", "same-origin", "same-site", "cross-site"}[s]
}

// site compares the target of a visit with the page that makes it. Hosts that differ only in
// the port are one site.
func (v visit) site() site {
	switch {
	case v.from == nil:
		return none
	case origin(v.from) == origin(v.target):
		return sameOrigin
	case v.from.Scheme == v.target.Scheme && v.from.Hostname() == v.target.Hostname():
		return sameSite
	default:
		return crossSite
	}
}

func origin(of *url.URL) string { return of.Scheme + "://" + of.Host }

// referer returns the address of the page, or only its origin if the target has another origin.
func (v visit) referer() string {
	if origin(v.from) != origin(v.target) {
		return origin(v.from) + "/"
	}
	shown := *v.from
	shown.User, shown.Fragment = nil, ""
	return shown.String()
}
