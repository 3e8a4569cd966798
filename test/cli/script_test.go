package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
)

// fake starts a fake server that knows ada, for tests that need no real one.
func fake(t *testing.T, options ...orylogintest.Option) *orylogintest.Server {
	t.Helper()
	server := orylogintest.NewServer(t, options...)
	server.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
	return server
}

// secretsFile writes a person's secrets to a file.
func (p *person) secretsFile(lines ...string) string {
	p.t.Helper()
	path := filepath.Join(p.home, "secrets")
	require.NoError(p.t, os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600))
	return path
}

// TestScript gives the same secrets in each way, to a real server.
func TestScript(t *testing.T) {
	t.Parallel()
	kratos := start(t, highest)
	totp := app(t, kratos)
	login := []string{"login", "--url", kratos.PublicURL, "--identifier", ada.Email}
	for name, run := range map[string]func(*person) result{
		"environment": func(p *person) result {
			return p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + ada.Password, "ORY_LOGIN_TOTP_CODE=" + totp()}, login...)
		},
		"file": func(p *person) result {
			return p.run(nil, nil, append(login, "--secrets", p.secretsFile(ada.Password, totp()))...)
		},
		"standard input": func(p *person) result {
			return p.run(strings.NewReader(ada.Password+"\r\n"+totp()+"\n"), nil, append(login, "--secrets", "-")...)
		},
		"environment and file": func(p *person) result {
			return p.run(nil, []string{"ORY_LOGIN_PASSWORD=" + ada.Password}, append(login, "--secrets", p.secretsFile(totp()))...)
		},
	} {
		t.Run(name, func(t *testing.T) { // one after the other, because of sqlite
			p := newPerson(t)
			got := run(p)
			require.Equal(t, ok, got.code, got.stderr)
			require.Empty(t, got.stdout)
			p.loggedIn(kratos.PublicURL, "password", "totp")
		})
	}
}

// TestScriptAndTerminal has some secrets in a file. The command asks for the rest.
func TestScriptAndTerminal(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	login := p.at("login", "--url", server.URL, "--secrets", p.secretsFile(ada.Password))
	login.answer("ID: ", ada.Email)
	login.ends(ok)
	p.loggedIn(server.URL, "password")

	login = p.at("login", "--url", server.URL, "--secrets", "-")
	login.expect("would show the secrets")
	login.ends(usage)
}

// TestScriptRefused checks that a secret from a script is submitted only once.
func TestScriptRefused(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	got := p.run(nil, nil, "login", "--url", server.URL, "--identifier", ada.Email,
		"--secrets", p.secretsFile(wrongPassword, ada.Password))
	require.Equal(t, refused, got.code)
	require.Contains(t, got.stderr, complaint)
	server.ExpectCalls(orylogintest.Submit, 1)
	p.notLoggedIn()
}

// TestScriptRefusedAtTerminal checks the same at a terminal, where only the identifier was
// typed.
func TestScriptRefusedAtTerminal(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithIdentifierFirst()), newPerson(t)
	login := p.at("login", "--url", server.URL, "--identifier", "nobody@example.com")
	login.expect("This account does not exist")
	login.ends(refused)
	server.ExpectCalls(orylogintest.Submit, 1)
}

// TestNoTerminal checks that the error says what was asked for and how to give it.
func TestNoTerminal(t *testing.T) {
	t.Parallel()
	identifier := []string{"--identifier", ada.Email}
	for name, c := range map[string]struct {
		options   []orylogintest.Option
		variables []string
		args      []string
		says      []string
	}{
		"identifier": {says: []string{`"ID"`, "--identifier"}},
		"password":   {args: identifier, says: []string{`"Password"`, "ORY_LOGIN_PASSWORD", "--secrets"}},
		"method": {
			options: []orylogintest.Option{orylogintest.WithCode()},
			args:    identifier, says: []string{"several methods: code, password\n", "--method"},
		},
		"code": {
			options: []orylogintest.Option{orylogintest.WithCode()},
			args:    append(identifier, "--method", "code"), says: []string{`"Login code`, "ORY_LOGIN_CODE"},
		},
		"end of the file": {
			args: append(identifier, "--secrets", "/dev/null"), says: []string{`"Password"`, "at its end"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server, p := fake(t, c.options...), newPerson(t)
			got := p.run(nil, c.variables, append([]string{"login", "--url", server.URL}, c.args...)...)
			require.Equal(t, more, got.code, got.stderr)
			require.Empty(t, got.stdout)
			for _, text := range c.says {
				require.Contains(t, got.stderr, text)
			}
			p.notLoggedIn()
		})
	}
}

// TestReleases has servers that are older and newer than the real one.
func TestReleases(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{
		orylogintest.V0_8, orylogintest.V1_3, orylogintest.V25_4, orylogintest.V26_2, orylogintest.AfterV26_2,
	} {
		t.Run(string(release), func(t *testing.T) {
			t.Parallel()
			p := newPerson(t)
			server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithHighestAAL())
			const key = "JBSWY3DPEHPK3PXP"
			server.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password, TOTPSecret: key})
			login := p.at("login", "--url", server.URL)
			login.answer("ID: ", ada.Email)
			login.answer("Password: ", ada.Password)
			login.answer("Authentication code: ", orylogintest.TOTP(key, time.Now()))
			login.ends(ok)
			p.loggedIn(server.URL, "password", "totp")
		})
	}
}

// TestCodeSentAtOnce has a server that sends the code of a second factor before it is asked to.
func TestCodeSentAtOnce(t *testing.T) {
	t.Parallel()
	server, p := fake(t, orylogintest.WithRelease(orylogintest.V26_2), orylogintest.WithCodeSecondFactor(),
		orylogintest.WithHighestAAL()), newPerson(t)
	login := p.at("login", "--url", server.URL)
	login.answer("ID: ", ada.Email)
	login.answer("Password: ", ada.Password)
	login.expect("Login code")
	login.press(server.Code(ada.Email) + "\r")
	login.ends(ok)
	p.loggedIn(server.URL, "password", "code")
}

// TestJSON checks the document of each outcome.
func TestJSON(t *testing.T) {
	t.Parallel()
	server, p := fake(t), newPerson(t)
	run := func(code int, args ...string) map[string]any {
		t.Helper()
		got := p.run(strings.NewReader(ada.Password), nil, append(args, "--json")...)
		require.Equal(t, code, got.code, got.stderr)
		require.Empty(t, got.stderr)
		var document map[string]any
		require.NoError(t, json.Unmarshal([]byte(got.stdout), &document), got.stdout)
		return document
	}
	login := run(ok, "login", "--url", server.URL, "--identifier", ada.Email, "--secrets", "-")
	require.Equal(t, server.URL, login["url"])
	require.Equal(t, "aal1", login["aal"])
	require.Equal(t, map[string]any{"email": ada.Email}, login["traits"])
	require.Equal(t, login, run(ok, "whoami"))

	token := run(ok, "token")
	require.Equal(t, p.tokens()[0], token["token"])
	require.Equal(t, login["expires_at"], token["expires_at"])
	require.Equal(t, login["identity_id"], token["identity_id"])

	server.ExpireSessions(login["identity_id"].(string))
	require.Equal(t, map[string]any{"error": map[string]any{
		"exit_code": float64(noSession),
		"what":      "there is no valid session (HTTP 401 Unauthorized)",
		"message":   "No valid session credentials found in the request.",
		"next":      "log in with ory-login login",
	}}, run(noSession, "whoami"))
	require.Equal(t, map[string]any{"url": server.URL, "logged_out": true}, run(ok, "logout"))
	require.Contains(t, run(usage, "token"), "error")
	require.Contains(t, run(usage, "tokens"), "error")
}
