package cli

import (
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// provided is a login with a provider that waits for the browser.
type provided struct {
	*conversation
	kratos *server
	port   int
}

// startProvider starts a provider. Its next user has the address, and denies the login unless
// consent is true. It returns the settings of a Kratos that knows the provider and allows the
// URL of a port as return_to.
func startProvider(t *testing.T, address string, consent bool, port int) []kratostest.Setting {
	t.Helper()
	provider := providertest.Start(t, address)
	if !consent {
		provider.Deny()
	}
	callback := fmt.Sprintf("http://127.0.0.1:%d/ory-login", port)
	return provider.Settings(kratostest.Set("selfservice.allowed_return_urls", []string{callback}))
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	return listener
}

func freePort(t *testing.T) int {
	t.Helper()
	port, err := daemon.FreePort(t.Context())
	require.NoError(t, err)
	return port
}

// atProvider begins a login and chooses the provider.
func atProvider(t *testing.T, address string, consent bool) provided {
	t.Helper()
	port := freePort(t)
	kratos := start(t, startProvider(t, address, consent, port)...)
	login := newPerson(t).at("login", "--url", kratos.PublicURL, "--callback-port", strconv.Itoa(port))
	login.expect("1  " + providertest.Label)
	login.answer("Choose (1-2): ", "1")
	login.expect("Open this URL in a browser")
	login.expect("http://127.0.0.1")
	return provided{login, kratos, port}
}

var printedURL = regexp.MustCompile(`(?m)^  (http://127\.0\.0\.1:\S+state=\S+)\s*$`)

// browse opens the printed URL and follows redirects to the end, which is the command's own
// page.
func (p provided) browse() string {
	t := p.person.t
	t.Helper()
	p.expect("\n")
	printed := printedURL.FindStringSubmatch(p.Screen())
	require.NotNil(t, printed, p.Screen())
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, printed[1], nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "text/html")
	response, err := (&http.Client{Jar: jar}).Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.Equal(t, strconv.Itoa(p.port), response.Request.URL.Port())
	return string(page)
}

func TestProvider(t *testing.T) {
	t.Parallel()
	login := atProvider(t, "new@example.com", true)
	require.Contains(t, login.browse(), "close this page")
	login.expect("new@example.com")
	login.ends(ok)
	require.Len(t, login.person.tokens(), 1)
	whoami := login.person.run(nil, nil, "whoami")
	require.Equal(t, ok, whoami.code)
	require.Contains(t, whoami.stderr, "new@example.com")
}

func TestProviderDenied(t *testing.T) {
	t.Parallel()
	login := atProvider(t, "new@example.com", false)
	require.Contains(t, login.browse(), "close this page")
	login.expect("no, thanks")
	login.ends(refused)
	login.person.notLoggedIn()
}

// TestProviderOfAnotherAccount comes back with the address of an account that is not linked to
// the provider. The account's password links it.
func TestProviderOfAnotherAccount(t *testing.T) {
	t.Parallel()
	login := atProvider(t, ada.Email, true)
	login.browse()
	login.answer("Password: ", "a guess")
	login.says(login.kratos, orylogin.ErrInvalidCredentials)
	login.answer("Password: ", ada.Password)
	login.expect(ada.Email)
	login.ends(ok)
	require.Len(t, login.person.tokens(), 1)
}

// TestProviderRegistration has the answers of a server after v26.2 to the code. An account is
// needed, but the provider does not tell enough for it, or registration is disabled.
func TestProviderRegistration(t *testing.T) {
	t.Parallel()
	for flow, want := range map[string]struct {
		text string
		code int
	}{
		`{"id":"f","ui":{"action":"https://auth.example.com/self-service/registration?flow=f","nodes":[]}}`: {"register in a browser", more},
		`{"id":"f","ui":{"nodes":[],"messages":[{"id":4000001,"type":"error","text":"Registration is not allowed because it was disabled."}]}}`: {
			"or registration", refused,
		},
	} {
		port := strconv.Itoa(freePort(t))
		callback := "http://127.0.0.1:" + port + "/ory-login"
		server := orylogintest.NewServer(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo(callback))
		server.Respond(orylogintest.Exchange, http.StatusUnprocessableEntity, flow)
		login := newPerson(t).at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
		login.expect("Open this URL in a browser")
		require.Equal(t, http.StatusOK, visit(t, http.MethodGet, returnOf(t, server)+"&code=some-code&flow=f", ""))
		login.expect(want.text)
		login.ends(want.code)
	}
}

// TestProviderSilent comes back without a reason.
func TestProviderSilent(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	callback := "http://127.0.0.1:" + port + "/ory-login"
	server := orylogintest.NewServer(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo(callback))
	login := newPerson(t).at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
	login.expect("Open this URL in a browser")
	require.Equal(t, http.StatusOK, visit(t, http.MethodGet, returnOf(t, server), ""))
	login.expect("does not say why")
	login.ends(refused)
}

func TestProviderInterrupted(t *testing.T) {
	t.Parallel()
	login := atProvider(t, "new@example.com", true)
	require.NoError(t, login.Signal(os.Interrupt))
	login.ends(interrupted)
	login.person.notLoggedIn()
}

// TestProviderNowhereToReturn has a server that does not allow the return URL, and a port that
// is in use.
func TestProviderNowhereToReturn(t *testing.T) {
	t.Parallel()
	kratos := start(t, startProvider(t, ada.Email, true, freePort(t))...)
	p := newPerson(t)
	login := []string{"login", "--url", kratos.PublicURL, "--method", providertest.ID, "--callback-port"}
	port := strconv.Itoa(freePort(t))
	got := p.run(nil, nil, append(login, port)...)
	require.Equal(t, failed, got.code, got.stderr)
	require.Contains(t, got.stderr, "self_service_flow_return_to_forbidden")
	require.Contains(t, got.stderr, "http://127.0.0.1:"+port+"/ory-login")
	require.Contains(t, got.stderr, "allowed_return_urls")

	taken := listen(t)
	defer func() { _ = taken.Close() }()
	got = p.run(nil, nil, append(login, strconv.Itoa(taken.Addr().(*net.TCPAddr).Port))...)
	require.Equal(t, usage, got.code, got.stderr)
	require.Contains(t, got.stderr, "--callback-port")
}

// TestProviderAndSecondFactor continues at the terminal after the browser.
func TestProviderAndSecondFactor(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	callback := "http://127.0.0.1:" + port + "/ory-login"
	server := orylogintest.NewServer(t, orylogintest.WithProviders("acme"), orylogintest.WithHighestAAL(),
		orylogintest.WithReturnTo(callback))
	const key = "JBSWY3DPEHPK3PXP"
	server.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password, TOTPSecret: key})
	_, err := server.Client().Login(t.Context(), orylogin.Password{
		Identifier: ada.Email, Password: orylogin.NewSecret(ada.Password),
	})
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	answer, err := json.Marshal(map[string]any{"session_token": owed.Token.Reveal(), "session": owed.Session.Document()})
	require.NoError(t, err)
	server.Respond(orylogintest.Exchange, http.StatusOK, string(answer))

	p := newPerson(t)
	login := p.at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
	login.expect("Open this URL in a browser")
	require.Equal(t, http.StatusOK, visit(t, http.MethodGet, returnOf(t, server)+"&code=some-code", ""))
	login.expect("Please complete the second authentication challenge.")
	login.answer("Authentication code: ", orylogintest.TOTP(key, time.Now()))
	login.ends(ok)
	require.Equal(t, []string{owed.Token.Reveal()}, p.tokens())
}

// returnOf returns the return_to of the newest flow for a login with a provider.
func returnOf(t *testing.T, server *orylogintest.Server) string {
	t.Helper()
	created := server.Requests(orylogintest.CreateFlow)
	require.NotEmpty(t, created)
	return created[len(created)-1].Query("return_to")
}

// visit sends a request for the host name, as a browser does, and returns the status of the
// answer.
func visit(t *testing.T, method, target, host string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, nil)
	require.NoError(t, err)
	request.Host = host
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode
}

// TestProviderOtherPages sends requests of other web pages. They must not end the login, which
// still waits for the user's browser.
func TestProviderOtherPages(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	callback := "http://127.0.0.1:" + port + "/ory-login"
	server := fake(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo(callback))
	server.Respond(orylogintest.Exchange, http.StatusForbidden, "")
	login := newPerson(t).at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
	login.expect("Open this URL in a browser")
	own := returnOf(t, server)
	parsed, err := url.Parse(own)
	require.NoError(t, err)
	state := parsed.RawQuery
	require.Equal(t, callback, strings.TrimSuffix(own, "?"+state))
	require.GreaterOrEqual(t, len(state), len("state=")+26, "nobody can guess it")
	for _, request := range []struct{ method, target, host string }{
		{http.MethodGet, callback, ""},
		{http.MethodGet, callback + "?code=evil", ""},
		{http.MethodGet, callback + "?code=evil&state=", ""},
		{http.MethodGet, callback + "?code=evil&" + state[:len(state)-1], ""},
		{http.MethodGet, callback + "?code=evil&" + state + "x", ""},
		{http.MethodGet, callback + "?code=evil&state=x&" + state, ""},
		{http.MethodGet, callback + "?code=evil&" + strings.ToLower(state), ""},
		{http.MethodHead, own + "&code=evil", ""},
		{http.MethodPost, own + "&code=evil", ""},
		{http.MethodOptions, own + "&code=evil", ""},
		{http.MethodPut, own + "&code=evil", ""},
		{http.MethodGet, own + "&code=evil", "evil.example:" + port},
		{http.MethodGet, own + "&code=evil", "localhost:" + port},
		{http.MethodGet, own + "&code=evil", "127.0.0.1"},
		{http.MethodGet, strings.Replace(own, "/ory-login", "/ory-login/", 1) + "&code=evil", ""},
		{http.MethodGet, strings.Replace(own, "/ory-login", "/", 1) + "&code=evil", ""},
		{http.MethodGet, "http://127.0.0.1:" + port + "/favicon.ico", ""},
	} {
		require.Equal(t, http.StatusNotFound, visit(t, request.method, request.target, request.host), "%v", request)
	}
	server.ExpectCalls(orylogintest.Exchange, 0)
	require.NotContains(t, login.Screen(), parsed.Query().Get("state"), "it is not for others")

	require.Equal(t, http.StatusOK, visit(t, http.MethodGet, own+"&code=right", ""))
	code, err := login.Wait()
	require.NoError(t, err)
	require.Equal(t, failed, code, login.Screen())
	exchanged := server.Requests(orylogintest.Exchange)
	require.Len(t, exchanged, 1)
	require.Equal(t, "right", exchanged[0].Query("return_to_code"))
}

// TestProviderTooLate checks that the command waits as long as the flow lives, and at most for
// a quarter of an hour.
func TestProviderTooLate(t *testing.T) {
	t.Parallel()
	for lifespan, says := range map[string]string{"2026-01-01T00:00:00.1Z": "100ms", "2099-01-01T00:00:00Z": "15m0s", "2020-01-01T00:00:00Z": "15m0s"} {
		port := strconv.Itoa(freePort(t))
		server := fake(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo("http://127.0.0.1:"+port+"/ory-login"))
		created := httptest.NewRecorder()
		server.ServeHTTP(created, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/self-service/login/api", nil))
		flow := regexp.MustCompile(`"(expires_at|issued_at)":"[^"]*"`).ReplaceAllString(created.Body.String(), `"$1":"2026-01-01T00:00:00Z"`)
		server.Respond(orylogintest.CreateFlow, http.StatusOK, strings.Replace(flow, `"expires_at":"2026-01-01T00:00:00Z"`, `"expires_at":"`+lifespan+`"`, 1))
		login := newPerson(t).at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
		login.expect("Open this URL in a browser on this machine, within " + says + ":")
		if says == "100ms" {
			login.expect("no browser came back within 100ms")
			login.ends(more)
			continue
		}
		login.expect("http")
		require.NoError(t, login.Signal(os.Interrupt))
		login.ends(interrupted)
	}
}

// TestProviderNoWebPage has a server that names a URL that is not a web page. The command must
// not show it, since a browser could do harm with it.
func TestProviderNoWebPage(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	server := fake(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo("http://127.0.0.1:"+port+"/ory-login"))
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	front := httptest.NewTLSServer(httputil.NewSingleHostReverseProxy(target))
	t.Cleanup(front.Close)
	certificate := filepath.Join(t.TempDir(), "certificate.pem")
	require.NoError(t, os.WriteFile(certificate, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}), 0o600))
	for _, page := range []string{
		"file:///etc/passwd", "--help", "javascript:alert(1)", "intent://x#Intent;scheme=http;end", "https:/x", "https:x",
		"//evil.example/", "http://evil.example/", "http://127.0.0.1.evil.example/", "ftp://evil.example/", "vscode://x",
		"https://", "", " https://evil.example", "data:text/html,x",
	} {
		quoted, err := json.Marshal(page)
		require.NoError(t, err)
		server.Respond(orylogintest.Submit, http.StatusUnprocessableEntity,
			`{"error":{"id":"browser_location_change_required","code":422,"message":"m"},"redirect_browser_to":`+string(quoted)+`}`)
		got := newPerson(t).run(nil, []string{"SSL_CERT_FILE=" + certificate}, "login", "--url", front.URL,
			"--method", "acme", "--callback-port", port)
		require.Equal(t, failed, got.code, "%q: %s", page, got.stderr)
		if len(page) > len("https://") {
			require.Contains(t, got.stderr, "not safe to open", page)
			require.NotContains(t, got.stderr, page)
		}
	}
}

// TestProviderCrowd takes all connections of the callback, and one connection sends nothing.
// The user's browser must still get through.
func TestProviderCrowd(t *testing.T) {
	t.Parallel()
	port := strconv.Itoa(freePort(t))
	address := "127.0.0.1:" + port
	server := fake(t, orylogintest.WithProviders("acme"), orylogintest.WithReturnTo("http://"+address+"/ory-login"))
	server.Respond(orylogintest.Exchange, http.StatusForbidden, "")
	login := newPerson(t).at("login", "--url", server.URL, "--method", "acme", "--callback-port", port)
	login.expect("Open this URL in a browser")
	var dialer net.Dialer
	var crowd []net.Conn
	for range 16 {
		connection, err := dialer.DialContext(t.Context(), "tcp", address)
		require.NoError(t, err)
		defer func() { _ = connection.Close() }()
		crowd = append(crowd, connection)
	}
	late, err := dialer.DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer func() { _ = late.Close() }()
	_, err = late.Read(make([]byte, 1))
	require.Error(t, err, "there are too many")
	for _, connection := range crowd[1:] { // the earlier connections are served and closed
		_, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: "+address+"\r\n\r\n")
		require.NoError(t, err)
		answer, err := io.ReadAll(connection)
		require.NoError(t, err)
		require.Contains(t, string(answer), "404 Not Found")
		require.Contains(t, string(answer), "Connection: close")
	}
	_, err = io.ReadAll(crowd[0])
	require.NoError(t, err, "who says nothing does not stay")

	require.Equal(t, http.StatusOK, visit(t, http.MethodGet, returnOf(t, server)+"&code=right", ""))
	code, err := login.Wait()
	require.NoError(t, err)
	require.Equal(t, failed, code, login.Screen())
}
