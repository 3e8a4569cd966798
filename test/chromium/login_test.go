package chromium_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The names of fields and buttons in Kratos.
const (
	identifier   = "ID"
	password     = "Password"
	withPassword = "Sign in with password"
	sendCode     = "Send sign in code"
)

// sessionCookie is the name of the session cookie.
const sessionCookie = "ory_kratos_session"

// logIn submits the form with ada's password.
func (p *page) logIn() {
	p.t.Helper()
	p.fill(identifier, ada.Email)
	p.fill(password, ada.Password)
	p.press(withPassword)
}

// isAda requires the first page, for ada, who has logged in with the methods.
func (p *page) isAda(methods ...string) {
	p.t.Helper()
	p.shows("/", "Hello!", append(methods, "You are signed in as "+ada.Email)...)
	require.Contains(p.t, p.cookies(), sessionCookie)
}

// told returns the text of the message with the id in the flow of the page.
func (p *page) told(id orylogin.MessageID) string {
	p.t.Helper()
	address, err := url.Parse(p.at())
	require.NoError(p.t, err)
	request := p.withCookies("/self-service/login/flows")
	text, err := p.site.kratos.Told(p.t.Context(), address.Query().Get("flow"), request.Header.Get("Cookie"), int64(id))
	require.NoError(p.t, err)
	return text
}

// refuses requires that the page shows the message with the id, exactly once. A screen reader
// must say it at once, and the focus must be on its field.
func (p *page) refuses(id orylogin.MessageID) {
	p.t.Helper()
	text := p.told(id)
	alerts := p.alerts()
	require.Len(p.t, alerts, 1)
	require.Contains(p.t, alerts[0], text)
	assert.Contains(p.t, p.focus(), text)
	assert.Contains(p.t, run[string](p, `document.title`), "Error: ")
}

// bothWays are the application with forms that go to it, and with forms that go to Kratos.
var bothWays = map[string]func(*app.Config){
	"posted to the application": nil,
	"posted to Kratos":          func(c *app.Config) { c.PostToKratos = true },
}

func TestLogin(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, change)
			p := s.open(t, "/")
			p.shows("/login", "Log in")
			assert.Equal(t, identifier, p.focus())
			action := s.url
			if s.direct {
				action = s.public
			}
			assert.Equal(t, action, run[string](p, `new URL(document.forms[0].action).origin`))
			assert.NotContains(t, p.cookies(), sessionCookie)
			p.capture("login", narrow)
			p.logIn()
			p.isAda("Password", "aal1")
			p.capture("home", narrow)
		})
	}
}

func TestWrongPassword(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, change).open(t, "/login")
			p.fill(identifier, ada.Email)
			p.fill(password, "a wild guess")
			p.press(withPassword)
			p.shows("/login", "Log in")
			p.refuses(orylogin.ErrInvalidCredentials)
			assert.Equal(t, ada.Email, p.value(identifier))
			assert.Empty(t, p.value(password))
			p.capture("wrong-password", narrow)

			p.press(withPassword) // without a password
			p.shows("/login", "Log in")
			assert.Equal(t, password, p.focus())
			assert.Equal(t, "true", run[string](p, `document.activeElement.getAttribute("aria-invalid")`))
			assert.Contains(t, run[string](p, `document.getElementById(document.activeElement.getAttribute("aria-describedby")).innerText`),
				p.told(orylogin.ErrFieldRequired))
			assert.Equal(t, ada.Email, p.value(identifier))
			assert.NotContains(t, p.cookies(), sessionCookie)
			p.capture("no-password")
			p.logIn()
			p.isAda()
		})
	}
}

func TestAlreadyLoggedIn(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/login")
	p.logIn()
	p.visit("/login")
	p.isAda()
	p.press("Confirm that it is you")
	p.shows("/login", "Confirm that it is you")
	p.capture("confirm")
	p.press("Back")
	p.isAda()
	p.press("Add a second factor to this session")
	p.shows("/login", "Second step", "your account has no second factor yet")
	p.capture("no-second-factor")
}

func TestLogout(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/login")
	p.logIn()
	p.isAda()
	p.press("Log out")
	p.shows("/login", "Log in")
	assert.NotContains(t, p.cookies(), sessionCookie)
	p.visit("/")
	p.shows("/login", "Log in")
}

func TestKeyboard(t *testing.T) {
	t.Parallel()
	p := start(t, nil).open(t, "/login")
	assert.Equal(t, identifier, p.focus())
	p.key(ada.Email + kb.Tab)
	assert.Equal(t, password, p.focus())
	p.key(ada.Password)
	p.leave(func() { p.key(kb.Enter) }) // this must not send a code
	p.isAda("Password")

	p.tabTo("Confirm that it is you")
	p.leave(func() { p.key(kb.Enter) })
	p.shows("/login", "Confirm that it is you")
	assert.Equal(t, ada.Email, p.value(identifier))
	assert.Equal(t, password, p.focus())
	p.key(ada.Password)
	p.tabTo("Sign in")
	p.capture("focus")
	p.leave(func() { p.key(kb.Enter) })
	p.isAda()
	p.tabTo("Log out")
	p.leave(func() { p.key(kb.Enter) })
	p.shows("/login", "Log in")
}

func TestCookieThatProtectsTheFormIsGone(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := start(t, change)
			p := s.open(t, "/login")
			p.loseFormCookie()
			p.logIn()
			path := "/login"
			if s.direct {
				path = "/error" // Kratos sends the browser there
			}
			p.shows(path, "This login cannot be continued", "allow cookies for this site")
			p.complained("status of 403")
			assert.NotContains(t, p.cookies(), sessionCookie)
			p.capture("no-cookie")

			p.press("Start again")
			p.shows("/login", "Log in")
			p.logIn()
			p.isAda()
		})
	}
}

// loseFormCookie deletes the CSRF cookie.
func (p *page) loseFormCookie() {
	p.t.Helper()
	lost := 0
	for _, name := range p.cookies() {
		if strings.HasPrefix(name, "csrf_token_") {
			lost++
			p.command(func(ctx context.Context) error {
				_, err := chromedp.Call(ctx, network.DeleteCookies, network.DeleteCookiesParams{Name: name, URL: p.site.url})
				return err
			})
		}
	}
	require.Equal(p.t, 1, lost)
	require.Equal(p.t, []string{"login_query"}, p.cookies())
}

func TestExpired(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, change).open(t, "/login")
			first := p.at()
			p.expire()
			p.logIn()
			p.shows("/login", "Log in")
			if p.site.direct {
				p.refuses(orylogin.ErrPreviousFlowExpired) // the message of the flow that replaces the expired one
			} else {
				p.shows("/login", "Log in", "This login took too long")
			}
			assert.NotEqual(t, first, p.at())
			p.logIn()
			p.isAda()
		})
	}
}

// expire replaces the form of the page with one of an expired flow of the same browser.
func (p *page) expire() {
	p.t.Helper()
	const lifespan = "selfservice.flows.login.lifespan"
	require.NoError(p.t, p.site.kratos.Change(p.t.Context(), kratostest.Set(lifespan, "1ns")))
	request := p.withCookies("/self-service/login/browser")
	request.Header.Set("Accept", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(p.t, err)
	defer func() { require.NoError(p.t, response.Body.Close()) }()
	var flow orylogin.Flow
	require.NoError(p.t, json.NewDecoder(response.Body).Decode(&flow))
	require.NoError(p.t, p.site.kratos.Change(p.t.Context(), kratostest.Set(lifespan, "24h")))
	run[any](p, `id => {
		const url = new URL(document.forms[0].action)
		url.searchParams.set("flow", id)
		document.forms[0].action = url
	}`, flow.ID)
}

// withCookies returns a request to Kratos with the browser's cookies for it.
func (p *page) withCookies(path string) *http.Request {
	p.t.Helper()
	request, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, p.site.public+path, nil)
	require.NoError(p.t, err)
	p.command(func(ctx context.Context) error {
		result, err := chromedp.Call(ctx, network.GetCookies, network.GetCookiesParams{URLs: []string{p.site.public}})
		for _, cookie := range result.Cookies {
			request.AddCookie(&http.Cookie{Name: cookie.Name, Value: cookie.Value})
		}
		return err
	})
	return request
}

func TestCode(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	p := s.open(t, "/login")
	p.fill(identifier, ada.Email)
	p.press(sendCode)
	p.shows("/login", "Enter your code", p.told(orylogin.MessageCodeSent))
	assert.Equal(t, "Login code", p.focus())
	p.capture("code", narrow)
	code, err := s.kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)

	p.fill("Login code", "000000")
	p.press("Continue")
	p.shows("/login", "Enter your code")
	p.refuses(orylogin.ErrInvalidCode)
	assert.NotContains(t, p.cookies(), sessionCookie)
	p.capture("wrong-code")

	p.fill("Login code", code)
	p.leave(func() { p.key(kb.Enter) }) // this must not send another code
	p.isAda("Code by e-mail")
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	key, err := s.kratos.EnrolTOTP(t.Context(), s.ada)
	require.NoError(t, err)
	_, err = s.kratos.EnrolLookupSecrets(t.Context(), s.ada)
	require.NoError(t, err)
	p := s.open(t, "/login")
	p.logIn()
	p.shows("/login", "Second step")
	assert.Equal(t, "Authentication code", p.focus())
	p.capture("second-step", narrow)
	p.visit("/") // needs both factors
	p.shows("/login", "Second step")

	p.fill("Authentication code", "000000")
	p.press("Use Authenticator")
	p.shows("/login", "Second step")
	p.refuses(orylogin.ErrInvalidTOTP)
	p.capture("wrong-totp")

	code, err := key.Code(time.Now())
	require.NoError(t, err)
	p.fill("Authentication code", code)
	p.press("Use Authenticator")
	p.isAda("Password", "Authenticator app", "aal2")
	p.capture("home-aal2")
}

func TestIdentifierFirst(t *testing.T) {
	t.Parallel()
	p := start(t, nil, kratostest.Set("selfservice.flows.login.style", "identifier_first")).open(t, "/login")
	p.shows("/login", "Log in")
	p.capture("identifier-first")
	p.fill(identifier, ada.Email)
	p.leave(func() { p.key(kb.Enter) })
	p.shows("/login", "Log in", withPassword, sendCode)
	p.capture("identifier-second")
	p.fill(password, ada.Password)
	p.leave(func() { p.key(kb.Enter) })
	p.isAda("Password")
}
