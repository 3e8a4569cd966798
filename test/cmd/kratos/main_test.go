package main_test

import (
	"bufio"
	"io"
	"net"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// TestStoppedByItsUser ends the command as Ctrl-C and as kill do. Nothing of the server is
// left, and the command has succeeded.
func TestStoppedByItsUser(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for name, signal := range map[string]syscall.Signal{"Ctrl-C": syscall.SIGINT, "kill": syscall.SIGTERM} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var failure strings.Builder
			command := exec.CommandContext(t.Context(), binary)
			command.Stderr = &failure
			output, err := command.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, command.Start())
			shown := map[string]string{} // by the first word of the line
			for lines := bufio.NewScanner(output); shown["Ctrl-C"] == "" && lines.Scan(); {
				word, rest, _ := strings.Cut(lines.Text(), " ")
				shown[word] = strings.TrimSpace(rest)
			}
			_, publicURL, _ := strings.Cut(shown["public"], "http://")
			require.True(t, listening(t, publicURL), shown)

			require.NoError(t, command.Process.Signal(signal))
			require.NoError(t, command.Wait(), failure.String())
			require.False(t, listening(t, publicURL))
		})
	}
}

// TestPrintsCodes logs in with a mailed code, which the command prints, and asks it for the
// code of the authenticator app.
func TestPrintsCodes(t *testing.T) {
	t.Parallel()
	command := exec.CommandContext(t.Context(), build(t))
	input, err := command.StdinPipe()
	require.NoError(t, err)
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewScanner(output)
	until := func(pattern string) []string {
		t.Helper()
		for lines.Scan() {
			if found := regexp.MustCompile(pattern).FindStringSubmatch(lines.Text()); found != nil {
				return found
			}
		}
		t.Fatalf("no line is %s", pattern)
		return nil
	}
	url := until(`^public API +(\S+)$`)[1]
	key := kratostest.TOTPKey(until(`TOTP secret (\S+)$`)[1])
	until(`^Codes that Kratos mails are printed here. Enter prints the TOTP code of bob@example.com.$`)
	until(`^Ctrl-C stops it.$`)

	client, err := orylogin.New(url)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	const alice = "alice@example.com"
	var step *orylogin.NextStepError
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: alice})
	require.ErrorAs(t, err, &step)
	code := until(`^mail +` + alice + `  code (\d{6})$`)[1]
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: alice, Code: orylogin.NewSecret(code)})
	require.NoError(t, err)

	_, err = io.WriteString(input, "\n")
	require.NoError(t, err)
	shown := until(`^TOTP code +(\d{6})  for another (\d+)s$`)[1]
	now, err := key.Code(time.Now())
	require.NoError(t, err)
	before, err := key.Code(time.Now().Add(-30 * time.Second))
	require.NoError(t, err)
	require.Contains(t, []string{now, before}, shown)

	require.NoError(t, command.Process.Signal(syscall.SIGINT))
	require.NoError(t, command.Wait())
}

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "kratos")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return binary
}

// listening reports whether something listens at the address.
func listening(t *testing.T, address string) bool {
	t.Helper()
	var dialer net.Dialer
	connection, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		return false
	}
	require.NoError(t, connection.Close())
	return true
}
