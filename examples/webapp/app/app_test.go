package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
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
	header http.Header // of its requests
	url    *url.URL
	page   string
}

// open opens the first page of an application with a fake Kratos, which ada can log in to.
func open(t *testing.T) (*orylogintest.Server, *visitor) {
	t.Helper()
	return openWith(t, app.Config{})
}

// openWith is open with what is set in the configuration.
func openWith(t *testing.T, config app.Config) (*orylogintest.Server, *visitor) {
	t.Helper()
	kratos := orylogintest.NewServer(t)
	kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	server := httptest.NewUnstartedServer(nil)
	var err error
	own := "http://" + server.Listener.Addr().String()
	config.Kratos, config.KratosURL, config.URL = kratos.Client(orylogin.WithReturnOrigins(own)), kratos.URL, own
	config.Log = slog.New(slog.DiscardHandler)
	server.Config.Handler, err = app.New(config)
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	v := &visitor{t: t, client: &http.Client{Jar: jar}, header: http.Header{}}
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
	maps.Copy(request.Header, v.header)
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
		"wildcard captcha":  func(c *app.Config) { c.CaptchaURL = "https://*.example.com" },
		"no captcha":        func(c *app.Config) { c.CaptchaURL = "challenges.example.com" },
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

// TestDevice: Kratos is told whose browser it is, by the address that the proxy before the
// application has seen and not by one that the browser claims.
func TestDevice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		header string
		said   []string
		want   string
	}{
		"without a proxy":                  {"", []string{"203.0.113.7"}, "127.0.0.1"},
		"behind a proxy":                   {"X-Forwarded-For", []string{"203.0.113.7"}, "203.0.113.7"},
		"with an address claimed":          {"X-Forwarded-For", []string{"198.51.100.1, 203.0.113.7"}, "203.0.113.7"},
		"with a header claimed":            {"X-Forwarded-For", []string{"198.51.100.1", "203.0.113.7"}, "203.0.113.7"},
		"of IPv6":                          {"X-Forwarded-For", []string{"2001:db8::7"}, "2001:db8::7"},
		"of IPv4 in that of IPv6":          {"X-Forwarded-For", []string{"::ffff:203.0.113.7"}, "203.0.113.7"},
		"behind a proxy that says nothing": {"X-Forwarded-For", nil, ""},
		"behind one that hides it":         {"X-Forwarded-For", []string{"unknown"}, ""},
	} {
		kratos, v := openWith(t, app.Config{AddressHeader: test.header})
		v.header["User-Agent"] = []string{"a browser"}
		if test.said != nil {
			v.header["X-Forwarded-For"] = test.said
		}
		v.submit("correct horse")
		submitted := kratos.Requests(orylogintest.Submit)
		require.Len(t, submitted, 1, name)
		require.Equal(t, "a browser", submitted[0].Header("User-Agent"), name)
		require.Equal(t, test.want, submitted[0].Header("True-Client-IP"), name)
	}
}

// TestRegistration is the page for who has no account, and where none can be made.
func TestRegistration(t *testing.T) {
	t.Parallel()
	_, v := open(t)
	v.get(v.url.ResolveReference(&url.URL{Path: "/registration", RawQuery: "flow=f"}).String())
	require.Contains(t, v.page, "You have no account here yet")
	require.Contains(t, v.page, "Status 403")
}

// TestShortHandlers holds that none is longer than twenty lines: what is next is up to the
// module.
func TestShortHandlers(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	handlers := 0
	for _, file := range files {
		positions := token.NewFileSet()
		parsed, err := parser.ParseFile(positions, file, nil, 0)
		require.NoError(t, err)
		for _, declared := range parsed.Decls {
			function, ok := declared.(*ast.FuncDecl)
			if !ok || strings.HasSuffix(file, "_test.go") || len(function.Type.Params.List) < 2 {
				continue
			}
			if writer, ok := function.Type.Params.List[0].Type.(*ast.SelectorExpr); ok && writer.Sel.Name == "ResponseWriter" {
				handlers++
				lines := positions.Position(function.End()).Line - positions.Position(function.Pos()).Line + 1
				require.LessOrEqual(t, lines, 20, function.Name.Name)
			}
		}
	}
	require.Greater(t, handlers, 5)
}
