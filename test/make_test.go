package test

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// command returns a command in the root of the repository. It does not know that it is run
// by a make that may be going on.
func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir = ".."
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS=") {
			command.Env = append(command.Env, variable)
		}
	}
	return command
}

// run runs make and returns its exit code and what it prints.
func run(t *testing.T, args ...string) (int, string) {
	t.Helper()
	command := command(t, "make", args...)
	out, err := command.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit)
	}
	return command.ProcessState.ExitCode(), string(out)
}

// succeed runs make, which must succeed, and returns what it prints.
func succeed(t *testing.T, args ...string) string {
	t.Helper()
	code, out := run(t, args...)
	require.Zero(t, code, out)
	return out
}

// neverRun are the targets that nothing runs by their names, with the reason.
var neverRun = map[string]string{
	"generate":  "make check generates, too, and holds what comes out to what is there",
	"footprint": "it builds programs from an empty cache, which takes minutes",
}

// documented returns the targets of make that the code in a document names.
func documented(t *testing.T, document string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", document))
	require.NoError(t, err)
	var targets []string
	for _, code := range regexp.MustCompile("(?s)```sh\n.*?```|`[^`\n]+`").FindAllString(string(text), -1) {
		for _, line := range regexp.MustCompile("(?m)^`?make ([a-z][a-z -]*)").FindAllStringSubmatch(code, -1) {
			targets = append(targets, strings.Fields(line[1])...)
		}
	}
	require.NotEmpty(t, targets, document)
	return targets
}

// TestMakeHelp holds that the help has each target that a document names, and that the
// tests in this file or the checks of each change run it.
func TestMakeHelp(t *testing.T) {
	t.Parallel()
	help := "\n" + succeed(t, "help")
	checks, err := os.ReadFile("../.ci/run")
	require.NoError(t, err)
	tests, err := os.ReadFile("make_test.go")
	require.NoError(t, err)
	for _, document := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/recipes.md"} {
		for _, target := range documented(t, document) {
			require.Regexp(t, `\n  make `+target+` +\S`, help, document)
			if neverRun[target] == "" {
				require.Regexp(t, `(?m)^make `+target+`( |$)|[(] ?t, (".*", )?"`+target+`"|"make", (".*", )?"`+target+`"`,
					string(checks)+string(tests), "nothing runs make "+target)
			}
		}
	}
}

// TestMakeServers starts the server for trying things by hand and holds it to the suite,
// starts the example application beside it, and ends both as Ctrl-C does.
func TestMakeServers(t *testing.T) {
	t.Parallel()
	kratos := startMake(t, "kratos")
	urls := regexp.MustCompile(`public API  (\S+)\nadmin API   (\S+)\n`).FindStringSubmatch(kratos.until("Ctrl-C stops it."))
	require.NotNil(t, urls)

	report := strings.Split(succeed(t, "conformance", "KRATOS_PUBLIC="+urls[1], "KRATOS_ADMIN="+urls[2], "RELEASE=v1.3.1"), "\n")
	require.Equal(t, urls[1]+", as v1.3, configured: highest-aal+code", report[0])
	require.Contains(t, report, "PASS factor/owed, native")
	require.Regexp(t, `^2\d\d passed, 0 failed, \d\d skipped$`, report[len(report)-2])

	webapp := startMake(t, "webapp")
	url := regexp.MustCompile(`application (\S+)\n`).FindStringSubmatch(webapp.until("Ctrl-C stops both."))
	require.NotNil(t, url)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url[1]+"/login", nil)
	require.NoError(t, err)
	response, err := (&http.Client{Jar: jar}).Do(request)
	require.NoError(t, err)
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.Equal(t, http.StatusOK, response.StatusCode)
	require.Contains(t, string(page), `type="password"`)

	require.Empty(t, webapp.interrupt(), "what is stopped by its user says nothing more")
	require.Regexp(t, `^(mail +\S+  code \d{6}\n)+$`, kratos.interrupt(), "but the codes that were mailed for the suite")
}

// TestMakeSpecDiff compares with the pinned descriptions, and with a file.
func TestMakeSpecDiff(t *testing.T) {
	t.Parallel()
	require.Equal(t, 2, strings.Count(succeed(t, "spec-diff"), "\n0 differences to look at, "))
	require.Contains(t, succeed(t, "spec-diff", "UPSTREAM=openapi.yaml"), "\n0 differences to look at, 0 on purpose\n")
	require.Contains(t, succeed(t, "spec-diff", "UPSTREAM=openapi.yaml", "JSON=1"), `"upstream": "`)
	code, out := run(t, "spec-diff", "UPSTREAM=CHANGELOG.md")
	require.NotZero(t, code)
	require.Contains(t, out, "CHANGELOG.md is no OpenAPI description that can be read")
}

// TestMakeSpecBreak compares with a commit. What changed since is up to who runs the test.
func TestMakeSpecBreak(t *testing.T) {
	t.Parallel()
	code, out := run(t, "spec-break", "BASE=HEAD", "CURRENT=v0.3.1", "NEXT=v0.4.0")
	require.Zero(t, code, out)
	require.Regexp(t, `^(nothing changed that anybody can notice\n|((BREAKS|fine  )  (openapi.yaml|Go API)  .+\n)+)$`, out)

	code, out = run(t, "spec-break", "BASE=no-such-revision", "CURRENT=v0.3.1")
	require.NotZero(t, code)
	require.Contains(t, out, "BASE=no-such-revision cannot be checked out")
}

// TestMakeOryLogin builds the command, installs it, and goes through the demonstration of
// it. The targets share files, so that they come one after the other.
func TestMakeOryLogin(t *testing.T) {
	t.Parallel()
	bin := t.TempDir()
	install := command(t, "make", "build", "install")
	install.Env = append(install.Env, "GOBIN="+bin)
	out, err := install.CombinedOutput()
	require.NoError(t, err, "%s", out)
	built, err := filepath.Abs(".bin")
	require.NoError(t, err)
	for _, folder := range []string{built, bin} {
		help, err := command(t, filepath.Join(folder, "ory-login"), "--help").Output()
		require.NoError(t, err)
		require.Contains(t, string(help), "Usage: ory-login <command>")
	}

	demo := succeed(t, "demo")
	require.Contains(t, demo, "$ ory-login login")
	require.Contains(t, demo, "\nDone.\n")
}

// TestMakeBench measures a part of what it measures, once.
func TestMakeBench(t *testing.T) {
	t.Parallel()
	results := t.TempDir()
	table := succeed(t, "bench", "BENCHFLAGS=-rounds 1 -length 1ms -kratos=false -only decode -folder "+results)
	for _, contestant := range []string{"orylogin", "orylogin/api", "net/http by hand", "ory/client-go"} {
		require.Regexp(t, `\n\| decode a flow [^|]*\| `+contestant+` \| [0-9.]+ µs \|`, table)
	}
	require.FileExists(t, filepath.Join(results, "bench.json"))
}

// making is a make that goes on until it is interrupted.
type making struct {
	t       *testing.T
	command *exec.Cmd
	lines   *bufio.Reader
	failure bytes.Buffer
}

// startMake starts make in a process group of its own, as a shell does.
func startMake(t *testing.T, target string) *making {
	t.Helper()
	m := &making{t: t, command: command(t, "make", target)}
	m.command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	m.command.Stderr = &m.failure
	output, err := m.command.StdoutPipe()
	require.NoError(t, err)
	m.lines = bufio.NewReader(output)
	require.NoError(t, m.command.Start())
	t.Cleanup(func() { _ = syscall.Kill(-m.command.Process.Pid, syscall.SIGKILL) })
	return m
}

// until returns what is printed up to a line.
func (m *making) until(last string) string {
	m.t.Helper()
	var printed strings.Builder
	for {
		line, err := m.lines.ReadString('\n')
		printed.WriteString(line)
		require.NoError(m.t, err, printed.String())
		if line == last+"\n" {
			return printed.String()
		}
	}
}

// interrupt sends what Ctrl-C sends to all processes of the group, waits for make, and
// returns what is printed after that. Make itself dies of the signal once its recipe has
// ended.
func (m *making) interrupt() string {
	m.t.Helper()
	require.NoError(m.t, syscall.Kill(-m.command.Process.Pid, syscall.SIGINT))
	printed, err := io.ReadAll(m.lines)
	require.NoError(m.t, err)
	_ = m.command.Wait()
	require.NotContains(m.t, m.failure.String(), "make:")
	return string(printed)
}
