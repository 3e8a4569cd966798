package app_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"html"
	"log/slog"
	"net/http"
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
	"github.com/orylogin/orylogin/orylogintest/tab"
)

// open opens the first page of an application with a fake Kratos that knows ada.
func open(t *testing.T, options ...orylogintest.Option) (*orylogintest.Server, *tab.Tab) {
	t.Helper()
	return openWith(t, app.Config{}, options...)
}

// openWith is open with a configuration.
func openWith(t *testing.T, config app.Config, options ...orylogintest.Option) (*orylogintest.Server, *tab.Tab) {
	t.Helper()
	kratos := orylogintest.NewServer(t, options...)
	kratos.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	server := httptest.NewUnstartedServer(nil)
	var err error
	own := "http://" + server.Listener.Addr().String()
	kratos.SetApplication(own)
	config.Kratos, config.KratosURL, config.URL = kratos.Client(orylogin.WithReturnOrigins(own)), kratos.URL, own
	config.Log = slog.New(slog.DiscardHandler)
	server.Config.Handler, err = app.New(config)
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	return kratos, tab.Open(t, server.URL+"/")
}

// logIn fills in the form of the page as ada, and submits it.
func logIn(page *tab.Tab, password string) {
	page.Press("Sign in with password", map[string]string{"ID": "ada@example.com", "Password": password})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	_, page := open(t)
	require.Equal(t, "/login", page.URL.Path)
	logIn(page, "a guess")
	require.Equal(t, "/login", page.URL.Path)
	require.Contains(t, page.Text(), "credentials are invalid")
	require.Contains(t, page.Text(), "[ada@example.com]")
	logIn(page, "correct horse")
	require.Equal(t, "/", page.URL.Path)
	require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
	page.Press("Log out", nil)
	require.Equal(t, "/login", page.URL.Path)
}

// TestLogoutFails logs out while Kratos does not answer. The page says so, and has the button again.
func TestLogoutFails(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, "correct horse")
	kratos.Respond(orylogintest.CreateBrowserLogout, http.StatusServiceUnavailable, "")
	page.Press("Log out", nil)
	require.Equal(t, http.StatusServiceUnavailable, page.Status)
	require.Contains(t, page.Text(), "You may still be logged in")
	page.Press("Log out", nil)
	require.Equal(t, "/logout", page.URL.Path)
}

// TestProviderAndBack comes back from a provider with an expired flow, without an address and with a
// failure. The page says what is wrong, and the login that begins again ends at the return_to.
func TestProviderAndBack(t *testing.T) {
	t.Parallel()
	kratos, page := open(t, orylogintest.WithProviders("github"))
	for _, test := range []struct {
		press, path, text string
		isExpired         bool
	}{
		{"Allow", "/error", "That took too long", true},
		{"Allow", "/registration", "You have no account here yet", false},
		{"Fail", "/error", "Logging in is not possible right now", false},
	} {
		page.Open("/login?return_to=/sessions")
		page.Press("Sign in with github", nil)
		if test.isExpired {
			kratos.ExpireFlows()
		}
		page.Press(test.press, nil)
		require.Equal(t, test.path, page.URL.Path)
		require.Contains(t, page.Text(), test.text)
		page.Press("Start again", nil)
		require.Equal(t, "/login?return_to=%2Fsessions", page.URL.RequestURI())
	}
	logIn(page, "correct horse")
	require.Equal(t, "/sessions", page.URL.Path)
}

// TestProvider comes back from a provider: with a login that does not pass the application,
// with a denial, and with the address of an account that has a password.
func TestProvider(t *testing.T) {
	t.Parallel()
	_, page := open(t, orylogintest.WithProviders("github"))
	page.Press("Sign in with github", nil)
	page.Press("Deny", nil)
	require.Equal(t, "/login", page.URL.Path)
	require.Contains(t, page.Text(), "access_denied")
	page.Press("Sign in with github", nil)
	page.Press("Allow", map[string]string{"E-mail address": "ada@example.com"})
	require.Contains(t, page.Text(), "already used by another account")
	page.Press("Sign in with password", map[string]string{"Password": "correct horse"})
	require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
	page.Press("Log out", nil)
	page.Press("Sign in with github", nil)
	page.Press("Allow", map[string]string{"E-mail address": "new@example.com"})
	require.Contains(t, page.Text(), "You are signed in as new@example.com.")
}

// TestExpired checks that another flow replaces an expired one.
func TestExpired(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	kratos.ExpireFlows()
	logIn(page, "correct horse")
	require.Equal(t, "/login", page.URL.Path)
	require.Contains(t, page.Text(), "took too long")
	logIn(page, "correct horse")
	require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
}

// TestReload checks that a reload behind the button for a code sends no other code.
func TestReload(t *testing.T) {
	t.Parallel()
	kratos, page := open(t, orylogintest.WithCode())
	page.Press("Send sign in code", map[string]string{"ID": "ada@example.com"})
	require.Contains(t, page.Text(), "ada@example.com")
	page.Open(page.URL.String())
	kratos.ExpectCalls(orylogintest.Submit, 1)
	page.Press("Continue", map[string]string{"Login code": kratos.Code("ada@example.com")})
	require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
}

// TestNoSuchAddress asks for a code for an address that nobody has.
func TestNoSuchAddress(t *testing.T) {
	t.Parallel()
	_, page := open(t, orylogintest.WithCode())
	page.Press("Send sign in code", map[string]string{"ID": "nobody@example.com"})
	require.Contains(t, page.Text(), "nobody@example.com")
	page.Press("Use another address", nil)
	logIn(page, "correct horse")
	require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
}

// TestRefresh gives only the password: the page knows who the user is.
func TestRefresh(t *testing.T) {
	t.Parallel()
	for _, options := range [][]orylogintest.Option{nil, {orylogintest.WithCode()}} {
		_, page := open(t, options...)
		logIn(page, "correct horse")
		page.Open("/login?refresh=true")
		require.Contains(t, page.Text(), "ada@example.com")
		page.Press("Sign in", map[string]string{"Password": "correct horse"})
		require.Contains(t, page.Text(), "You are signed in as ada@example.com.")
	}
}

// TestOtherTab submits a form after another user has logged in in another tab.
func TestOtherTab(t *testing.T) {
	t.Parallel()
	_, bob := open(t)
	ada := *bob
	logIn(&ada, "correct horse")
	bob.Press("Sign in with password", map[string]string{"ID": "bob@example.com", "Password": "whatever"})
	require.Equal(t, http.StatusConflict, bob.Status)
	require.Contains(t, bob.Text(), "was not checked")
	bob.Press("Continue", nil)
	require.Contains(t, bob.Text(), "You are signed in as ada@example.com.")
}

func TestOutage(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	kratos.Close()
	logIn(page, "correct horse")
	require.Contains(t, page.Text(), "Logging in is not possible right now")
}

// TestChangedAnswer has an answer that was changed on its way. Such an answer must not decide
// where scripts come from and where forms go, even if forms go to the server.
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

// TestConfig checks that an address must be an origin to get into a page or a policy.
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
		"form directive":    func(c *app.Config) { c.FormOrigins = []string{"https://a; script-src *"} },
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

// TestNoPasswordInURL checks that a link cannot log in, since logs would show its password.
func TestNoPasswordInURL(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	query := url.Values{
		"flow": {hidden(t, page, `action="[^"]*flow=([^"&]+)`)}, "csrf_token": {hidden(t, page, `name="csrf_token"[^>]* value="([^"]+)"`)},
		"identifier": {"ada@example.com"}, "password": {"correct horse"}, "method": {"password"},
	}
	target := page.URL.ResolveReference(&url.URL{Path: "/login", RawQuery: query.Encode()}).String()
	page.Open(target)
	require.NotContains(t, page.Text(), "You are signed in")
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, strings.NewReader("method=password"))
	require.NoError(t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := page.Client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	for _, submitted := range kratos.Requests(orylogintest.Submit) {
		require.Empty(t, submitted.Query("password"))
		require.Empty(t, submitted.Query("identifier"))
	}
	page.Open("/")
	require.Equal(t, "/login", page.URL.Path)
}

// hidden returns what a pattern finds in the source of the page.
func hidden(t *testing.T, page *tab.Tab, pattern string) string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(page.Body)
	require.NotNil(t, found, page.Body)
	return html.UnescapeString(found[1])
}

// TestLargeForm checks that a large form is not read to its end.
func TestLargeForm(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, strings.Repeat("x", 1<<20))
	require.Contains(t, page.Text(), "Status 413")
	kratos.ExpectCalls(orylogintest.Submit, 0)
}

// TestDevice checks that Kratos gets the address of the browser. The address is the one that
// the proxy has seen, and not one that the browser claims.
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
		kratos, page := openWith(t, app.Config{AddressHeader: test.header})
		page.RequestHeader["User-Agent"] = []string{"a browser"}
		if test.said != nil {
			page.RequestHeader["X-Forwarded-For"] = test.said
		}
		logIn(page, "correct horse")
		submitted := kratos.Requests(orylogintest.Submit)
		require.Len(t, submitted, 1, name)
		require.Equal(t, "a browser", submitted[0].Header("User-Agent"), name)
		require.Equal(t, test.want, submitted[0].Header("True-Client-IP"), name)
	}
}

// TestRegistration checks the page for users without an account, and the page if registration
// is disabled.
func TestRegistration(t *testing.T) {
	t.Parallel()
	_, page := open(t, orylogintest.WithProviders("github"))
	page.Press("Sign in with github", nil)
	page.Press("Allow", map[string]string{"E-mail address": ""})
	require.Equal(t, "/registration", page.URL.Path)
	require.Contains(t, page.Text(), "You have no account here yet")
	require.Equal(t, http.StatusForbidden, page.Status)
}

// TestShortHandlers checks that no handler is longer than twenty lines, since the module
// decides what is next.
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
