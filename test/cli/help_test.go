package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

// help returns the help of a command, or of the program, as one line.
func (p *person) help(command ...string) string {
	p.t.Helper()
	got := p.run(nil, nil, append(command, "--help")...)
	require.Equal(p.t, ok, got.code, got.stderr)
	require.Empty(p.t, got.stderr)
	require.NotRegexp(p.t, jargon, got.stdout)
	return strings.Join(strings.Fields(got.stdout), " ")
}

// TestHelp checks that the help is enough to use the command.
func TestHelp(t *testing.T) {
	t.Parallel()
	p := newPerson(t)
	program := p.help()
	for _, part := range []string{
		"ory-login login --url https://auth.example.com", "ory-login token --header | curl -H @- ", "in the user's configuration directory",
	} {
		require.Contains(t, program, part)
	}
	login := p.help("login")
	for _, part := range []string{
		"ORY_LOGIN_PASSWORD ", "ORY_LOGIN_CODE ", "ORY_LOGIN_TOTP_CODE ", "ORY_LOGIN_LOOKUP_SECRET ",
		"--secrets", "standard input", "--timeout=TIME", "Default: 30s.", "--callback-port=PORT", "Default: 4477.", "selfservice.allowed_return_urls",
		"password, code, totp, lookup_secret",
	} {
		require.Contains(t, login, part)
	}
	require.Contains(t, p.help("token"), "The server is not asked")
	require.Contains(t, p.help("logout"), "Revoke the session at the server")
	sessions := p.help("sessions")
	require.Contains(t, sessions, "--end=ID")
	require.Contains(t, sessions, "--end-others")
	for _, text := range []string{program, login, sessions, p.help("token"), p.help("whoami"), p.help("logout")} {
		require.Contains(t, text, "--help Show this help and exit.")
		require.Contains(t, text, "--version Show the version and exit.")
	}
}

// TestHelpExitCodes compares the exit codes in the help with those in the documentation.
func TestHelpExitCodes(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(root, "docs", "ory-login.md"))
	require.NoError(t, err)
	rows := regexp.MustCompile(`(?m)^\| (\d+) \| (.+) \|$`).FindAllStringSubmatch(string(page), -1)
	require.NotEmpty(t, rows)
	help := newPerson(t).help()
	for _, row := range rows {
		require.Contains(t, help, " "+row[1]+" "+row[2])
	}
}
