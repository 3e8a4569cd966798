package release_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/tools/git"
	"github.com/orylogin/orylogin/internal/tools/release"
)

// files are the files of a repository that can release v0.2.0.
var files = map[string]string{
	"go.mod":                "module example.com/example\n\ngo 1.25.0\n",
	"example.go":            "package example\n\n// One is one.\nconst One = 1\n",
	"openapi.yaml":          "openapi: 3.0.3\ninfo: {title: Example, version: 0.1.0}\npaths: {}\n",
	"CHANGELOG.md":          "# Changelog\n\n## Unreleased\n\n- Something new.\n\n## v0.1.0, 2026-01-02\n\nThe first version.\n",
	"cmd/program/go.mod":    "module example.com/example/cmd/program\n\ngo 1.25.0\n\nrequire (\n\texample.com/example v0.1.0\n\texample.com/z v1.0.0\n)\n",
	"cmd/program/go.sum":    "example.com/a v1.0.0 h1:a\nexample.com/example v0.1.0 h1:old\nexample.com/example v0.1.0/go.mod h1:old\nexample.com/z v1.0.0 h1:z\n",
	"cmd/program/main.go":   "package main\n\nfunc main() {}\n",
	"sub/library/go.mod":    "module example.com/example/sub/library\n\ngo 1.25.0\n\nrequire example.com/example v0.1.0\n\nreplace example.com/example => ../..\n",
	"internal/tools/go.mod": "module example.com/example/internal/tools\n\ngo 1.25.0\n\nrequire example.com/example v0.0.0-00010101000000-000000000000\n",
	"test/go.mod":           "module example.com/example/test\n\ngo 1.25.0\n\nrequire example.com/example v0.1.0\n\nreplace example.com/example => ..\n",
}

// repository makes a repository with one commit and the tag v0.1.0.
func repository(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		write(t, root, name, text)
	}
	commit(t, root)
	run(t, root, "tag", "v0.1.0")
	return root
}

// commit makes a repository with all files of a folder in one commit.
func commit(t *testing.T, root string) {
	t.Helper()
	run(t, root, "init", "--quiet", "--initial-branch", release.Branch)
	run(t, root, "config", "user.name", "A")
	run(t, root, "config", "user.email", "a@example.com")
	run(t, root, "add", ".")
	run(t, root, "commit", "--quiet", "--message", "Begin")
}

func run(t *testing.T, root string, args ...string) string {
	t.Helper()
	out, err := git.Run(t.Context(), root, args...)
	require.NoError(t, err)
	return out
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o700))
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
}

func read(t *testing.T, root, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
	require.NoError(t, err)
	return string(text)
}

// TestRelease checks that a release is one commit with a tag for each module, and that nothing
// changes before Finish.
func TestRelease(t *testing.T) {
	t.Parallel()
	root := repository(t)
	before := run(t, root, "rev-parse", "HEAD")
	prepared, err := release.Prepare(t.Context(), root, "v0.2.0")
	require.NoError(t, err)
	require.Equal(t, before, run(t, root, "rev-parse", "HEAD"))
	require.Empty(t, run(t, root, "status", "--porcelain"))
	require.Equal(t, "v0.1.0", run(t, root, "tag", "--list"))
	require.NotContains(t, run(t, root, "worktree", "list"), "\n", "the folder of the commit is gone")

	require.NoError(t, prepared.Finish(t.Context()))
	require.Equal(t, prepared.Commit, run(t, root, "rev-parse", release.Branch))
	require.Equal(t, before, run(t, root, "rev-parse", "HEAD~"))
	require.Empty(t, run(t, root, "status", "--porcelain"))
	require.Equal(t, "cmd/program/v0.2.0\nsub/library/v0.2.0\nv0.2.0", run(t, root, "tag", "--points-at", "HEAD"))
	require.Regexp(t, `^# Changelog\n\n## Unreleased\n\n## v0\.2\.0, \d{4}-\d\d-\d\d\n\n- Something new\.\n\n## v0\.1\.0, `,
		read(t, root, "CHANGELOG.md"))
	require.Contains(t, read(t, root, "cmd/program/go.mod"), "\texample.com/example v0.2.0\n")
	require.Contains(t, read(t, root, "sub/library/go.mod"), "require example.com/example v0.2.0\n")
	require.Contains(t, read(t, root, "test/go.mod"), "require example.com/example v0.2.0\n")
	require.Contains(t, read(t, root, "internal/tools/go.mod"), "v0.0.0-00010101000000-000000000000")
	require.Regexp(t, `^example\.com/a v1\.0\.0 h1:a
example\.com/example v0\.2\.0 h1:.{44}
example\.com/example v0\.2\.0/go\.mod h1:.{44}
example\.com/z v1\.0\.0 h1:z
$`, read(t, root, "cmd/program/go.sum"))
	require.NoFileExists(t, filepath.Join(root, "sub", "library", "go.sum"), "it replaces the root module")

	left := prepared.Left()
	require.Contains(t, left, " 4. Push all or nothing: git push --atomic origin main v0.2.0 cmd/program/v0.2.0 sub/library/v0.2.0\n")
	require.Contains(t, left, "go get example.com/example@v0.2.0,\n    go install example.com/example/cmd/program@v0.2.0,\n    go get example.com/example/sub/library@v0.2.0\n")
}

// TestTakeBack checks that the printed commands take a release back.
func TestTakeBack(t *testing.T) {
	t.Parallel()
	root := repository(t)
	before := run(t, root, "rev-parse", "HEAD")
	prepared, err := release.Prepare(t.Context(), root, "v0.2.0")
	require.NoError(t, err)
	require.NoError(t, prepared.Finish(t.Context()))
	_, commands, found := strings.Cut(prepared.Left(), "takes it back: ")
	require.True(t, found)
	for command := range strings.SplitSeq(strings.TrimSpace(commands), " && ") {
		run(t, root, strings.Fields(command)[1:]...)
	}
	require.Equal(t, before, run(t, root, "rev-parse", "HEAD"))
	require.Equal(t, "v0.1.0", run(t, root, "tag", "--list"))
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	edit := func(name, before, after string) func(*testing.T, string) {
		return func(t *testing.T, root string) {
			t.Helper()
			text := read(t, root, name)
			require.Contains(t, text, before)
			write(t, root, name, strings.Replace(text, before, after, 1))
			run(t, root, "commit", "--quiet", "--all", "--message", "Edit")
		}
	}
	command := func(args ...string) func(*testing.T, string) {
		return func(t *testing.T, root string) {
			t.Helper()
			run(t, root, args...)
		}
	}
	for name, test := range map[string]struct {
		change  func(t *testing.T, root string)
		version string
		why     []string
	}{
		"no version":        {version: "", why: []string{"VERSION= is no version: write it like v0.1.0"}},
		"no v":              {version: "0.2.0", why: []string{"VERSION=0.2.0 is no version"}},
		"two numbers":       {version: "v0.2", why: []string{"VERSION=v0.2 is no version"}},
		"preliminary":       {version: "v0.2.0-rc.1", why: []string{"VERSION=v0.2.0-rc.1 is no version"}},
		"leading zero":      {version: "v0.02.0", why: []string{"VERSION=v0.02.0 is no version"}},
		"the newest":        {version: "v0.1.0", why: []string{"v0.1.0 is not newer than v0.1.0, the newest tag", "the tag v0.1.0 is there already"}},
		"older":             {version: "v0.0.9", why: []string{"v0.0.9 is not newer than v0.1.0", "cmd/program/go.mod requires v0.1.0, which is newer than v0.0.9"}},
		"another path":      {version: "v2.0.0", why: []string{"go.mod does not fit"}},
		"tag of a module":   {command("tag", "cmd/program/v0.2.0"), "v0.2.0", []string{"the tag cmd/program/v0.2.0 is there already"}},
		"another branch":    {command("switch", "--quiet", "--create", "work"), "v0.2.0", []string{"a release is made on main: git switch main"}},
		"no branch":         {command("switch", "--quiet", "--detach"), "v0.2.0", []string{"a release is made on main"}},
		"a file more":       {func(t *testing.T, root string) { t.Helper(); write(t, root, "notes", "") }, "v0.2.0", []string{"the tree is not clean: commit or remove\n?? notes"}},
		"nothing new":       {edit("CHANGELOG.md", "- Something new.\n", ""), "v0.2.0", []string{"CHANGELOG.md has nothing that is unreleased"}},
		"nothing ever":      {edit("CHANGELOG.md", "- Something new.\n\n## v0.1.0, 2026-01-02\n\nThe first version.\n", ""), "v0.2.0", []string{"CHANGELOG.md has nothing that is unreleased"}},
		"no place for news": {edit("CHANGELOG.md", "## Unreleased\n", ""), "v0.2.0", []string{`CHANGELOG.md has no line "## Unreleased"`}},
		"newer requirement": {edit("cmd/program/go.mod", "example v0.1.0", "example v0.3.0"), "v0.2.0", []string{"cmd/program/go.mod requires v0.3.0, which is newer than v0.2.0"}},
		"no requirement":    {edit("sub/library/go.mod", "require example.com/example v0.1.0", ""), "v0.2.0", []string{"sub/library/go.mod requires no version of example.com/example: require v0.2.0"}},
		"a break": {
			edit("example.go", "const One", "const Two"), "v0.1.1",
			[]string{"make spec-break NEXT=v0.1.1: NEXT=v0.1.1 does not rise enough after v0.1.0: it must be v0.2.0 or higher"},
		},
		"all of them": {func(t *testing.T, root string) {
			t.Helper()
			edit("CHANGELOG.md", "- Something new.\n", "")(t, root)
			run(t, root, "switch", "--quiet", "--detach")
			write(t, root, "notes", "")
		}, "v0.1.0", []string{"newest tag", "git switch main", "not clean", "already", "nothing that is unreleased"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := repository(t)
			if test.change != nil {
				test.change(t, root)
			}
			before := run(t, root, "for-each-ref") + run(t, root, "status", "--porcelain")
			_, err := release.Prepare(t.Context(), root, test.version)
			for _, why := range test.why {
				require.ErrorContains(t, err, why)
			}
			require.Equal(t, before, run(t, root, "for-each-ref")+run(t, root, "status", "--porcelain"), "nothing has changed")
		})
	}
}

// TestFirst checks that the first release needs no earlier one.
func TestFirst(t *testing.T) {
	t.Parallel()
	root := repository(t)
	run(t, root, "tag", "--delete", "v0.1.0")
	_, err := release.Prepare(t.Context(), root, "v0.1.0")
	require.NoError(t, err)
}

func TestMove(t *testing.T) {
	t.Parallel()
	day := time.Date(2026, 11, 27, 23, 59, 0, 0, time.UTC)
	text, err := release.Move("# Changelog\n\n## Unreleased\n\nNews.\n", "v0.1.0", day)
	require.NoError(t, err)
	require.Equal(t, "# Changelog\n\n## Unreleased\n\n## v0.1.0, 2026-11-27\n\nNews.\n", text)
}
