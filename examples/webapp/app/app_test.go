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

	"github.com/orylogin/orylogin"
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
	own := "http://" + server.Listener.Addr().String()
	server.Config.Handler, err = app.New(app.Config{
		Kratos:    kratos.Client(orylogin.WithReturnOrigins(own)),
		KratosURL: kratos.URL,
		URL:       own,
		Log:       slog.New(slog.DiscardHandler),
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

// flow returns the id of the flow whose form is open.
func (v *visitor) flow() string {
	v.t.Helper()
	return v.attribute(`action="[^"]*flow=([^"&]+)`)
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
	expired := v.flow()
	kratos.ExpireFlow(expired)
	v.submit("correct horse")
	require.Equal(t, "/login", v.url.Path)
	require.NotEqual(t, expired, v.flow())
	require.Contains(t, v.page, "took too long")
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

// TestChangedAnswer is an answer that somebody has changed on its way. It does not say where
// scripts come from and where forms go, with forms that go to the server, too.
func TestChangedAnswer(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{false, true} {
		for _, elsewhere := range []string{"https://evil.example", "https://*", "https://a;script-src *", "https:", "//evil.example"} {
			kratos := orylogintest.NewServer(t)
			handler, err := app.New(app.Config{
				Kratos: kratos.Client(), KratosURL: "https://auth.example.com/", PostToKratos: direct,
				URL: "http://app.example.com", Log: slog.New(slog.DiscardHandler),
			})
			require.NoError(t, err)
			kratos.Respond(orylogintest.GetFlow, http.StatusOK, strings.ReplaceAll(`{"id":"f","type":"browser","expires_at":"2099-01-01T00:00:00Z",`+
				`"issued_at":"2026-01-01T00:00:00Z","request_url":"","state":"choose_method","ui":{"action":"SRC/login","method":"POST","nodes":[`+
				`{"type":"input","group":"default","messages":[],"meta":{},"attributes":{"node_type":"input","name":"identifier","type":"text"}},`+
				`{"type":"img","group":"default","messages":[],"meta":{},"attributes":{"node_type":"img","src":"SRC/a.png"}},`+
				`{"type":"script","group":"webauthn","messages":[],"meta":{},"attributes":{"node_type":"script","src":"SRC/a.js"}}]}}`, "SRC", elsewhere))
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "http://app.example.com/login?flow=f", nil))
			require.Equal(t, http.StatusOK, w.Code, w.Body)
			actions := ""
			if direct {
				actions = " https://auth.example.com"
			}
			require.Equal(t, "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; form-action 'self'"+actions+
				"; base-uri 'none'; frame-ancestors 'none'", w.Header().Get("Content-Security-Policy"), elsewhere)
			require.Contains(t, w.Body.String(), `name="identifier"`)
			require.NotContains(t, w.Body.String(), elsewhere+"/")
		}
	}
}

// TestConfig holds that no address gets into a page or a policy that is not an origin.
func TestConfig(t *testing.T) {
	t.Parallel()
	client := orylogintest.NewServer(t).Client()
	good := app.Config{Kratos: client, KratosURL: "https://auth.example.com", URL: "https://app.example.com"}
	_, err := app.New(good)
	require.NoError(t, err)
	for name, spoil := range map[string]func(*app.Config){
		"no client":         func(c *app.Config) { c.Kratos = nil },
		"no URL":            func(c *app.Config) { c.URL = "" },
		"URL with a path":   func(c *app.Config) { c.URL += "/" },
		"no server":         func(c *app.Config) { c.KratosURL = "" },
		"wildcard":          func(c *app.Config) { c.KratosURL = "https://*" },
		"directive":         func(c *app.Config) { c.KratosURL = "https://auth.example.com;script-src *" },
		"wildcard to":       func(c *app.Config) { c.ReturnOrigins = []string{"https://*.example.com"} },
		"directive to":      func(c *app.Config) { c.ReturnOrigins = []string{"https://a; script-src *"} },
		"directive in path": func(c *app.Config) { c.ReturnOrigins = []string{"https://a.example/;script-src"} },
		"nothing":           func(c *app.Config) { c.ReturnOrigins = []string{""} },
		"two origins in it": func(c *app.Config) { c.ReturnOrigins = []string{"https://a.example https://b.example"} },
	} {
		bad := good
		spoil(&bad)
		_, err := app.New(bad)
		require.Error(t, err, name)
	}
}

// TestNoPasswordInURL is a link that would log in, or tell logs the password.
func TestNoPasswordInURL(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	flow := v.flow()
	query := url.Values{
		"flow": {flow}, "identifier": {"ada@example.com"}, "password": {"correct horse"}, "method": {"password"},
		"csrf_token": {html.UnescapeString(v.attribute(`name="csrf_token"[^>]* value="([^"]+)"`))},
	}
	target := v.url.ResolveReference(&url.URL{Path: "/login", RawQuery: query.Encode()}).String()
	v.get(target)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader("method=password"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.send(request)
	for _, submitted := range kratos.Requests(orylogintest.Submit) {
		require.Empty(t, submitted.Query("password"))
		require.Empty(t, submitted.Query("identifier"))
	}
	require.NotContains(t, v.page, "You are logged in")
	v.get(v.url.ResolveReference(&url.URL{Path: "/"}).String())
	require.Equal(t, "/login", v.url.Path)
}

// TestLargeForm is not read whole.
func TestLargeForm(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	v.submit(strings.Repeat("x", 1<<20))
	require.Contains(t, v.page, "Status 413")
	kratos.ExpectCalls(orylogintest.Submit, 0)
}
