package playground_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/session/jwt"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
	"github.com/orylogin/orylogin/test/providertest"
)

// TestCommands starts the commands while usual ports are in use, checks that they do what they
// print, and stops them.
func TestCommands(t *testing.T) {
	_, err := kratostest.Build()
	require.NoError(t, err)
	ours := map[string]bool{"4433": occupy(t, "127.0.0.1:4433"), "4455": occupy(t, "127.0.0.1:4455")}
	free := freeAddress(t)
	for name, test := range map[string]struct {
		args   []string
		app    string // the application's URL, if it is known before
		served bool   // whether the application is served
		signal syscall.Signal
	}{
		"kratos":                 {[]string{"kratos"}, "http://localhost:4455", false, syscall.SIGINT},
		"kratos with an APP_URL": {[]string{"kratos", "APP_URL=http://127.0.0.1:3000/"}, "http://127.0.0.1:3000", false, syscall.SIGINT},
		"webapp":                 {[]string{"webapp"}, "", true, syscall.SIGTERM},
		"webapp with SSO":        {[]string{"webapp", "SSO=1"}, "", true, syscall.SIGINT},
		"webapp with an APP_URL": {[]string{"webapp", "APP_URL=http://" + free}, "http://" + free, true, syscall.SIGINT},
	} {
		t.Run(name, func(t *testing.T) {
			c := start(t, test.args...)
			publicURL := c.find(`^public API +(\S+)$`)
			adminURL := c.find(`^admin API +(\S+)$`)
			appURL := c.find(`^application +(\S+)$`)
			returnTo := c.find(`^return_to +(\S+) and the pages below it, by Kratos's list$`)
			if test.app != "" {
				require.Equal(t, test.app, appURL)
			}
			require.Equal(t, hostname(t, appURL), hostname(t, publicURL))
			c.saysWhy(publicURL, "4433", ours)
			c.saysWhy(adminURL, "4434", nil)
			if test.served && test.app == "" {
				c.saysWhy(appURL, "4455", ours)
			}

			require.Equal(t, http.StatusOK, get(t, adminURL+"/admin/identities").StatusCode)
			if test.served {
				require.Equal(t, appURL, origin(get(t, appURL+"/").Request.URL))
				c.hasProvider()
				require.Contains(t, page(t, appURL+"/login"), "Sign in with "+providertest.ID)
			}
			if slices.Contains(test.args, "SSO=1") {
				require.Equal(t, appURL, origin(get(t, c.find(`^client +(\S+)$`)).Request.URL))
			}
			c.knows(publicURL, appURL)
			c.logsIn(publicURL, returnTo)
			c.signs(publicURL)
			c.printsCodes(publicURL)
			if !test.served {
				suite(t, realKratos(t, publicURL, adminURL))
				c.until("mail .*") // the codes of the suite, too, are printed
				c.until("mail .*")
			}

			c.stop(test.signal)
			require.False(t, listening(t, publicURL))
			require.False(t, listening(t, adminURL))
			require.False(t, test.served && listening(t, appURL))
		})
	}
}

// hasProvider requires a provider at the printed URL.
func (c *command) hasProvider() {
	c.t.Helper()
	require.Contains(c.t, c.find(`^provider +(.*)$`), "Sign in with "+providertest.ID)
	require.Equal(c.t, http.StatusOK, get(c.t, c.find(`^provider +(\S+)`)+"/oidc/.well-known/openid-configuration").StatusCode)
}

// saysWhy requires that the command explains a port exactly if it is not the usual one. If this
// test has the usual port, the command must have another one.
func (c *command) saysWhy(address, usual string, ours map[string]bool) {
	c.t.Helper()
	parsed, err := url.Parse(address)
	require.NoError(c.t, err)
	said := fmt.Sprintf("%s\n             is not at the usual port %s, which is in use\n", address, usual)
	if parsed.Port() == usual {
		require.False(c.t, ours[usual])
		require.NotContains(c.t, c.printed, said)
	} else {
		require.Contains(c.t, c.printed, said)
	}
}

// knows requires that Kratos sends browsers to the application's pages, and that the
// application's scripts can call it.
func (c *command) knows(publicURL, appURL string) {
	c.t.Helper()
	for path, page := range map[string]string{
		"login/browser": "/login?flow=",
		"login/browser?return_to=https://evil.example.org/": "/error?id=",
		"registration/browser":                              "/registration?flow=",
	} {
		require.Contains(c.t, visit(c.t, publicURL+"/self-service/"+path, appURL).Header.Get("Location"), appURL+page)
	}
	answer := visit(c.t, publicURL+"/sessions/whoami", appURL)
	require.Equal(c.t, appURL, answer.Header.Get("Access-Control-Allow-Origin"))
	require.Equal(c.t, "true", answer.Header.Get("Access-Control-Allow-Credentials"))
	answer = visit(c.t, publicURL+"/sessions/whoami", "https://evil.example.org")
	require.Empty(c.t, answer.Header.Get("Access-Control-Allow-Origin"))
}

// logsIn logs alice in with a browser.
func (c *command) logsIn(publicURL, returnTo string) {
	c.t.Helper()
	client := newClient(c.t, publicURL)
	for asked, ends := range map[string]string{returnTo: returnTo, returnTo + "/after?a=b": returnTo + "/after?a=b", "": returnTo + "/"} {
		v := client.Visit(nil, httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, "/login", nil))
		flow, err := v.CreateFlow(c.t.Context(), orylogin.FlowOptions{ReturnTo: asked})
		require.NoError(c.t, err)
		login, err := v.Submit(c.t.Context(), flow, c.password("alice@example.com"))
		require.NoError(c.t, err)
		require.Equal(c.t, ends, login.RedirectTo)
	}
	v := client.Visit(nil, httptest.NewRequestWithContext(c.t.Context(), http.MethodGet, "/login", nil))
	_, err := v.CreateFlow(c.t.Context(), orylogin.FlowOptions{ReturnTo: "https://evil.example.org/"})
	require.ErrorIs(c.t, err, orylogin.ErrReturnToForbidden)
}

// signs requires that sessions are signed as the command says.
func (c *command) signs(publicURL string) {
	c.t.Helper()
	client, ctx := newClient(c.t, publicURL), c.t.Context()
	login, err := client.Login(ctx, c.password("alice@example.com"))
	require.NoError(c.t, err)
	who, err := client.Whoami(ctx, login.Token, orylogin.WithTokenizeAs(c.find(`^ +is that of the template "(\w+)"`)))
	require.NoError(c.t, err)
	checker, err := jwt.New(jwt.Config{
		KeysURL:    c.find(`^key set +(\S+)$`),
		Issuer:     c.find(`issuer (\S+),`),
		Audience:   c.find(`audience (\w+),`),
		Algorithms: []string{c.find(`, (\w+)$`)},
	})
	require.NoError(c.t, err)
	checked, err := checker.Check(ctx, session.TokenCredential(who.Tokenized))
	require.NoError(c.t, err)
	require.Equal(c.t, login.Session.ID, checked.ID)
	require.Equal(c.t, login.Session.AuthenticatorAssuranceLevel, checked.AuthenticatorAssuranceLevel)
}

// printsCodes logs in with a mailed code and with the authenticator app.
func (c *command) printsCodes(publicURL string) {
	c.t.Helper()
	client, ctx := newClient(c.t, publicURL), c.t.Context()
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(c.t, err)
	const alice = "alice@example.com"
	var step *orylogin.NextStepError
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: alice})
	require.ErrorAs(c.t, err, &step)
	code := submatch(c.t, `^mail +`+alice+`  code (\d{6})$`, c.until("mail .*"))
	_, err = client.Submit(ctx, flow.ID, orylogin.Code{Identifier: alice, Code: orylogin.NewSecret(code)})
	require.NoError(c.t, err)

	var owed *orylogin.SecondFactorError
	_, err = client.Login(ctx, c.password("bob@example.com"))
	require.ErrorAs(c.t, err, &owed)
	_, err = io.WriteString(c.input, "\n")
	require.NoError(c.t, err)
	code = submatch(c.t, `^TOTP code +(\d{6})  for another \d+s$`, c.until("TOTP code .*"))
	_, err = client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
	require.NoError(c.t, err)
}

func (c *command) password(email string) orylogin.Password {
	c.t.Helper()
	return orylogin.Password{Identifier: email, Password: orylogin.NewSecret(c.find(`^user +` + email + `  password "(.+)"$`))}
}

// TestKratosOptions checks that flows live as long as the option says, and that Hydra sends the
// users of its client to the application's pages.
func TestKratosOptions(t *testing.T) {
	const appURL = "http://localhost:3000"
	c := start(t, "kratos", "APP_URL="+appURL, "LIFESPAN=1m30s", "PROVIDER=1", "SSO=1")
	c.hasProvider()
	for pattern, usual := range map[string]string{`^Hydra +(\S+)$`: "4444", `^Hydra admin +(\S+)$`: "4445", `^client +(\S+)$`: "4446"} {
		c.saysWhy(c.find(pattern), usual, nil)
	}
	require.Contains(t, c.printed, "flows        of logins expire after 1m30s\n")
	require.Contains(t, c.printed, "always owes a second factor")
	_, err := newClient(t, c.find(`^public API +(\S+)$`)).Login(t.Context(), c.password("carol@example.com"))
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	client := newClient(t, c.find(`^public API +(\S+)$`))
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar, CheckRedirect: func(next *http.Request, _ []*http.Request) error {
		if origin(next.URL) == appURL { // nothing serves that page
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := func(address string) *url.URL {
		at, err := send(t, browser, address, "").Location()
		require.NoError(t, err)
		return at
	}
	at := page(c.find(`^client +(\S+)$`))
	require.Equal(t, appURL+"/login", origin(at)+at.Path)

	visit := client.Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, at.String(), nil))
	flow, err := visit.CreateFlow(t.Context(), orylogin.FlowOptions{LoginChallenge: at.Query().Get("login_challenge")})
	require.NoError(t, err)
	require.Equal(t, 90*time.Second, flow.ExpiresAt.Sub(flow.IssuedAt))
	require.Equal(t, []string{providertest.ID}, flow.Choices("provider"))
	login, err := visit.Submit(t.Context(), flow, c.password("alice@example.com"))
	require.NoError(t, err)
	at = page(login.RedirectTo)
	require.Equal(t, appURL+"/consent", origin(at)+at.Path)
	require.True(t, listening(t, c.find(`^Hydra admin +(\S+)$`)))
	c.stop(syscall.SIGINT)
	require.False(t, listening(t, c.find(`^Hydra admin +(\S+)$`)))
}

// TestKratosFactors checks that a login with one factor is complete and that a second factor can be
// added later. The second factor of alice is a mailed code. carol cannot log in.
func TestKratosFactors(t *testing.T) {
	file := filepath.Join(t.TempDir(), "kratos.env")
	c := start(t, "kratos", "REQUIRED_AAL=aal1", "CODE2=1", "KRATOS_ENV="+file)
	values, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, fmt.Sprintf("KRATOS_PUBLIC_URL=%s\nKRATOS_ADMIN_URL=%s\nBOB_TOTP_SECRET=%s\n",
		c.find(`^public API +(\S+)$`), c.find(`^admin API +(\S+)$`), c.find(`TOTP secret (\S+) `)), string(values))
	client, ctx := newClient(t, c.find(`^public API +(\S+)$`)), t.Context()
	require.NotContains(t, c.printed, "always owes")
	_, err = client.Login(ctx, c.password("carol@example.com"))
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)

	bob, err := client.Login(ctx, c.password("bob@example.com"))
	require.NoError(t, err)
	bob, err = client.StepUp(ctx, bob.Token, orylogin.LookupSecret{Secret: orylogin.NewSecret(c.find(`backup codes (\S+) `))})
	require.NoError(t, err)
	require.Equal(t, orylogin.AAL2, bob.Session.AuthenticatorAssuranceLevel)

	alice, err := client.Login(ctx, c.password("alice@example.com"))
	require.NoError(t, err)
	var step *orylogin.NextStepError
	_, err = client.StepUp(ctx, alice.Token, orylogin.Code{Address: "alice@example.com"})
	require.ErrorAs(t, err, &step)
	code := submatch(t, `^mail +alice@example.com  code (\d{6})$`, c.until("mail .*"))
	alice, err = client.Submit(ctx, step.Flow.ID, orylogin.Code{Code: orylogin.NewSecret(code)}, orylogin.WithSessionToken(alice.Token))
	require.NoError(t, err)
	require.Equal(t, orylogin.AAL2, alice.Session.AuthenticatorAssuranceLevel)
	c.stop(syscall.SIGINT)
	require.NoFileExists(t, file)
}

// TestWrongConfig has settings that no Kratos accepts.
func TestWrongConfig(t *testing.T) {
	t.Parallel()
	require.ErrorContains(t, playground.Run(t.Context(), playground.Config{Lifespan: -1}), "is negative")
	require.ErrorContains(t, playground.Run(t.Context(), playground.Config{RequiredAAL: "aal2"}), "neither aal1 nor highest_available")
}

// TestWrongAppURL has wrong URLs for both commands, and for the command that serves the
// application.
func TestWrongAppURL(t *testing.T) {
	t.Parallel()
	busy := httptest.NewServer(nil)
	t.Cleanup(busy.Close)
	for appURL, failure := range map[string]string{
		"localhost:3000":              `"localhost:3000" is not an origin such as http://localhost:3000`,
		"ftp://localhost":             "is not an origin",
		"http://:3000":                "is not an origin",
		"http://ada@localhost:3000":   "is not an origin",
		"http://localhost:3000/login": "is not an origin",
		"http://192.0.2.1:3000":       "start Kratos at 192.0.2.1, which has to be this machine",
	} {
		require.ErrorContains(t, playground.Run(t.Context(), playground.Config{AppURL: appURL}), failure)
	}
	for appURL, failure := range map[string]string{
		"https://localhost:3000": "is served over http, not at https://localhost:3000",
		busy.URL:                 "serve the application at " + busy.URL + ": ",
	} {
		require.ErrorContains(t, playground.Run(t.Context(), playground.Config{
			AppURL: appURL,
			Serve:  func(context.Context, net.Listener, string, string) error { return nil },
		}), failure)
	}
}

// occupy takes a port until the test ends. It returns false if another program has the port,
// since that program may release it at any time.
func occupy(t *testing.T, address string) bool {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp4", address)
	if err != nil {
		require.ErrorIs(t, err, syscall.EADDRINUSE)
		return false
	}
	t.Cleanup(func() { _ = listener.Close() })
	return true
}

// freeAddress returns an address that nothing listens at.
func freeAddress(t *testing.T) string {
	t.Helper()
	port, err := daemon.FreePort(t.Context())
	require.NoError(t, err)
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
}

// listening reports whether something listens at the URL.
func listening(t *testing.T, raw string) bool {
	t.Helper()
	parsed, err := url.Parse(raw)
	require.NoError(t, err)
	connection, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", parsed.Host)
	if err != nil {
		return false
	}
	require.NoError(t, connection.Close())
	return true
}

func newClient(t *testing.T, publicURL string) *orylogin.Client {
	t.Helper()
	client, err := orylogin.New(publicURL)
	require.NoError(t, err)
	return client
}

// page returns the page that a browser shows at an address.
func page(t *testing.T, address string) string {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	response, err := (&http.Client{Jar: jar}).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(text)
}

// get sends a request and follows redirects, as a browser does.
func get(t *testing.T, address string) *http.Response {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	return send(t, &http.Client{Jar: jar}, address, "")
}

// visit sends a request and follows no redirect.
func visit(t *testing.T, address, from string) *http.Response {
	t.Helper()
	return send(t, &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, address, from)
}

func send(t *testing.T, client *http.Client, address, from string) *http.Response {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/html")
	if from != "" {
		request.Header.Set("Origin", from)
	}
	response, err := client.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response
}

func origin(u *url.URL) string { return u.Scheme + "://" + u.Host }

func hostname(t *testing.T, raw string) string {
	t.Helper()
	parsed, err := url.Parse(raw)
	require.NoError(t, err)
	return parsed.Hostname()
}
