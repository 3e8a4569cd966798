package cli

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// script logs in without a terminal.
func (p *person) script(server string, args ...string) result {
	p.t.Helper()
	return p.run(strings.NewReader(ada.Password), nil,
		append([]string{"login", "--url", server, "--identifier", ada.Email, "--secrets", "-"}, args...)...)
}

// TestRefusal checks that the output explains a refusal in words and has the id of the message.
func TestRefusal(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	got := p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + wrongPassword}, "login", "--url", server.URL, "--identifier", ada.Email)
	require.Equal(t, result{code: refused, stderr: "ory-login: the server refused the login\n" +
		"  server   The provided credentials are invalid, check for spelling mistakes in your password or username, " +
		"email address, or phone number. (4000006)\n" +
		"  next     run ory-login login again\n"}, got)
}

// TestServerFails checks that the output does not blame the user for a failure of the server.
func TestServerFails(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		breaks func(*orylogintest.Server)
		says   string
	}{
		"gateway": {func(s *orylogintest.Server) {
			s.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>out of order")
		}, "502"},
		"cut": {func(s *orylogintest.Server) { s.Cut(orylogintest.Submit) }, "no answer"},
		"busy": {func(s *orylogintest.Server) {
			s.Handle(orylogintest.CreateFlow, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Retry-After", "17")
				w.WriteHeader(http.StatusTooManyRequests)
			}))
		}, "17s"},
		"busy for how long": {func(s *orylogintest.Server) { s.Respond(orylogintest.CreateFlow, http.StatusTooManyRequests, "") }, "try again later"},
		"proxy that adds a cookie": {func(s *orylogintest.Server) {
			s.Respond(orylogintest.Submit, http.StatusBadRequest, `{"id":"f","type":"api","ui":{"messages":[`+
				`{"id":4000001,"type":"error","text":"The HTTP Request Header included the \"Cookie\" key"}]}}`)
		}, "it changes requests"},
		"request id": {func(s *orylogintest.Server) {
			s.Respond(orylogintest.CreateFlow, http.StatusInternalServerError,
				`{"error":{"code":500,"status":"Internal Server Error","request":"0c0ffee0","reason":"the database is gone","message":"oh"}}`)
		}, "0c0ffee0"},
		"expired at once": {func(s *orylogintest.Server) {
			s.Respond(orylogintest.Submit, http.StatusGone,
				`{"error":{"id":"self_service_flow_expired","code":410,"status":"Gone","reason":"too late","message":"oh"},"since":1}`)
		}, "run ory-login login again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, p := fake(t), newPerson(t)
			c.breaks(server)
			got := p.script(server.URL)
			require.Equal(t, failed, got.code, got.stderr)
			require.Contains(t, got.stderr, c.says)
			require.NotContains(t, got.stderr, "<html>")
			p.notLoggedIn()
		})
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	got := p.script("http://127.0.0.1:1")
	require.Equal(t, failed, got.code)
	require.Contains(t, got.stderr, "connection refused")
	require.Contains(t, got.stderr, "check --url and the network")

	// The stored session stays while the server is down.
	server := fake(t)
	require.Equal(t, ok, p.script(server.URL).code)
	server.Cut(orylogintest.Logout)
	require.Equal(t, failed, p.run(nil, nil, "logout").code)
	require.Len(t, p.tokens(), 1)
}

// TestPlainHTTP checks that plain http to another machine needs a flag.
func TestPlainHTTP(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	const other = "http://kratos.invalid"
	got := p.script(other)
	require.Equal(t, usage, got.code)
	require.Contains(t, got.stderr, "unencrypted")
	require.Contains(t, got.stderr, "--plain-http")
	require.Contains(t, got.stderr, "plain http to kratos.invalid")
	require.Equal(t, failed, p.script(other, "--plain-http").code)
}

func TestUsage(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	for _, args := range [][]string{
		{"login"},
		{"login", "--url", "auth.example.com"},
		{"login", "--url", "https://ada:" + ada.Password + "@auth.example.com"},
		{"token", "--url", "https://ada:" + ada.Password + "@auth.example.com"},
		{"login", "--url", "https://auth.example.com", "--secrets", "/nowhere"},
		{"login", "--url", "https://auth.example.com?a=b"},
		{"login", "--url"},
		{"login", "--url", "https://auth.example.com", "--callback-port", "70000"},
		{"login", "--url", "https://auth.example.com", "--callback-port", "x"},
		{"login", "--url", "https://auth.example.com", "--timeout", "0s"},
		{"login", "--url", "https://auth.example.com", "--timeout", "-5s"},
		{"login", "--url", "https://auth.example.com", "--timeout", "x"},
		{"login", "--url", "https://auth.example.com", "--identifier", "ad\xe4@example.com"},
		{"login", "--password", "x"},
		{"token", "x"},
		{"token", "--tokenize-as"},
		{"tokens"},
	} {
		got := p.run(nil, nil, args...)
		require.Equal(t, usage, got.code, args)
		require.Empty(t, got.stdout)
		require.Contains(t, got.stderr, "ory-login: ")
		require.Contains(t, got.stderr, "  next ")
	}
}

// TestNotUTF8 has a secret that cannot be sent.
func TestNotUTF8(t *testing.T) {
	t.Parallel()
	const latin1 = "correct h\xf6rse"
	server, p := fake(t), newPerson(t)
	login := []string{"login", "--url", server.URL, "--identifier", ada.Email}
	for name, got := range map[string]result{
		"environment": p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + latin1}, login...),
		"file":        p.run(nil, nil, append(login, "--secrets", p.secretsFile(latin1))...),
	} {
		require.Equal(t, usage, got.code, name)
		require.Contains(t, got.stderr, `"Password" is not UTF-8`, name)
	}
	server.ExpectCalls(orylogintest.Submit, 0)
}

// TestSilentServer has a server that reads requests and never answers.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	require.Equal(t, ok, p.script(server.URL).code)
	silent := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for _, operation := range []orylogintest.Operation{orylogintest.CreateFlow, orylogintest.Whoami, orylogintest.Logout} {
		server.Handle(operation, silent)
	}
	for _, got := range []result{
		p.script(server.URL, "--timeout", "50ms"),
		p.run(nil, nil, "whoami", "--timeout", "50ms"),
		p.run(nil, nil, "logout", "--timeout", "50ms"),
	} {
		require.Equal(t, failed, got.code, got.stderr)
		require.Contains(t, got.stderr, "the server did not answer within 0.05 seconds")
		require.Contains(t, got.stderr, "check --url and the network")
		require.Contains(t, got.stderr, "--timeout")
	}
	require.Len(t, p.tokens(), 1)
}

// TestRedirected checks that the output names the target of a redirect without its query, which
// may be secret.
func TestRedirected(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	server.Handle(orylogintest.CreateFlow, http.RedirectHandler("https://ada:x@auth.example.com/kratos?code=123456#x", http.StatusFound))
	got := p.script(server.URL)
	require.Equal(t, failed, got.code, got.stderr)
	require.Contains(t, got.stderr, "check --url: the server redirects to https://auth.example.com/kratos\n")
}

// TestAccounts has accounts for which the right password is not enough.
func TestAccounts(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t, kratostest.Set("selfservice.flows.login.after.hooks",
		[]any{map[string]any{"hook": "require_verified_address"}}))
	for _, c := range []struct {
		account kratostest.Identity
		code    int
		says    string
	}{
		{kratostest.Identity{Email: "off@example.com", Verified: true, Inactive: true}, refused, "disabled"},
		{kratostest.Identity{Email: "new@example.com"}, more, "verify the address"},
	} {
		c.account.Password = ada.Password
		_, err := kratos.CreateIdentity(t.Context(), c.account)
		require.NoError(t, err)
		p := newPerson(t)
		got := p.script(kratos.PublicURL, "--identifier", c.account.Email)
		require.Equal(t, c.code, got.code, got.stderr)
		require.Contains(t, got.stderr, c.says)
		p.notLoggedIn()
	}
}

// TestSecondFactorWanted has a session that was complete at first and then needs a second
// factor.
func TestSecondFactorWanted(t *testing.T) {
	t.Parallel()
	kratos, p := start(t, highest), newPerson(t)
	require.Equal(t, ok, p.script(kratos.PublicURL).code)
	app(t, kratos)
	got := p.run(nil, nil, "whoami")
	require.Equal(t, more, got.code, got.stderr)
	require.Contains(t, got.stderr, "session_aal2_required")
}

// TestOnlyInABrowser has a flow without a method for a terminal.
func TestOnlyInABrowser(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	server.Respond(orylogintest.CreateFlow, http.StatusOK,
		`{"id":"f","type":"api","expires_at":"2099-01-01T00:00:00Z","issued_at":"2026-01-01T00:00:00Z",`+
			`"request_url":"","state":"choose_method","ui":{"action":"/","method":"POST","nodes":[`+
			`{"type":"input","group":"passkey","messages":[],"attributes":{"name":"passkey_login_trigger","type":"button","node_type":"input"},"meta":{}}]}}`)
	got := p.script(server.URL)
	require.Equal(t, more, got.code, got.stderr)
	require.Contains(t, got.stderr, "browser")
}
