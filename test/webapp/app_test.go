// Package webapp_test logs in to the example application with a real Ory Kratos.
package webapp_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

var ada = kratostest.Identity{Email: "ada@example.com", Password: "correct horse battery staple", Verified: true}

// site is the application with its own Kratos.
type site struct {
	kratos *kratostest.Server
	client *orylogin.Client
	url    string
}

func start(t *testing.T, change func(*app.Config), settings ...kratostest.Setting) (*site, kratostest.Identity) {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	own := fmt.Sprintf("http://localhost:%d", server.Listener.Addr().(*net.TCPAddr).Port)
	kratos := kratostest.Start(t, append(playground.Settings(own), settings...)...)
	identity, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)

	client, err := orylogin.New(kratos.PublicURL, orylogin.WithReturnOrigins(own))
	require.NoError(t, err)
	config := app.Config{Kratos: client, KratosURL: kratos.PublicURL, URL: own, Log: slog.New(slog.DiscardHandler)}
	if change != nil {
		change(&config)
	}
	server.Config.Handler, err = app.New(config)
	require.NoError(t, err)
	server.Start()
	t.Cleanup(server.Close)
	return &site{kratos, client, own}, identity
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for _, direct := range []bool{false, true} {
		s, _ := start(t, func(c *app.Config) { c.PostToKratos = direct })
		b := s.open(t, "/")
		b.isAt("/login", "Log in")
		assert.Equal(t, http.StatusOK, b.status)
		assert.Equal(t, "no-store", b.header.Get("Cache-Control"))

		b.logIn("a wild guess")
		b.isAt("/login", `role="alert"`)
		assert.Contains(t, b.text, b.told(orylogin.ErrInvalidCredentials))
		assert.Contains(t, b.text, ada.Email, "what was typed is still there")
		assert.NotContains(t, b.text, "a wild guess")

		b.logIn(ada.Password)
		b.isAt("/", ada.Email)
		assert.Contains(t, b.text, "aal1")
		assert.Contains(t, b.text, "/login?aal=aal2")

		b.get("/login") // already logged in
		b.isAt("/", ada.Email)
		b.get("/login?aal=aal2")
		b.isAt("/login", "no second factor yet")
		b.get("/login?refresh=true")
		b.isAt("/login", "Confirm that it is you")
		b.press("method", "password", map[string]string{"password": ada.Password}) // the page knows who it is
		b.isAt("/", ada.Email)

		b.press("", "", nil) // log out
		b.isAt("/login", "Log in")
		b.get("/")
		b.isAt("/login", "Log in")
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s, identity := start(t, nil)
	key, err := s.kratos.EnrolTOTP(t.Context(), identity)
	require.NoError(t, err)
	b := s.open(t, "/login?return_to=/%3Fafter%3D1")
	b.logIn(ada.Password)
	b.isAt("/login", "Second step")
	require.Equal(t, http.MethodGet, b.method, "a reload does not post the password again")
	b.get("/")
	b.isAt("/login", "Second step")
	b.get("/login?aal=aal2&return_to=/%3Fafter%3D1")

	b.press("method", "totp", map[string]string{"totp_code": "000000"})
	b.isAt("/login", "Second step")
	assert.Contains(t, b.text, `role="alert"`)

	code, err := key.Code(time.Now())
	require.NoError(t, err)
	b.press("method", "totp", map[string]string{"totp_code": code})
	b.isAt("/", "aal2")
	assert.Equal(t, "after=1", b.url.RawQuery)
	assert.NotContains(t, b.text, "/login?aal=aal2")
}

func TestCode(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login")
	b.press("method", "code", map[string]string{"identifier": ada.Email})
	b.isAt("/login", "Enter your code")
	_, err := s.kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	b.press("method", "code", map[string]string{"code": "000000"})
	b.isAt("/login", `role="alert"`)
	b.press("resend", "code", nil)
	b.isAt("/login", "Enter your code")
	code, err := s.kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	b.press("method", "code", map[string]string{"code": code})
	b.isAt("/", "Code by e-mail")
}

// TestNoSuchAddress asks for codes that no server sends.
func TestNoSuchAddress(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login?return_to=/%3Fhere=1")
	for _, address := range []string{"nobody@example.com", ""} {
		b.press("method", "code", map[string]string{"identifier": address})
		b.isAt("/login", ">"+address+"</p>")
		assert.Contains(t, b.text, `role="alert"`)
		b.get(attribute(b.link("Use another address"), "href"))
		assert.NotContains(t, b.text, "Use another address")
	}
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
	assert.Equal(t, "here=1", b.url.RawQuery)
}

// TestTooManyCodes checks that there is a new flow when a flow accepts no code any more.
func TestTooManyCodes(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login")
	b.press("method", "code", map[string]string{"identifier": ada.Email})
	for range 5 {
		b.press("method", "code", map[string]string{"code": "00000x"})
		b.isAt("/login", `role="alert"`)
	}
	b.press("method", "code", map[string]string{"code": "00000x"})
	b.isAt("/login", "Password")
	require.NotContains(t, b.text, "Enter your code")
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
}

func TestReturnTo(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login?return_to="+url.QueryEscape(s.url+"/?here=1"))
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
	assert.Equal(t, "here=1", b.url.RawQuery)
	b.get("/login?return_to=/%3Fthere%3D1")
	assert.Equal(t, "there=1", b.url.RawQuery)
	for _, target := range []string{"https://evil.example.org/", "//evil.example.org", `/\evil.example.org`, "javascript:alert(1)"} {
		b = s.open(t, "/login?return_to="+url.QueryEscape(target))
		assert.NotContains(t, b.text, "evil")
		b.logIn(ada.Password)
		b.isAt("/", ada.Email)
	}
}

// TestCookieThatProtectsTheFormIsGone checks that a browser that keeps cookies gets the CSRF
// cookie again.
func TestCookieThatProtectsTheFormIsGone(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login")
	address := b.action()
	b.client.Jar, _ = cookiejar.New(nil)
	b.logIn(ada.Password)
	b.isAt("/login", "allow cookies")
	assert.Equal(t, http.StatusForbidden, b.status)
	assert.NotContains(t, b.text, ada.Password)
	b.get(address)
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
}

// TestNoCookies checks that a browser that keeps no cookies gets a page that says so, and no
// endless redirects.
func TestNoCookies(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.newTab(t)
	b.client.Jar = nil
	for _, page := range []string{"/", "/login", "/login?aal=aal2", "/login?refresh=true"} {
		b.get(page)
		b.isAt("/login", "Password")
		address := b.action()
		b.logIn(ada.Password)
		b.isAt("/login", "allow cookies")
		assert.Equal(t, http.StatusForbidden, b.status)
		b.get(address)
		b.isAt("/login", "allow cookies")
	}
}

// TestSomebodyElse lets another user log in although the browser has a session.
func TestSomebodyElse(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	_, err := s.kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password})
	require.NoError(t, err)
	b := s.open(t, "/login")
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
	b.get("/login?prompt=login")
	b.press("method", "password", map[string]string{"identifier": "eve@example.com", "password": "a wild guess"})
	b.isAt("/login", "credentials are invalid")
	b.press("method", "password", map[string]string{"identifier": "eve@example.com", "password": ada.Password})
	b.isAt("/", "eve@example.com")
}

// TestExpired follows no redirect: if flows expire at once, no page can show one. The tests
// beside the application check the page of a flow that replaces an expired one.
func TestExpired(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil, kratostest.Set("selfservice.flows.login.lifespan", "1ns"))
	b := s.newTab(t)
	b.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer := httptest.NewRecorder()
	visit := s.client.Visit(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil))
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	site, err := url.Parse(s.url)
	require.NoError(t, err)
	b.client.Jar.SetCookies(site, answer.Result().Cookies())

	first := "/login?flow=" + flow.ID
	b.post(s.url+first, url.Values{
		"method": {"password"}, "identifier": {ada.Email}, "password": {ada.Password}, "csrf_token": flow.Choices("csrf_token"),
	})
	b.isAt("/login", "This login took too long") // the flow that replaces it has expired, too
	require.NotNil(t, b.find("input", "identifier", ada.Email))
	for _, gone := range []string{first, "/login?flow=11111111-2222-4333-8444-555555555555"} {
		b.get(gone)
		b.isAt("/login", "Password")
		require.NotContains(t, b.action(), gone)
	}
}

// TestLongQuery opens a page whose query does not fit into the cookie of keepQuery.
func TestLongQuery(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login?return_to=/before")
	b.get("/error")
	require.Contains(t, b.text, "return_to=%2Fbefore")
	b.get("/login?return_to=/after%3F" + strings.Repeat("q", 4000))
	b.isAt("/login", "Password")
	b.get("/error")
	require.NotContains(t, b.text, "return_to", "browsers would have kept the cookie of the login before")
}

func TestProblems(t *testing.T) {
	t.Parallel()
	s, identity := start(t, nil)
	b := s.open(t, "/nowhere")
	assert.Equal(t, http.StatusNotFound, b.status)
	b.get("/error?id=11111111-2222-4333-8444-555555555555")
	assert.Equal(t, http.StatusNotFound, b.status)
	b.get("/error")
	assert.Equal(t, http.StatusBadRequest, b.status)

	// Kratos sends browsers to the error page.
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		s.kratos.PublicURL+"/self-service/login/browser?return_to=https://evil.example.org/", nil)
	require.NoError(t, err)
	b.send(request)
	b.isAt("/error", "That link leads elsewhere")
	assert.Equal(t, http.StatusBadRequest, b.status)

	b = s.open(t, "/login")
	flow := b.action()
	b.post(flow, nil)
	b.isAt("/login", "cannot be read")
	b.get(flow)
	require.NoError(t, s.kratos.SetActive(t.Context(), identity, false))
	b.logIn(ada.Password)
	b.isAt("/login", "disabled")
	assert.Equal(t, http.StatusForbidden, b.status)

	s.kratos.Stop()
	b.get("/")
	assert.Equal(t, http.StatusServiceUnavailable, b.status)
	b.isAt("/", "Logging in is not possible right now")
}

func TestForgedRequests(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil)
	b := s.open(t, "/login")
	b.logIn(ada.Password)
	for _, header := range [][2]string{{"Sec-Fetch-Site", "cross-site"}, {"Origin", "https://evil.example.org"}} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/logout", nil)
		require.NoError(t, err)
		request.Header.Set(header[0], header[1])
		b.send(request)
		assert.Equal(t, http.StatusForbidden, b.status)
	}
	b.get("/logout")
	assert.NotEqual(t, http.StatusOK, b.status)
	b.get("/")
	b.isAt("/", ada.Email)
}

func TestPasskeys(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil, kratostest.Set("selfservice.methods.passkey.enabled", true))
	b := s.open(t, "/login")
	b.isAt("/login", "webauthn.js")
	policy := b.header.Get("Content-Security-Policy")
	assert.Contains(t, policy, "; script-src 'self' "+s.kratos.PublicURL+"; ")
	assert.Contains(t, policy, "frame-ancestors 'none'")
	assert.NotContains(t, policy, "unsafe")
	flow := b.action()
	b.get("/static/form.js")
	assert.Contains(t, b.text, "oryPasskeyLogin")
	assert.Equal(t, "text/javascript; charset=utf-8", b.header.Get("Content-Type"))
	b.get(flow)

	// The server's script submits the form without a button.
	form := url.Values{"passkey_login": {"{}"}}
	for _, name := range []string{"csrf_token", "passkey_challenge"} {
		for node := range b.root.Descendants() {
			if attribute(node, "name") == name {
				form.Set(name, attribute(node, "value"))
			}
		}
	}
	b.post(flow, form)
	b.isAt("/login", `role="alert"`)
}

// TestProviders checks to which providers a form may lead. Plain http is allowed only for a
// site on loopback.
func TestProviders(t *testing.T) {
	t.Parallel()
	provider := map[string]any{
		"id": "somewhere", "provider": "generic", "label": "Somewhere", "issuer_url": "http://127.0.0.1:1/",
		"client_id": "id", "client_secret": "secret", "mapper_url": "base64://e30=",
	}
	settings := []kratostest.Setting{
		kratostest.Set("selfservice.methods.oidc.enabled", true),
		kratostest.Set("selfservice.methods.oidc.config.providers", []any{provider}),
	}
	s, _ := start(t, nil, settings...)
	for address, sources := range map[string]string{
		s.url:                     "https: http://localhost:* http://127.0.0.1:*",
		"http://127.0.0.1:4455":   "https: http://localhost:* http://127.0.0.1:*",
		"http://[::1]":            "https: http://localhost:* http://127.0.0.1:*",
		"https://localhost:4455":  "https:",
		"https://app.example.com": "https:",
		"http://app.example.com":  "https:",
	} {
		handler, err := app.New(app.Config{Kratos: s.client, KratosURL: s.kratos.PublicURL, URL: address, Log: slog.New(slog.DiscardHandler)})
		require.NoError(t, err)
		server := httptest.NewServer(handler)
		t.Cleanup(server.Close)
		b := (&site{kratos: s.kratos, url: server.URL}).open(t, "/login")
		b.isAt("/login", "Somewhere")
		assert.Contains(t, b.header.Get("Content-Security-Policy"), "; form-action 'self' "+sources+"; ", address)
	}

	s, _ = start(t, nil)
	b := s.open(t, "/login")
	assert.Contains(t, b.header.Get("Content-Security-Policy"), "; form-action 'self'; ")
}
