package main_test

import (
	"bufio"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSeveralAtOnce starts the command several times at once: whoever comes too late for
// the usual ports takes others.
func TestSeveralAtOnce(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "dev")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	var commands [2]*exec.Cmd
	var failures [len(commands)]strings.Builder
	var group sync.WaitGroup
	for i := range commands {
		commands[i] = exec.CommandContext(t.Context(), binary)
		commands[i].Stderr = &failures[i]
		output, err := commands[i].StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, commands[i].Start())
		group.Go(func() {
			for lines := bufio.NewScanner(output); lines.Scan(); {
				if lines.Text() == "Ctrl-C stops both." {
					return
				}
			}
			t.Error("it has not started")
		})
	}
	group.Wait()
	for i, command := range commands {
		_ = command.Process.Signal(syscall.SIGTERM)
		require.NoError(t, command.Wait(), "%s", &failures[i])
	}
}
