package app_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/orylogintest"
)

// visitor is a browser and the page that it shows.
type visitor struct {
	t      *testing.T
	client *http.Client
	url    *url.URL
	page   string
}

// open opens the first page of an application with a fake Kratos, which ada can log in to.
func open(t *testing.T) (*orylogintest.Server, *visitor) {
	t.Helper()
	kratos := orylogintest.NewServer(t)
	kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	server := httptest.NewUnstartedServer(nil)
	var err error
	server.Config.Handler, err = app.New(app.Config{
		Kratos: kratos.Client(),
		URL:    "http://" + server.Listener.Addr().String(),
		Log:    slog.New(slog.DiscardHandler),
	})
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &visitor{t: t, client: &http.Client{Jar: jar}}
	v.get(server.URL + "/")
	return kratos, v
}

func (v *visitor) get(address string) {
	v.t.Helper()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodGet, address, nil)
	require.NoError(v.t, err)
	v.send(request)
}

// submit fills in the form of the page, and submits it.
func (v *visitor) submit(password string) {
	v.t.Helper()
	action, err := v.url.Parse(html.UnescapeString(v.attribute(`action="([^"]+)"`)))
	require.NoError(v.t, err)
	form := url.Values{
		"csrf_token": {html.UnescapeString(v.attribute(`name="csrf_token"[^>]* value="([^"]+)"`))},
		"identifier": {"ada@example.com"}, "password": {password}, "method": {"password"},
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, action.String(), strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.send(request)
}

func (v *visitor) send(request *http.Request) {
	v.t.Helper()
	response, err := v.client.Do(request)
	require.NoError(v.t, err)
	page, err := io.ReadAll(response.Body)
	require.NoError(v.t, err)
	require.NoError(v.t, response.Body.Close())
	v.url, v.page = response.Request.URL, string(page)
}

func (v *visitor) attribute(pattern string) string {
	v.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(v.page)
	require.NotNil(v.t, found, v.page)
	return found[1]
}

func TestLogin(t *testing.T) {
	t.Parallel()
	_, v := open(t)
	require.Equal(t, "/login", v.url.Path)
	v.submit("a guess")
	require.Equal(t, "/login", v.url.Path)
	require.Contains(t, v.page, "credentials are invalid")
	v.submit("correct horse")
	require.Equal(t, "/", v.url.Path)
	require.Contains(t, v.page, "ada@example.com")
}

// TestExpired: another flow takes the place of the one that has expired.
func TestExpired(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	expired := v.url.Query().Get("flow")
	kratos.ExpireFlow(expired)
	v.submit("correct horse")
	require.Equal(t, "/login", v.url.Path)
	require.NotEqual(t, expired, v.url.Query().Get("flow"))
	require.Contains(t, v.page, "expired")
	v.submit("correct horse")
	require.Contains(t, v.page, "ada@example.com")
}

func TestOutage(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	kratos.Close()
	v.submit("correct horse")
	require.Contains(t, v.page, "Logging in is not possible right now")
}
