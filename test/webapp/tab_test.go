package webapp_test

import (
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orylogin/orylogin"
)

// tab is a browser with an open page.
type tab struct {
	t      *testing.T
	site   *site
	client *http.Client
	sends  http.Header // of each request
	header http.Header // of the page
	method string      // of the request for the page
	status int
	url    *url.URL
	text   string
	root   *html.Node
}

func (s *site) newTab(t *testing.T) *tab {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return &tab{t: t, site: s, client: &http.Client{Jar: jar}}
}

func (s *site) open(t *testing.T, path string) *tab {
	t.Helper()
	b := s.newTab(t)
	b.get(path)
	return b
}

func (b *tab) get(path string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.url+path, nil)
	require.NoError(b.t, err)
	b.send(request)
}

func (b *tab) send(request *http.Request) {
	b.t.Helper()
	maps.Copy(request.Header, b.sends)
	request.Header.Set("Accept", "text/html")
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	b.status, b.url, b.text, b.header = response.StatusCode, response.Request.URL, string(body), response.Header
	b.method = response.Request.Method
	b.root, err = html.Parse(strings.NewReader(b.text))
	require.NoError(b.t, err)
}

// press fills in fields and presses the button with the name and value.
func (b *tab) press(name, value string, fields map[string]string) {
	b.t.Helper()
	button := b.find("button", name, value)
	require.NotNil(b.t, button, "no button %s=%s on\n%s", name, value, b.text)
	form := button
	for form.Data != "form" {
		form = form.Parent
	}
	values := url.Values{}
	for node := range form.Descendants() {
		if node.Data == "input" {
			key := attribute(node, "name")
			values.Add(key, attribute(node, "value"))
			if typed, ok := fields[key]; ok {
				values.Set(key, typed)
			}
		}
	}
	for key := range fields {
		require.Contains(b.t, values, key, "no such field")
	}
	if name != "" {
		values.Set(name, value)
	}
	if attribute(form, "method") == "post" {
		b.post(attribute(form, "action"), values)
		return
	}
	target, err := b.url.Parse("?" + values.Encode())
	require.NoError(b.t, err)
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, target.String(), nil)
	require.NoError(b.t, err)
	b.send(request)
}

func (b *tab) post(action string, values url.Values) {
	b.t.Helper()
	target, err := b.url.Parse(action)
	require.NoError(b.t, err)
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, target.String(), strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Origin", b.site.url)
	b.send(request)
}

func (b *tab) find(element, name, value string) *html.Node {
	for node := range b.root.Descendants() {
		if node.Data == element && attribute(node, "name") == name && attribute(node, "value") == value {
			return node
		}
	}
	return nil
}

// link returns the link with the text.
func (b *tab) link(text string) *html.Node {
	b.t.Helper()
	for node := range b.root.Descendants() {
		if node.Data == "a" && node.FirstChild != nil && node.FirstChild.Data == text {
			return node
		}
	}
	b.t.Fatalf("no link %q on\n%s", text, b.text)
	return nil
}

func attribute(node *html.Node, key string) string {
	for _, a := range node.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// action returns the URL to which the form of the page is posted.
func (b *tab) action() string {
	b.t.Helper()
	for node := range b.root.Descendants() {
		if node.Data == "form" {
			return attribute(node, "action")
		}
	}
	b.t.Fatalf("no form on\n%s", b.text)
	return ""
}

func (b *tab) logIn(password string) {
	b.t.Helper()
	b.press("method", "password", map[string]string{"identifier": ada.Email, "password": password})
}

// told returns, as HTML, the text of the message with the id in the flow of the page.
func (b *tab) told(id orylogin.MessageID) string {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.kratos.PublicURL, nil)
	require.NoError(b.t, err)
	for _, cookie := range b.client.Jar.Cookies(request.URL) {
		request.AddCookie(cookie)
	}
	text, err := b.site.kratos.Told(b.t.Context(), b.url.Query().Get("flow"), request.Header.Get("Cookie"), int64(id))
	require.NoError(b.t, err)
	return html.EscapeString(text)
}

func (b *tab) isAt(path, text string) {
	b.t.Helper()
	require.Equal(b.t, b.site.url+path, b.url.Scheme+"://"+b.url.Host+b.url.Path, b.text)
	require.Contains(b.t, b.text, text)
}
