package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

const spec = `openapi: 3.0.3
info: {title: Example, version: 0.1.0}
paths:
  /greeting:
    get:
      responses:
        "200": {description: The greeting.}
`

func write(t *testing.T, folder, name, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
}

// run runs a command in a folder, and returns whether it ended well and what it
// printed.
func run(t *testing.T, folder, name string, args ...string) (bool, string) {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = folder
	out, err := command.CombinedOutput()
	return err == nil, string(out)
}

func TestCommand(t *testing.T) {
	binary := filepath.Join(t.TempDir(), "spec-break")
	ok, out := run(t, ".", "go", "build", "-o", binary, ".")
	require.True(t, ok, out)

	root := t.TempDir()
	write(t, root, "go.mod", "module example.com/example\n\ngo 1.25.0\n")
	write(t, root, "openapi.yaml", spec)
	write(t, root, "example.go", "package example\n\n// Greet greets.\nfunc Greet() {}\n")
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"add", "."},
		{"-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Begin"},
	} {
		ok, out := run(t, root, "git", args...)
		require.True(t, ok, out)
	}

	ok, out = run(t, root, binary, "-root", root)
	require.False(t, ok)
	require.Contains(t, out, "this clone has no version tag")
	require.Contains(t, out, "make spec-break BASE=<git revision>")

	ok, out = run(t, root, binary, "-root", root, "-base", "HEAD")
	require.True(t, ok, out)
	require.Contains(t, out, "nothing changed that anybody can notice")

	ok, out = run(t, root, "git", "tag", "v0.3.1")
	require.True(t, ok, out)
	write(t, root, "example.go", "package example\n\n// Leave leaves.\nfunc Leave() {}\n")
	ok, out = run(t, root, binary, "-root", root)
	require.False(t, ok)
	require.Contains(t, out, "BREAKS  Go API  Greet: removed")
	require.Contains(t, out, "fine    Go API  Leave: added")
	require.Contains(t, out, "consumers break: say NEXT=v0.4.0 or higher")

	ok, out = run(t, root, binary, "-root", root, "-next", "v0.3.2")
	require.False(t, ok)
	require.Contains(t, out, "NEXT=v0.3.2 does not rise enough after v0.3.1: it must be v0.4.0 or higher")

	ok, out = run(t, root, binary, "-root", root, "-next", "v0.4.0")
	require.True(t, ok, out)
}
