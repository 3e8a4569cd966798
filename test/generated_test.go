package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestCheckGenerated works on a copy of the module, which is not committed anywhere. The
// check finds what make generate would change, and nothing else.
func TestCheckGenerated(t *testing.T) {
	t.Parallel()
	folder := copyModule(t)
	check := func() (int, string) {
		command := command(t, "make", "check-generated")
		command.Dir = folder
		out, err := command.CombinedOutput()
		if command.ProcessState == nil {
			require.NoError(t, err)
		}
		return command.ProcessState.ExitCode(), string(out)
	}
	passes := func(what string) {
		t.Helper()
		code, out := check()
		require.Zero(t, code, "%s: %s", what, out)
		require.Empty(t, out, what)
	}
	fails := func(files string) {
		t.Helper()
		code, out := check()
		require.NotZero(t, code, out)
		require.Contains(t, out, "out of date until now, since make check has generated it anew: "+files+"\n")
		passes("what has been generated anew: " + files)
	}
	passes("the module as it is")

	edit(t, folder, "docs/recipes.md", "\n", "\nBy hand.\n")
	edit(t, folder, "api/doc.go", "// ", "// By hand. ")
	passes("files that are written by hand")

	edit(t, folder, "api/api.gen.go", "session", "Session")
	fails("api/api.gen.go")
	edit(t, folder, "docs/errors.md", "password", "passphrase")
	edit(t, folder, "meaning.gen.go", "password", "passphrase")
	fails("docs/errors.md meaning.gen.go")

	edit(t, folder, "openapi.yaml", "The id of the session. It is not a secret.", "The session's id.")
	fails("api/api.gen.go")

	edit(t, folder, "message.go", "a required field is empty\n", "a field is empty\n")
	fails("docs/errors.md meaning.gen.go")

	edit(t, folder, "message.go", " // a field is empty\n", "\n")
	code, out := check()
	require.NotZero(t, code)
	require.Contains(t, out, "message.go: ErrFieldRequired has no comment")
	require.NotContains(t, out, "out of date")
}

// copyModule copies what the generators need into a folder of its own.
func copyModule(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, each := range []string{"api", "docs", "internal"} {
		require.NoError(t, os.CopyFS(filepath.Join(folder, each), os.DirFS(filepath.Join("..", each))))
	}
	sources, err := filepath.Glob("../*.go")
	require.NoError(t, err)
	for _, file := range append(sources, "../Makefile", "../go.mod", "../go.sum", "../openapi.yaml") {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(folder, filepath.Base(file)), text, 0o600))
	}
	return folder
}

// edit puts a text in the first place of another one.
func edit(t *testing.T, folder, file, old, text string) {
	t.Helper()
	file = filepath.Join(folder, filepath.FromSlash(file))
	before, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Contains(t, string(before), old)
	require.NoError(t, os.WriteFile(file, []byte(strings.Replace(string(before), old, text, 1)), 0o600))
}
