package breaking_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/tools/spec/breaking"
)

const spec = `openapi: 3.0.3
info: {title: Example, version: 0.1.0}
paths:
  /greeting:
    get:
      operationId: greet
      parameters:
        - {name: language, in: query, schema: {type: string}}
      responses:
        "200":
          description: The greeting.
          content:
            application/json:
              schema:
                type: object
                required: [text]
                properties:
                  text: {type: string}
`

const code = `package example

// Greet greets.
func Greet(name string) string { return "hello " + name }

// Greeting is a greeting.
type Greeting struct{ Text string }
`

// repository makes a repository with one commit and the tag v0.1.0.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module example.com/example\n\ngo 1.25.0\n")
	write(t, root, "openapi.yaml", spec)
	write(t, root, "example.go", code)
	write(t, root, "other/other.go", "package other\n\n// One is one.\nconst One = 1\n")
	write(t, root, "internal/hidden/hidden.go", "package hidden\n\n// Two is two.\nconst Two = 2\n")
	write(t, root, "session/jwt/go.mod", "module example.com/example/session/jwt\n\ngo 1.25.0\n")
	write(t, root, "session/jwt/jwt.go", "package jwt\n\n// Three is three.\nconst Three = 3\n")
	git(t, root, "init", "--quiet")
	git(t, root, "add", ".")
	git(t, root, "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "--quiet", "-m", "Begin")
	git(t, root, "tag", "v0.1.0")
	return root
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func git(t *testing.T, root string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), "git", args...)
	command.Dir = root
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	return string(out)
}

func TestSince(t *testing.T) {
	for name, test := range map[string]struct {
		change func(t *testing.T, root string)
		breaks []string // words of the breaking changes
		fine   []string // words of the other changes
	}{
		"nothing": {change: func(*testing.T, string) {}},
		"internal package": {change: func(t *testing.T, root string) {
			t.Helper()
			require.NoError(t, os.RemoveAll(filepath.Join(root, "internal")))
		}},
		"nested module": {
			change: edit("session/jwt/jwt.go", "const Three = 3", "const Four = 4"),
			breaks: []string{"Three: removed"},
			fine:   []string{"Four: added"},
		},
		"property added": {
			change: edit("openapi.yaml", "text: {type: string}", "text: {type: string}\n                  sound: {type: string}"),
			fine:   []string{"GET /greeting: added the optional property `sound`"},
		},
		"property removed": {
			change: edit("openapi.yaml", "text: {type: string}", "sound: {type: string}"),
			breaks: []string{"removed the required property `text`"},
			fine:   []string{"added the optional property `sound`"},
		},
		"type of a property": {
			change: edit("openapi.yaml", "text: {type: string}", "text: {type: integer}"),
			breaks: []string{"`type` changed from `string` to `integer`"},
		},
		"parameter required": {
			change: edit("openapi.yaml", "in: query", "in: query, required: true"),
			breaks: []string{"`language` became required"},
		},
		"operation removed": {
			change: edit("openapi.yaml", "/greeting:", "/farewell:"),
			breaks: []string{"GET /greeting"},
			fine:   []string{"GET /farewell"},
		},
		"function added": {
			change: edit("example.go", "// Greeting", "// Leave leaves.\nfunc Leave() {}\n\n// Greeting"),
			fine:   []string{"Leave: added"},
		},
		"function changed": {
			change: edit("example.go", `Greet(name string) string { return "hello " + name }`, `Greet(name []byte) string { return string(name) }`),
			breaks: []string{"Greet: changed from func(string) string to func([]byte) string"},
		},
		"field removed": {
			change: edit("example.go", "struct{ Text string }", "struct{}"),
			breaks: []string{"Greeting.Text: removed"},
		},
		"package removed": {
			change: func(t *testing.T, root string) {
				t.Helper()
				require.NoError(t, os.RemoveAll(filepath.Join(root, "other")))
			},
			breaks: []string{"package example.com/example/other: removed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t)
			test.change(t, root)
			changes, err := breaking.Since(t.Context(), root, "v0.1.0")
			require.NoError(t, err)
			requireTexts(t, test.breaks, changes, true)
			requireTexts(t, test.fine, changes, false)
			require.Equal(t, 1, strings.Count(git(t, root, "worktree", "list"), "\n"), "the commit's folder is gone")
		})
	}
}

// edit returns a change that replaces a text in a file.
func edit(file, before, after string) func(t *testing.T, root string) {
	return func(t *testing.T, root string) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.Contains(t, string(data), before)
		write(t, root, file, strings.ReplaceAll(string(data), before, after))
	}
}

func requireTexts(t *testing.T, want []string, changes []breaking.Change, breaks bool) {
	t.Helper()
	var texts []string
	for _, change := range changes {
		if change.Breaks == breaks {
			texts = append(texts, change.Text)
		}
	}
	require.Len(t, texts, len(want), "%q", texts)
	for i := range want {
		require.Contains(t, texts[i], want[i])
	}
}

func TestSinceWhatIsNotThere(t *testing.T) {
	t.Parallel()
	root := repository(t)
	_, err := breaking.Since(t.Context(), root, "v9.9.9")
	require.ErrorContains(t, err, "BASE=v9.9.9 cannot be checked out")

	write(t, root, "example.go", "package example\n\nfunc Greet() int { return \"\" }\n")
	_, err = breaking.Since(t.Context(), root, "v0.1.0")
	require.ErrorContains(t, err, "example.com/example in "+root+" does not compile")
}

func TestNewestTag(t *testing.T) {
	t.Parallel()
	root := repository(t)
	for _, tag := range []string{"v0.10.0", "v0.9.0", "v0.11.0-rc.1", "vague", "internal/tools/v3.0.0"} {
		git(t, root, "tag", tag)
	}
	newest, err := breaking.NewestTag(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, "v0.10.0", newest)

	git(t, root, "tag", "--delete", "v0.10.0", "v0.9.0", "v0.1.0")
	newest, err = breaking.NewestTag(t.Context(), root)
	require.NoError(t, err)
	require.Equal(t, "v0.0.0", newest)
}

func TestCheckRise(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		current, next string
		breaks        bool
		failure       string
	}{
		{"v0.1.2", "", false, ""},
		{"v0.1.2", "v0.1.3", false, ""},
		{"v0.1.2", "v0.2.0", false, ""},
		{"v0.1.2", "v0.1.2", false, "NEXT=v0.1.2 does not rise enough after v0.1.2: it must be v0.1.3 or higher"},
		{"v0.1.2", "", true, "consumers break: say NEXT=v0.2.0 or higher, or take the change back"},
		{"v0.1.2", "v0.1.3", true, "it must be v0.2.0 or higher"},
		{"v0.1.2", "v0.2.0-rc.1", true, ""},
		{"v0.1.2", "v0.2", true, ""},
		{"v0.1.2", "v1.0.0", true, ""},
		{"v1.1.2", "v1.2.0", true, "it must be v2.0.0 or higher"},
		{"v0.0.0", "v0.1.0", true, ""},
		{"v0.1.2", "0.2.0", true, "NEXT=0.2.0 is no version: write it like v0.2.0"},
		{"now", "v0.2.0", true, `the current version "now" is no version`},
	} {
		err := breaking.CheckRise(test.current, test.next, test.breaks)
		if test.failure == "" {
			require.NoError(t, err, "%+v", test)
		} else {
			require.ErrorContains(t, err, test.failure, "%+v", test)
		}
	}
}
