package main

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// These tests run on each system. The tests that need a terminal or a real server are in
// test/cli.

// asCommand is the environment variable that makes the test's binary act as the command.
const asCommand = "THIS_IS_ORY_LOGIN"

func TestMain(m *testing.M) {
	if os.Getenv(asCommand) != "" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}

const (
	email    = "ada@example.com"
	password = "correct horse battery staple"
)

// person is a user with a home folder and a server that knows the user.
type person struct {
	t      *testing.T
	home   string
	server *orylogintest.Server
}

func newPerson(t *testing.T) person {
	t.Helper()
	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: email, Password: password})
	return person{t, t.TempDir(), server}
}

// run runs the command, and returns its exit code and standard output.
func (p person) run(stdin string, args ...string) (int, string) {
	p.t.Helper()
	self, err := os.Executable()
	require.NoError(p.t, err)
	command := exec.CommandContext(p.t.Context(), self, args...)
	command.Env = append(os.Environ(), asCommand+"=1", "HOME="+p.home, "XDG_CONFIG_HOME="+p.home, "AppData="+p.home)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	var exit *exec.ExitError
	if err := command.Run(); err != nil {
		require.ErrorAs(p.t, err, &exit)
	}
	require.NotContains(p.t, stderr.String(), password)
	return command.ProcessState.ExitCode(), stdout.String()
}

func (p person) login(secret string) int {
	p.t.Helper()
	code, printed := p.run(secret, "login", "--url", p.server.URL, "--identifier", email, "--secrets", "-")
	require.Empty(p.t, printed)
	return code
}

// token returns the token that the command prints.
func (p person) token() orylogin.Secret {
	p.t.Helper()
	code, printed := p.run("", "token")
	require.Equal(p.t, 0, code)
	return orylogin.NewSecret(strings.TrimSuffix(printed, "\n"))
}

// kept returns the names of the files in the home folder.
func (p person) kept() []string {
	p.t.Helper()
	var names []string
	require.NoError(p.t, filepath.WalkDir(p.home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, path)
		}
		return err
	}))
	return names
}

// TestSession logs in, uses the session, logs in again, and logs out.
func TestSession(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	client := p.server.Client()
	for _, end := range []string{"\n", "\r\n"} {
		require.Equal(t, 0, p.login(password+end))
		require.Len(t, p.kept(), 1)
		require.Equal(t, "ory-login", filepath.Base(filepath.Dir(p.kept()[0])))
	}
	token := p.token()
	_, err := client.Whoami(t.Context(), token)
	require.NoError(t, err)
	code, printed := p.run("", "token", "--header")
	require.Equal(t, 0, code)
	require.Equal(t, "X-Session-Token: "+token.Reveal()+"\n", printed)
	code, printed = p.run("", "whoami", "--json")
	require.Equal(t, 0, code)
	require.True(t, json.Valid([]byte(printed)))
	require.Contains(t, printed, email)

	code, printed = p.run("", "logout")
	require.Equal(t, 0, code)
	require.Empty(t, printed)
	require.Empty(t, p.kept())
	_, err = client.Whoami(t.Context(), token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	code, _ = p.run("", "token", "--url", p.server.URL)
	require.Equal(t, exitNoSession, code)
}

// TestNoLogin checks that a failed login keeps nothing.
func TestNoLogin(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	require.Equal(t, exitRefused, p.login("a wild guess\n"))
	require.Equal(t, exitMore, p.login(""))
	require.Empty(t, p.kept())
	code, _ := p.run("", "whoami")
	require.Equal(t, exitUsage, code)
	p.server.Close()
	require.Equal(t, exitFailed, p.login(password+"\n"))
}
