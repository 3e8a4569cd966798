package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/cli/clitest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The documented exit codes of the command.
const (
	ok          = 0
	usage       = 2
	refused     = 3
	more        = 4
	failed      = 5
	noSession   = 6
	interrupted = 130
)

var ada = kratostest.Identity{Email: "ada@example.com", Password: "correct horse battery staple", Verified: true}

const (
	wrongPassword = "a wild guess at it"
	complaint     = "The provided credentials are invalid"
)

// person is a user with a separate home folder and secrets.
type person struct {
	t       *testing.T
	home    string
	secrets []string
}

func newPerson(t *testing.T) *person {
	t.Helper()
	return &person{t: t, home: t.TempDir(), secrets: []string{ada.Password, wrongPassword}}
}

// start starts a Kratos that knows ada.
func start(t *testing.T, settings ...kratostest.Setting) *server {
	t.Helper()
	kratos := kratostest.Start(t, settings...)
	_, err := kratos.CreateIdentity(t.Context(), ada)
	require.NoError(t, err)
	return hear(t, kratos)
}

// command returns the command in the person's home folder. Its environment has only the
// variables that are given.
func (p *person) command(args []string, variables ...string) *exec.Cmd {
	command := exec.CommandContext(p.t.Context(), binary, args...)
	command.Env = append([]string{"HOME=" + p.home, "XDG_CONFIG_HOME=" + p.config()}, variables...)
	return command
}

func (p *person) config() string { return filepath.Join(p.home, "config") }

// result is the result of a command.
type result struct {
	code   int
	stdout string
	stderr string
}

// jargon matches words that only Go programmers understand: names in the library, and the
// standard library's own error texts.
var jargon = regexp.MustCompile(`orylogin|\b[a-z]+[A-Z]|\b(With|Err)[A-Z]|an error of type|context deadline|bit int|EOL`)

// run runs the command without a terminal.
func (p *person) run(stdin io.Reader, variables []string, args ...string) result {
	p.t.Helper()
	command := p.command(args, variables...)
	var stdout, stderr bytes.Buffer
	command.Stdin, command.Stdout, command.Stderr = stdin, &stdout, &stderr
	command.WaitDelay = time.Second
	err := command.Run()
	var exit *exec.ExitError
	if err != nil {
		require.ErrorAs(p.t, err, &exit)
	}
	got := result{command.ProcessState.ExitCode(), stdout.String(), stderr.String()}
	p.discreet(got.stderr)
	require.NotRegexp(p.t, jargon, got.stderr)
	if args[0] != "token" {
		p.discreet(got.stdout)
	}
	return got
}

// at runs ory-login at a terminal.
func (p *person) at(args ...string) *conversation {
	p.t.Helper()
	return p.converse(p.command(args))
}

// converse runs a command at a terminal.
func (p *person) converse(command *exec.Cmd) *conversation {
	p.t.Helper()
	terminal, err := clitest.Open(command, nil)
	require.NoError(p.t, err)
	c := &conversation{person: p, Terminal: terminal}
	p.t.Cleanup(func() {
		require.NoError(p.t, terminal.Close())
		p.discreet(terminal.Screen())
	})
	return c
}

// discreet requires that a text has no secret and no stored token.
func (p *person) discreet(text string) {
	p.t.Helper()
	for _, secret := range append(p.tokens(), p.secrets...) {
		require.NotContains(p.t, text, secret)
	}
}

// files returns the stored files by their paths.
func (p *person) files() map[string]string {
	p.t.Helper()
	files := map[string]string{}
	entries, err := os.ReadDir(filepath.Join(p.config(), "ory-login"))
	if !errors.Is(err, os.ErrNotExist) {
		require.NoError(p.t, err)
	}
	for _, entry := range entries {
		path := filepath.Join(p.config(), "ory-login", entry.Name())
		text, err := os.ReadFile(path)
		require.NoError(p.t, err)
		files[path] = string(text)
	}
	return files
}

func (p *person) tokens() []string {
	p.t.Helper()
	var tokens []string
	for _, text := range p.files() {
		var file struct {
			Token string `json:"token"`
		}
		require.NoError(p.t, json.Unmarshal([]byte(text), &file), text)
		require.NotEmpty(p.t, file.Token)
		tokens = append(tokens, file.Token)
	}
	return tokens
}

// file returns the path of the file for a server.
func (p *person) file(server string) string {
	return filepath.Join(p.config(), "ory-login", fmt.Sprintf("%x.json", sha256.Sum256([]byte(server))))
}

// loggedIn requires that the command prints the token of a session of ada, who has logged in
// with the methods.
func (p *person) loggedIn(server string, methods ...string) {
	p.t.Helper()
	printed := p.run(nil, nil, "token", "--url", server)
	require.Equal(p.t, result{code: ok, stdout: strings.TrimSpace(printed.stdout) + "\n"}, printed)
	client, err := orylogin.New(server)
	require.NoError(p.t, err)
	session, err := client.Whoami(p.t.Context(), orylogin.NewSecret(strings.TrimSpace(printed.stdout)))
	require.NoError(p.t, err)
	require.JSONEq(p.t, `{"email":"`+ada.Email+`"}`, string(session.Identity.Traits))
	var used []string
	for _, method := range session.AuthenticationMethods {
		used = append(used, method.Method)
	}
	require.Equal(p.t, methods, used)
}

// notLoggedIn requires that nothing is stored.
func (p *person) notLoggedIn() {
	p.t.Helper()
	require.Empty(p.t, p.files())
}

// conversation is a command at a terminal.
type conversation struct {
	*clitest.Terminal
	person *person
}

func (c *conversation) expect(text string) {
	c.person.t.Helper()
	require.NoError(c.person.t, c.Expect(c.person.t.Context(), text))
}

func (c *conversation) answer(question, answer string) {
	c.person.t.Helper()
	require.NoError(c.person.t, c.Answer(c.person.t.Context(), question, answer))
}

func (c *conversation) press(keys string) {
	c.person.t.Helper()
	require.NoError(c.person.t, c.Press(keys))
}

// ends requires the exit code, and that the command has restored the terminal.
func (c *conversation) ends(code int) {
	c.person.t.Helper()
	got, err := c.Wait()
	require.NoError(c.person.t, err)
	require.Equal(c.person.t, code, got, c.Screen())
	require.NoError(c.person.t, c.Echo(c.person.t.Context()), "the terminal is as it was")
}
