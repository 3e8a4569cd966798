package servercoverage_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// little is a Kratos with a few lines of code. It runs some of them.
var little = map[string]string{
	"go.mod": "module github.com/ory/kratos\n\ngo 1.25.0\n",
	"main.go": `package main

import (
	"github.com/ory/kratos/selfservice/flow/login"
	"github.com/ory/kratos/text"
)

func main() { println(login.Login(1), text.NewInfoLogin().ID) }
`,
	"text/text.go": `package text

type ID int

const (
	root ID = 1010000 + iota
	login
	with
)

type Message struct{ ID ID }

func NewInfoLogin() *Message { return &Message{ID: login} }

func NewInfoLoginWith() *Message { return &Message{ID: with} }
`,
	"selfservice/flow/login/handler.go": `package login

type Handler struct{}

func Login(n int) (result int) {
	err := check(n)
	if err {
		return 1
	}
	switch n {
	case 1:
		if n > 1 {
			return 3
		}
	case 2:
		return 4
	}
	if n == 1 {
		return 0
	} else {
		return 5
	}
}

func check(n int) bool { return n > 5 }

func (h *Handler) left() int { return 6 }
`,
}

// counted builds and runs the little Kratos. It returns its folder and the folder of the
// counters.
func counted(t *testing.T) (string, string) {
	t.Helper()
	source, counters := t.TempDir(), t.TempDir()
	for name, text := range little {
		path := filepath.Join(source, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	binary := filepath.Join(source, "kratos")
	build := exec.CommandContext(t.Context(), "go", "build", "-cover", "-covermode=atomic", "-coverpkg=./...", "-o", binary, ".")
	build.Dir = source
	build.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-buildvcs=false")
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))
	kratos := exec.CommandContext(t.Context(), binary)
	kratos.Env = []string{"GOCOVERDIR=" + counters}
	require.NoError(t, kratos.Run())
	return source, counters
}

// TestCommand runs the command for a Kratos that has run already, as make server-coverage does
// at the end.
func TestCommand(t *testing.T) {
	t.Parallel()
	source, counters := counted(t)
	process := exec.CommandContext(t.Context(), "make", "--no-print-directory", "server-coverage", "COUNTERS="+counters, "KRATOS="+source)
	process.Dir = "../.."
	for _, variable := range os.Environ() { // without the variables of a make that runs this test
		if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS=") {
			process.Env = append(process.Env, variable)
		}
	}
	out, err := process.CombinedOutput()
	var exit *exec.ExitError
	require.ErrorAs(t, err, &exit, "%s", out)
	require.Contains(t, string(out), "selfservice/flow/login/handler.go:7 not run: selfservice/flow/login/handler.go Login: err := check(n); err\n")
	require.Regexp(t, `(?m)^selfservice/flow/login/handler.go +\d+ +\d+ +0 +\d+\.\d %$`, string(out))
	require.Contains(t, string(out), "less than 90 % have run\n")
	require.Contains(t, string(out), "message 1010002 LabelProvider: no test makes Kratos send it, and unseen.txt lacks it\n")
	require.NotContains(t, string(out), "message 1010001 ")
}
