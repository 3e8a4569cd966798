package cli

import (
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

// documented is the URL of the server in the documentation.
const documented = "https://auth.example.com"

// session returns the commands of the session in the documentation, each with the lines of its
// output.
func session(t *testing.T) [][]string {
	t.Helper()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	page, err := os.ReadFile(filepath.Join(root, "docs", "ory-login.md"))
	require.NoError(t, err)
	block := regexp.MustCompile("(?s)```console\n(\\$ ory-login login.*?)```").FindSubmatch(page)
	require.NotNil(t, block, "ory-login.md has no console block that begins with $ ory-login login")
	var commands [][]string
	for line := range strings.Lines(string(block[1])) {
		line = strings.TrimRight(line, "\n")
		if command, ok := strings.CutPrefix(line, "$ "); ok {
			commands = append(commands, []string{command})
			continue
		}
		last := len(commands) - 1
		commands[last] = append(commands[last], line)
	}
	return commands
}

// TestDocumentation types the session in the documentation at a real server. In the documented
// output, … stands for any text.
func TestDocumentation(t *testing.T) {
	t.Parallel()
	kratos, p := start(t, highest), newPerson(t)
	path := binaryDir + ":" + os.Getenv("PATH") + ":" + curl(t)
	answers := map[string]string{"Password:": ada.Password, "Authentication code:": app(t, kratos)()}
	var typed []string
	for _, command := range session(t) {
		line := strings.ReplaceAll(command[0], documented, kratos.PublicURL)
		typed = append(typed, line)
		shell := exec.CommandContext(t.Context(), "sh", "-c", line)
		shell.Env = append(p.command(nil).Env, "PATH="+path)
		screen := p.converse(shell)
		for _, shown := range command[1:] {
			if answer, asked := answers[shown]; asked {
				screen.answer(shown+" ", answer)
			} else if label, answer, asked := strings.Cut(shown, ": "); asked && label == "ID" {
				screen.answer(label+": ", answer)
			}
		}
		code, err := screen.Wait()
		require.NoError(t, err)
		require.Equal(t, ok, code, screen.Screen())
		require.NoError(t, screen.Close())
		require.Regexp(t, pattern(kratos.PublicURL, command[1:]), screen.Screen(), line)
	}
	all := strings.Join(typed, "\n")
	for _, part := range []string{"ory-login login --url", "ory-login token --header | curl", "ory-login whoami", "ory-login sessions", "ory-login logout"} {
		require.Contains(t, all, part)
	}
}

// curl returns a folder in which this test program is the program curl.
func curl(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	program, err := os.Executable()
	require.NoError(t, err)
	require.NoError(t, os.Symlink(program, filepath.Join(folder, "curl")))
	return folder
}

// asCurl prints the answer from a URL. It has the options -s, for silence, and -H @-, for a
// header from standard input.
func asCurl(args []string) error {
	request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, args[len(args)-1], nil)
	if err != nil {
		return err
	}
	for i, arg := range args[:len(args)-1] {
		if strings.HasPrefix(arg, "-") && strings.HasSuffix(arg, "H") && args[i+1] == "@-" {
			header, err := io.ReadAll(os.Stdin)
			if err != nil {
				return err
			}
			name, value, _ := strings.Cut(string(header), ":")
			request.Header.Set(name, strings.TrimSpace(value))
		}
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	_, err = io.Copy(os.Stdout, response.Body)
	return err
}

// pattern matches a screen that shows the lines and nothing else.
func pattern(server string, lines []string) string {
	var pattern strings.Builder
	for _, line := range lines {
		line = strings.ReplaceAll(line, documented, server)
		line = strings.ReplaceAll(regexp.QuoteMeta(line), "…", ".+")
		pattern.WriteString(line + ` ?\n?`)
	}
	return `^` + pattern.String() + `$`
}

// exposing matches a command with a secret in its arguments, which all users of a machine can
// read. Such a secret is a token that another command prints, a header with a credential, or
// the value of an option with such a name.
var exposing = regexp.MustCompile(`\$\(\s*ory-login\s+token` +
	`|(-[a-zA-Z]*H|--header|--cookie|-b)[ =]?["'](X-Session-Token|Authorization|Cookie)\b` +
	`|-(u|-user)[ =]\S+:\S` +
	`|\s--?(password|passwd|token|secret|code|totp-code)[= ]["'$<A-Za-z0-9]`)

// TestExposing checks that the pattern matches such commands.
func TestExposing(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		`curl -H "X-Session-Token: $(ory-login token)" https://api.example.com/`,
		`curl -sH "X-Session-Token: abc" https://api.example.com/`,
		`curl -H 'Authorization: Bearer abc' https://api.example.com/`,
		`TOKEN=x; curl --header "Cookie: ory_kratos_session=$TOKEN" x`,
		`http GET x --token=abc`,
		`ory-login login --password hunter2`,
		`curl -u ada:hunter2 x`,
	} {
		require.Regexp(t, exposing, line)
	}
	require.NotRegexp(t, exposing, `ory-login token --header | curl -sH @- https://api.example.com/`)
}

// TestDocumentsExposeNothing checks that no document, comment or help text shows a command with
// a secret in its arguments.
func TestDocumentsExposeNothing(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	documents := 0
	require.NoError(t, filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		switch {
		case entry.IsDir() && slices.Contains([]string{".git", ".bin", "testdata"}, name):
			return fs.SkipDir
		case entry.IsDir() || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		if extension := filepath.Ext(name); !slices.Contains([]string{".md", ".go", ".yml", ".yaml", ""}, extension) {
			return nil
		}
		text, err := os.ReadFile(path)
		require.NotRegexp(t, exposing, string(text), path)
		documents++
		return err
	}))
	require.Greater(t, documents, 100)
}
