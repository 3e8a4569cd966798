package playground_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// ready is the last line that a command prints when it has started.
const ready = "Ctrl-C stops it."

// command is a make that runs until it is stopped.
type command struct {
	t       *testing.T
	process *exec.Cmd
	input   io.WriteCloser
	lines   *bufio.Reader
	failure bytes.Buffer
	printed string // what it printed until it was ready
}

// start runs make as a shell does, in its own process group. It returns when the command says
// how to stop it.
func start(t *testing.T, args ...string) *command {
	t.Helper()
	c := &command{t: t, process: exec.CommandContext(t.Context(), "make", args...)}
	c.process.Dir = "../.."
	c.process.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	for _, variable := range os.Environ() { // without the variables of a make that runs this test
		if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS=") {
			c.process.Env = append(c.process.Env, variable)
		}
	}
	c.process.Stderr = &c.failure
	output, err := c.process.StdoutPipe()
	require.NoError(t, err)
	c.lines = bufio.NewReader(output)
	c.input, err = c.process.StdinPipe()
	require.NoError(t, err)
	require.NoError(t, c.process.Start())
	t.Cleanup(func() { _ = syscall.Kill(-c.process.Process.Pid, syscall.SIGKILL) })
	c.printed = c.until(ready)
	return c
}

// until returns the output up to a line that matches a pattern.
func (c *command) until(last string) string {
	c.t.Helper()
	whole := regexp.MustCompile("^" + last + "\n$")
	var printed strings.Builder
	for {
		line, err := c.lines.ReadString('\n')
		printed.WriteString(line)
		require.NoError(c.t, err, printed.String())
		if whole.MatchString(line) {
			return printed.String()
		}
	}
}

// find returns what the group of a pattern matches in the output.
func (c *command) find(pattern string) string {
	c.t.Helper()
	return submatch(c.t, pattern, c.printed)
}

func submatch(t *testing.T, pattern, text string) string {
	t.Helper()
	found := regexp.MustCompile("(?m)" + pattern).FindStringSubmatch(text)
	require.NotNil(t, found, "%s in\n%s", pattern, text)
	return found[1]
}

// stop sends a signal to the whole group, as a terminal does, and waits until it has ended. It
// requires that nothing more is printed. Make itself dies of the signal, but it would report a
// command that has failed.
func (c *command) stop(signal syscall.Signal) {
	c.t.Helper()
	require.NoError(c.t, syscall.Kill(-c.process.Process.Pid, signal))
	more, err := io.ReadAll(c.lines)
	require.NoError(c.t, err)
	require.Empty(c.t, string(more))
	_ = c.process.Wait()
	require.NotContains(c.t, c.failure.String(), "Error")
}
