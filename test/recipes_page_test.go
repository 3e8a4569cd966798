package test

import (
	"html/template"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
	"github.com/orylogin/orylogin/test/providertest"
)

// shown is a browser with the page that it shows.
type shown struct {
	t       *testing.T
	browser *http.Client
	at      *url.URL
	asked   *http.Request // for the page
	status  int
	text    string
	said    []string   // the texts with the role of an alert
	fields  url.Values // of all forms
	forms   []*pageForm
	buttons map[string]pageButton // by their labels
	link    string                // the last one
	links   map[string]string     // by their texts
}

type pageButton struct {
	form        *pageForm
	name, value string
}

type pageForm struct {
	action  string
	fields  url.Values
	buttons []string // their labels
}

func (s *shown) read(response *http.Response, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
	document, err := html.Parse(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	s.at, s.asked, s.status, s.text, s.link = response.Request.URL, response.Request, response.StatusCode, "", ""
	s.fields, s.buttons, s.forms, s.said, s.links = url.Values{}, map[string]pageButton{}, nil, nil, map[string]string{}
	last := &pageForm{}
	for node := range document.Descendants() {
		attributes := map[string]string{}
		for _, each := range node.Attr {
			attributes[each.Key] = each.Val
		}
		switch {
		case node.Type == html.TextNode:
			s.text += node.Data + "\n"
		case node.Data == "form":
			last = &pageForm{action: attributes["action"], fields: url.Values{}}
			s.forms = append(s.forms, last)
		case node.Data == "input":
			s.fields.Set(attributes["name"], attributes["value"])
			last.fields.Set(attributes["name"], attributes["value"])
		case node.Data == "button":
			label := node.FirstChild.Data
			last.buttons = append(last.buttons, label)
			s.buttons[label] = pageButton{last, attributes["name"], attributes["value"]}
		case attributes["role"] == "alert":
			s.said = append(s.said, node.FirstChild.Data)
		case node.Data == "a":
			s.link = attributes["href"]
			s.links[node.FirstChild.Data] = s.link
		}
	}
}

// open opens a page. Its URL may be relative to the page before.
func (s *shown) open(target string) {
	s.t.Helper()
	resolved, err := s.at.Parse(target)
	require.NoError(s.t, err)
	s.read(s.browser.Get(resolved.String())) //nolint:noctx // the test's server ends it
}

// reload sends the request for the page once more.
func (s *shown) reload() {
	s.t.Helper()
	again := s.asked.Clone(s.t.Context())
	again.Header.Del("Cookie") // the browser adds those that it has now
	if again.GetBody != nil {
		var err error
		again.Body, err = again.GetBody()
		require.NoError(s.t, err)
	}
	s.read(s.browser.Do(again))
}

// logOut posts the form of a logout from a site.
func (s *shown) logOut(from string) {
	s.t.Helper()
	resolved, err := s.at.Parse("/logout")
	require.NoError(s.t, err)
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, resolved.String(), nil)
	require.NoError(s.t, err)
	request.Header.Set("Sec-Fetch-Site", from)
	s.read(s.browser.Do(request))
}

// press fills in the form of the button with a label and presses the button.
func (s *shown) press(label string, fields ...string) {
	s.t.Helper()
	require.Contains(s.t, s.buttons, label, s.text)
	pressed := s.buttons[label]
	for i := 0; i < len(fields); i += 2 {
		require.True(s.t, pressed.form.fields.Has(fields[i]), s.text)
		pressed.form.fields.Set(fields[i], fields[i+1])
	}
	pressed.form.fields.Set(pressed.name, pressed.value)
	target, err := s.at.Parse(pressed.form.action)
	require.NoError(s.t, err)
	s.read(s.browser.PostForm(target.String(), pressed.form.fields)) //nolint:noctx // the test's server ends it
}

// enter fills in the first form that has the fields, and presses Enter. Browsers then press the
// first button of the form.
func (s *shown) enter(fields ...string) {
	s.t.Helper()
	for _, form := range s.forms {
		has := true
		for i := 0; i < len(fields); i += 2 {
			has = has && form.fields.Has(fields[i])
		}
		if has {
			s.press(form.buttons[0], fields...)
			return
		}
	}
	require.Fail(s.t, "no form has the fields", "%v in %s", fields, s.text)
}

// forget removes all cookies.
func (s *shown) forget() {
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	s.browser = &http.Client{Jar: jar}
}

// pageSite is an application with the page of the document.
type pageSite struct {
	*shown
	kratos *kratostest.Server // nil if it is the fake
}

// openSite opens the application, with a real Kratos whose users can come from a provider.
func openSite(t *testing.T) *pageSite {
	t.Helper()
	return openSiteOf(t, func(s *pageSite) *orylogin.Client {
		provider := providertest.Start(t, "new@example.com")
		s.kratos, _ = start(t, provider.Settings(playground.Settings(s.at.String())...)...)
		return newClient(t, s.kratos.PublicURL)
	})
}

// openSiteOf opens the application with the Kratos of a client.
func openSiteOf(t *testing.T, connect func(*pageSite) *orylogin.Client) *pageSite {
	t.Helper()
	app := httptest.NewUnstartedServer(nil)
	at, err := url.Parse("http://" + app.Listener.Addr().String())
	require.NoError(t, err)
	s := &pageSite{shown: &shown{t: t, at: at}}
	s.forget()
	client := connect(s)
	pages, err := newPages(client)
	require.NoError(t, err)
	app.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Header.Set("Accept", "text/html") // as browsers do
		pages.ServeHTTP(w, r)
	})
	app.Start()
	t.Cleanup(app.Close)
	return s
}

// TestLoginPage logs in with the page of the document, with two factors and with codes. It
// checks the text above the form.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	key, err := s.kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)

	s.open("/login?return_to=/account")
	s.press("Sign in with password", "identifier", ada.Email, "password", "a wild guess")
	require.Contains(t, s.text, "credentials are invalid")
	require.Equal(t, ada.Email, s.fields.Get("identifier"))

	change(t, s.kratos, flowsExpire)
	s.open("/login?return_to=/account")
	change(t, s.kratos, flowsLast)
	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.Contains(t, s.text, notices[orylogin.OutcomeExpired])
	s.reload()
	require.Contains(t, s.text, notices[orylogin.OutcomeExpired], "which is still true")

	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.NotContains(t, s.text, "Please log in")
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	s.press("Use Authenticator", "totp_code", code)
	require.Equal(t, "/account", s.at.Path, s.text)

	s.forget()
	s.open("/login?aal=aal2")
	require.Contains(t, s.text, notices[orylogin.OutcomeNoSession])
	s.press("Send sign in code", "identifier", ada.Email)
	mailed, err := s.kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	s.reload() // it mails no other code
	s.press("Continue", "code", mailed)
	require.Contains(t, s.fields, "totp_code", s.text)
}

// TestLoginPageEnter presses Enter: what was typed is checked, and nothing else is done.
func TestLoginPageEnter(t *testing.T) {
	t.Parallel()
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		s := openSite(t)
		entersOne(s, ada.Email, ada.Password, func() string {
			code, err := s.kratos.Code(t.Context(), ada.Email)
			require.NoError(t, err)
			return code
		})
		backup, err := s.kratos.EnrolLookupSecrets(t.Context(), ada)
		require.NoError(t, err)
		key, err := s.kratos.EnrolTOTP(t.Context(), ada)
		require.NoError(t, err)
		entersTwo(s, ada.Email, ada.Password, backup[0], key.Code)
	})
	t.Run("fake", func(t *testing.T) {
		t.Parallel()
		kratos := orylogintest.NewServer(t, orylogintest.WithCode(), orylogintest.WithHighestAAL(), orylogintest.WithProviders("github"))
		s := openSiteOf(t, func(*pageSite) *orylogin.Client { return kratos.Client() })
		one := kratos.AddIdentity(orylogintest.Identity{Email: "one@example.com", Password: "hunter2"})
		two := kratos.AddIdentity(orylogintest.Identity{
			Email: "two@example.com", Password: "hunter2", TOTPSecret: "JBSWY3DPEHPK3PXP", LookupSecrets: []string{"backup-1"},
		})
		entersOne(s, one.Email, one.Password, func() string { return kratos.Code(one.Email) })
		entersTwo(s, two.Email, two.Password, "backup-1", func(at time.Time) (string, error) {
			return orylogintest.TOTP(two.TOTPSecret, at), nil
		})
	})
}

// TestLoginPageReload asks for a code once: a reload of the page that follows sends no other one.
// The page shows where the code went.
func TestLoginPageReload(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithCode())
	s := openSiteOf(t, func(*pageSite) *orylogin.Client { return kratos.Client() })
	one := kratos.AddIdentity(orylogintest.Identity{Email: "one@example.com", Password: "hunter2"})
	s.open("/login?return_to=/account")
	s.press("Send sign in code", "identifier", one.Email)
	require.Contains(t, s.text, one.Email)
	require.NotContains(t, s.links, "Use another address")
	code := kratos.Code(one.Email)
	s.reload()
	kratos.ExpectCalls(orylogintest.Submit, 1)
	s.enter("code", code)
	require.Equal(t, "/account", s.at.Path, s.text)
}

// TestLoginPageHalf stops before the second factor. A reload posts nothing again, and the form has the
// button to log out.
func TestLoginPageHalf(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	_, err := s.kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	s.open("/login?return_to=/account")
	require.NotContains(t, s.buttons, "Log out")
	s.enter("identifier", ada.Email, "password", ada.Password)
	require.Contains(t, s.fields, "totp_code")
	for range 2 {
		s.reload()
		require.Equal(t, http.StatusOK, s.status, s.text)
		require.Contains(t, s.fields, "totp_code")
	}
	s.open("/")
	require.Contains(t, s.text, "hello stranger")
	s.open("/account")
	require.Contains(t, s.fields, "totp_code")
	s.press("Log out")
	require.Equal(t, "/", s.at.Path)
	s.open("/account")
	require.Contains(t, s.fields, "password", "of a new login")
}

// TestLoginPageUnknownFlow posts the form of a flow that Kratos does not know, and reloads the form
// that follows.
func TestLoginPageUnknownFlow(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.open("/login?return_to=/account")
	s.forms[0].action = "?return_to=/account&flow=" + unknown
	s.enter("identifier", ada.Email, "password", ada.Password)
	require.Equal(t, http.MethodGet, s.asked.Method)
	form := s.forms[0].action
	s.reload()
	require.Equal(t, form, s.forms[0].action)
	s.enter("identifier", ada.Email, "password", ada.Password)
	require.Equal(t, "/account", s.at.Path, s.text)
}

// TestLoginPageLongQuery opens a page whose query does not fit into a cookie. Browsers drop such a
// cookie, and keep the one of the login before.
func TestLoginPageLongQuery(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	for long, isKept := range map[int]bool{100: true, 2000: true, 4000: false} {
		s.open("/login?return_to=/before")
		s.open("/login?return_to=/account%3Fq%3D" + strings.Repeat("q", long))
		require.Equal(t, http.StatusOK, s.status)
		form := s.forms[0].action
		s.open("/error")
		require.NotContains(t, s.links["Begin again"], "before")
		require.Equal(t, isKept, strings.Contains(s.links["Begin again"], "account"), long)
		s.open("/login" + form)
		s.enter("identifier", ada.Email, "password", ada.Password)
		require.Equal(t, "/account", s.at.Path, "the login itself needs no cookie for it")
		s.forget()
	}
}

// TestLoginPageEnds logs in with each return_to. Only those that are safe count.
func TestLoginPageEnds(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	for returnTo, end := range map[string]string{
		"/orders/%C3%A4?q=a%20b": "/orders/%C3%A4?q=a%20b", "/orders/ä": "/", "/orders/7?q=a b": "/",
		"/login": "/", "/login?return_to=/account": "/",
	} {
		s.open("/login?return_to=" + url.QueryEscape(returnTo))
		s.enter("identifier", ada.Email, "password", ada.Password)
		require.Equal(t, end, s.at.RequestURI(), returnTo)
		s.forget()
	}
}

// TestLoginPageOrigins logs in with and without WithReturnOrigins. Kratos names whole URLs, but a
// return_to that is a path needs no option.
func TestLoginPageOrigins(t *testing.T) {
	t.Parallel()
	for _, isAllowed := range []bool{false, true} {
		s := openSiteOf(t, func(s *pageSite) *orylogin.Client {
			welcome := kratostest.Set("selfservice.default_browser_return_url", s.at.String()+"/welcome")
			s.kratos, _ = start(t, append(playground.Settings(s.at.String()), welcome)...)
			if isAllowed {
				return newClient(t, s.kratos.PublicURL, orylogin.WithReturnOrigins(s.at.String()))
			}
			return newClient(t, s.kratos.PublicURL)
		})
		for returnTo, ends := range map[string]map[bool]string{
			"":                         {false: "/", true: "/welcome"},
			"/account":                 {false: "/account", true: "/account"},
			s.at.String() + "/account": {false: "/", true: "/account"},
		} {
			s.open("/login?return_to=" + url.QueryEscape(returnTo))
			s.enter("identifier", ada.Email, "password", ada.Password)
			require.Equal(t, ends[isAllowed], s.at.Path, returnTo)
			s.forget()
		}
	}
}

// TestLoginPageNoSuchAddress asks for codes that no server sends: the page leads back to a field
// for the address.
func TestLoginPageNoSuchAddress(t *testing.T) {
	t.Parallel()
	each := func(s *pageSite) {
		for _, address := range []string{"nobody@example.com", ""} {
			s.open("/login?return_to=/account")
			s.press("Send sign in code", "identifier", address)
			require.Equal(s.t, http.StatusBadRequest, s.status)
			require.Len(s.t, s.said, 1)
			require.Contains(s.t, s.text, address)
			s.open(s.links["Use another address"])
			require.NotContains(s.t, s.links, "Use another address")
			s.enter("identifier", ada.Email, "password", ada.Password)
			require.Equal(s.t, "/account", s.at.Path, s.text)
			s.forget()
		}
	}
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		each(openSite(t))
	})
	t.Run("fake", func(t *testing.T) {
		t.Parallel()
		kratos := orylogintest.NewServer(t, orylogintest.WithCode())
		kratos.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
		each(openSiteOf(t, func(*pageSite) *orylogin.Client { return kratos.Client() }))
	})
}

// TestLoginPageRefresh gives the password again, with and without mailed codes: the user types no
// address.
func TestLoginPageRefresh(t *testing.T) {
	t.Parallel()
	for _, code := range []bool{true, false} {
		s := openSiteOf(t, func(s *pageSite) *orylogin.Client {
			settings := append(playground.Settings(s.at.String()), kratostest.Set("selfservice.methods.code.passwordless_enabled", code))
			s.kratos, _ = start(t, settings...)
			return newClient(t, s.kratos.PublicURL)
		})
		s.open("/login")
		s.enter("identifier", ada.Email, "password", ada.Password)
		s.open("/login?refresh=true&return_to=/account")
		require.Equal(t, ada.Email, s.fields.Get("identifier"))
		require.Equal(t, !code, strings.Contains(s.text, ada.Email), "a hidden field has its text")
		require.NotContains(t, s.links, "Use another address")
		s.enter("password", "a wild guess")
		require.Equal(t, http.StatusBadRequest, s.status)
		s.enter("password", ada.Password)
		require.Equal(t, "/account", s.at.Path, s.text)
	}
}

// TestLoginPageTwoSteps logs in where the server asks for the identifier first. Its second form has
// the identifier in a group of its own.
func TestLoginPageTwoSteps(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithCode(), orylogintest.WithIdentifierFirst())
	s := openSiteOf(t, func(*pageSite) *orylogin.Client { return kratos.Client() })
	one := kratos.AddIdentity(orylogintest.Identity{Email: "one@example.com", Password: "hunter2"})
	s.open("/login?return_to=/account")
	require.Len(t, s.forms, 1)
	s.enter("identifier", one.Email)
	s.enter("password", one.Password)
	require.Equal(t, "/account", s.at.Path, s.text)
}

// entersOne logs in by a password beside mailed codes, and by a code after a wrong one.
func entersOne(s *pageSite, email, password string, mailed func() string) {
	s.t.Helper()
	s.open("/login?return_to=/account")
	require.True(s.t, s.forms[0].fields.Has("password"), "the first form has all that a password needs")
	s.enter("identifier", email, "password", password)
	require.Equal(s.t, "/account", s.at.Path, s.text)

	s.forget()
	s.open("/login?return_to=/account")
	s.press("Send sign in code", "identifier", email)
	require.Empty(s.t, s.said, "a code that was sent is no alert")
	code := mailed()
	s.enter("code", "000000")
	require.Equal(s.t, http.StatusBadRequest, s.status)
	require.Len(s.t, s.said, 1)
	s.enter("code", code)
	require.Equal(s.t, "/account", s.at.Path, s.text)
}

// entersTwo logs in with a backup code beside an app, and with the app.
func entersTwo(s *pageSite, email, password, backup string, app func(time.Time) (string, error)) {
	s.t.Helper()
	code, err := app(time.Now())
	require.NoError(s.t, err)
	for name, value := range map[string]string{"lookup_secret": backup, "totp_code": code} {
		s.forget()
		s.open("/login?return_to=/account")
		s.enter("identifier", email, "password", password)
		s.enter(name, value)
		require.Equal(s.t, "/account", s.at.Path, s.text)
	}
}

// TestLoginPageElsewhere comes from a provider, from another tab and from another browser.
func TestLoginPageElsewhere(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.open("/login?return_to=/account")
	require.NotEqual(t, s.buttons["Sign in with password"].form, s.buttons[providertest.Label].form)
	copied := "/login" + strings.TrimPrefix(s.forms[0].action, "/login")
	before := *s.shown

	tab := *s.shown
	tab.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.Equal(t, "/account", tab.at.Path)
	before.press("Sign in with password", "identifier", "bob@example.com", "password", "whatever")
	require.Equal(t, http.StatusConflict, before.status)
	require.Equal(t, []string{problemTexts[orylogin.OutcomeAlreadyLoggedIn]}, before.said)
	require.Equal(t, "/account", before.links["Continue"])

	for query, end := range map[string]string{"return_to=/account&via=email": "/account", "identity_schema=default": "/"} {
		s.forget()
		s.open("/login?" + query)
		before := *s.shown
		s.open("/login")
		s.enter("identifier", ada.Email, "password", ada.Password)
		before.enter("identifier", "bob@example.com", "password", "whatever")
		require.Equal(t, http.StatusConflict, before.status, query)
		require.Equal(t, end, before.links["Continue"])
	}

	s.open("/login?aal=aal2")
	require.Equal(t, []string{"Your account has no second factor."}, s.said)
	require.Equal(t, "/login?prompt=login", s.link, "which is no dead end for somebody else")
	s.open("/login?aal=aal2&refresh=true&return_to=/payments")
	require.Equal(t, []string{"Your account has no second factor."}, s.said, "and nothing that sounds as if it had one")
	require.Len(t, s.forms, 1, "which logs out")

	s.forget()
	s.open(copied)
	require.Equal(t, http.StatusForbidden, s.status)
	require.Contains(t, s.text, problemTexts[orylogin.OutcomeCSRF])
	s.open(s.links["Begin again"])
	require.Equal(t, http.StatusOK, s.status)
	require.Equal(t, "/login?prompt=login&return_to=%2Faccount", s.link) // the last link

	s.open("/login")
	s.press(providertest.Label)
	require.Equal(t, "/", s.at.Path)
	require.Contains(t, s.text, "hello")
	require.NotContains(t, s.text, "stranger")
}

// TestLoginPageBeside opens the other pages: the error page, the account page and the logout.
func TestLoginPageBeside(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.open("/error")
	require.Equal(t, http.StatusBadRequest, s.status)
	require.Equal(t, []string{problemTexts[orylogin.OutcomeInvalidCall]}, s.said)
	require.Equal(t, "/login?prompt=login", s.link)
	s.open(s.kratos.PublicURL + "/self-service/login/browser?return_to=https://evil.example")
	require.Equal(t, "/error", s.at.Path)
	require.Equal(t, []string{problemTexts[orylogin.OutcomeForbiddenReturn]}, s.said)
	s.open("/error?id=" + unknown)
	require.Equal(t, []string{problemTexts[orylogin.OutcomeNotFound]}, s.said)

	const page = "/account?return_to=/elsewhere&aal=aal2"
	s.open(page)
	require.Equal(t, "/login?return_to="+url.QueryEscape(page), s.at.RequestURI(), "which does not ask for more than the page")
	s.enter("identifier", ada.Email, "password", ada.Password)
	require.Equal(t, page, s.at.RequestURI())
	require.Contains(t, s.text, "hello")

	_, err := s.kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	s.open("/account")
	require.Equal(t, "/login?return_to=%2Faccount", s.at.RequestURI())
	require.Contains(t, s.fields, "totp_code", "of a session that owes it")
	require.Equal(t, "/login?prompt=login&return_to=%2Faccount", s.link)

	s.logOut("cross-site")
	require.Equal(t, http.StatusForbidden, s.status)
	s.logOut("same-origin")
	require.Equal(t, "/", s.at.Path)
	s.logOut("same-origin")
	require.Equal(t, "/", s.at.Path, "of somebody who is logged out already")
	s.kratos.Stop()
	s.logOut("same-origin")
	require.Equal(t, http.StatusServiceUnavailable, s.status)
	require.Equal(t, []string{"You may still be logged in. Please try again."}, s.said)
	require.Equal(t, "/logout", s.buttons["Log out"].form.action)
}

// TestLoginPageAway comes back from providers with an expired flow, without an address and with a
// failure. Each page says what is wrong, and its links keep the return_to.
func TestLoginPageAway(t *testing.T) {
	t.Parallel()
	each := func(s *pageSite, button string, expire func(leave func() string)) {
		leave := func() string {
			s.open("/login?return_to=/account")
			action := s.forms[0].action
			s.press(button)
			return regexp.MustCompile("flow=([^&]*)").FindStringSubmatch(action)[1]
		}
		comesBack := func(answer, path string, status int, outcome orylogin.Outcome, said string) {
			s.t.Helper()
			s.open(s.at.String() + "&answer=" + answer)
			require.Equal(s.t, path, s.at.Path)
			require.Equal(s.t, status, s.status)
			require.Equal(s.t, []string{problemText(outcome)}, s.said)
			require.Contains(s.t, s.text, said)
			require.Equal(s.t, "/login?prompt=login&return_to=%2Faccount", s.links["use another account"])
			require.Equal(s.t, "/login?return_to=%2Faccount", s.links["Begin again"])
		}
		expire(leave)
		comesBack("allow", "/error", 400, orylogin.OutcomeExpired, "That took too long")
		leave()
		comesBack("allow", "/registration", 403, orylogin.OutcomeRegistration, "You have no account here yet.")
		leave()
		comesBack("fail", "/error", 503, orylogin.OutcomeUnavailable, "not possible right now")
	}
	t.Run("real", func(t *testing.T) {
		t.Parallel()
		provider, err := providertest.Run(t.Context())
		require.NoError(t, err)
		provider.Ask()
		release, err := kratostest.BinaryRelease()
		require.NoError(t, err)
		s := openSiteOf(t, func(s *pageSite) *orylogin.Client {
			s.kratos, _ = start(t, provider.Settings(append(playground.Settings(s.at.String()), kratostest.EmailRequired(release))...)...)
			return newClient(t, s.kratos.PublicURL)
		})
		each(s, providertest.Label, func(leave func() string) {
			flow := ""
			for lifespan := 2 * time.Second; !strings.Contains(s.text, "A provider"); lifespan *= 2 { // the form has to be sent in time
				change(t, s.kratos, kratostest.Set("selfservice.flows.login.lifespan", lifespan.String()))
				flow = leave()
			}
			change(t, s.kratos, flowsLast)
			require.Eventually(t, func() bool {
				probe := *s.shown
				probe.open(s.kratos.PublicURL + "/self-service/login/flows?id=" + flow)
				return probe.status == http.StatusGone
			}, patience, pause)
		})
	})
	t.Run("fake", func(t *testing.T) {
		t.Parallel()
		kratos := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
		s := openSiteOf(t, func(s *pageSite) *orylogin.Client {
			kratos.SetApplication(s.at.String())
			return kratos.Client()
		})
		each(s, "Sign in with github", func(leave func() string) {
			leave()
			kratos.ExpireFlows()
		})
	})
}

// TestProblemTexts checks that each problem has a text, and that no text tells users to wait
// who can do something.
func TestProblemTexts(t *testing.T) {
	t.Parallel()
	problems := 0
	table := leadsTo(t)
	for outcome, cells := range table {
		for _, cell := range slices.Concat(slices.Collect(maps.Values(cells))...) {
			if status, ok := strings.CutPrefix(cell, "problem "); ok {
				isOurs := status < "429"
				require.Equal(t, isOurs, problemTexts[orylogin.Outcome(outcome)] != "", outcome)
				require.NotEmpty(t, problemText(orylogin.Outcome(outcome)))
				problems++
			}
		}
	}
	require.Greater(t, problems, 80)
}

// TestLoginPageTwoHosts changes the template as docs/browser.md says for a Kratos at a host of
// its own: only the forms of providers go there.
func TestLoginPageTwoHosts(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/browser.md")
	require.NoError(t, err)
	_, rest, _ := strings.Cut(string(text), "template.Must(template.New(\"\").Parse(`")
	source, _, _ := strings.Cut(rest, "`))")
	_, rest, _ = strings.Cut(string(text), "In the template, replace `")
	old, rest, _ := strings.Cut(rest, "`")
	_, rest, _ = strings.Cut(rest, "```html\n")
	changed, _, _ := strings.Cut(rest, "```")
	require.Equal(t, 1, strings.Count(source, old))
	pages, err := template.New("").Parse(strings.Replace(source, old, changed, 1))
	require.NoError(t, err)

	server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
	visit := server.Client().Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/login", nil))
	next := visit.AfterFlow(visit.CreateFlow(t.Context(), orylogin.FlowOptions{}))
	require.NotNil(t, next.Flow)
	var page strings.Builder
	require.NoError(t, pages.ExecuteTemplate(&page, "form", map[string]any{"Next": next, "Forms": formsOf(next.Flow)}))
	var actions []string
	for _, found := range regexp.MustCompile(`action="([^"]*)"`).FindAllStringSubmatch(page.String(), -1) {
		actions = append(actions, found[1])
	}
	require.Equal(t, []string{next.Action, next.Flow.UI.Action}, actions)
}
