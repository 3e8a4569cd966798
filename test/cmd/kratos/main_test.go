package main_test

import (
	"bufio"
	"net"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestStoppedByItsUser ends the command as Ctrl-C and as kill do. Nothing of the server is
// left, and the command has succeeded.
func TestStoppedByItsUser(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "kratos")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
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
