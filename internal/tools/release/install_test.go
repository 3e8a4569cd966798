package release_test

import (
	"encoding/json"
	"go/build"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/orylogin/orylogin/internal/tools/release"
)

const (
	ours       = "../../.."
	ourPath    = "github.com/orylogin/orylogin"
	ourVersion = "v1.99.0" // newer than the version that nested modules require
)

// TestInstall copies this tree to a new repository and releases it there with make release.
// Then it installs all modules as users do. Its proxy has each module at its tag.
func TestInstall(t *testing.T) {
	t.Parallel()
	root := copyOfTree(t)
	out := execute(t, root, nil, "make", "release", "VERSION="+ourVersion, "DRY_RUN=1")
	require.Contains(t, out, "is neither on main nor tagged")
	require.Empty(t, run(t, root, "tag", "--list"))
	out = execute(t, root, nil, "make", "release", "VERSION="+ourVersion)
	require.Contains(t, out, "is on main and tagged here, and pushed nowhere")
	require.Empty(t, run(t, root, "status", "--porcelain"))
	nested, err := release.NestedModules(t.Context(), root)
	require.NoError(t, err)
	nested = slices.DeleteFunc(nested, func(module release.Nested) bool { return !module.Released() })
	require.NotEmpty(t, nested)

	// A build from the tree leaves the files as tidy as before. After it, the download cache
	// has what the nested modules require.
	command := filepath.Join(root, "cmd", "ory-login")
	execute(t, root, nil, "make", "build")
	execute(t, command, nil, "go", "mod", "tidy", "-diff", "-modfile="+filepath.Join(root, "test", ".bin", "ory-login.mod"))
	for _, module := range nested {
		if folder := filepath.Join(root, filepath.FromSlash(module.Folder)); folder != command {
			execute(t, folder, nil, "go", "mod", "tidy", "-diff")
		}
	}
	execute(t, filepath.Join(root, "test"), nil, "go", "list", "./cli") // its go.mod is up to date

	proxy, bin, consumer := t.TempDir(), t.TempDir(), t.TempDir()
	pack(t, proxy, root, ".")
	for _, module := range nested {
		pack(t, proxy, root, module.Folder)
	}
	env := append(os.Environ(), "GOWORK=off", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOBIN="+bin, "GOMODCACHE="+t.TempDir(),
		"GOPROXY=file://"+proxy+",file://"+filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")+",off")
	execute(t, command, env, "go", "build", "-mod=readonly", "-o", bin, ".") // the sums are those of the proxy
	execute(t, command, env, "go", "mod", "tidy", "-diff")

	execute(t, consumer, env, "go", "mod", "init", "example.com/consumer")
	execute(t, consumer, env, "go", "get", ourPath+"@"+ourVersion)
	program := `package main

import "` + ourPath + `"

func main() { _, _ = orylogin.New("https://auth.example.com") }
`
	for _, module := range nested {
		found, err := build.ImportDir(filepath.Join(root, filepath.FromSlash(module.Folder)), 0)
		require.NoError(t, err)
		name := path.Join(ourPath, module.Folder)
		if found.IsCommand() {
			execute(t, consumer, env, "go", "install", name+"@"+ourVersion)
			printed := execute(t, consumer, nil, filepath.Join(bin, path.Base(name)), "--version")
			require.Equal(t, path.Base(name)+" "+ourVersion+"\n", printed)
			continue
		}
		execute(t, consumer, env, "go", "get", name+"@"+ourVersion)
		program = strings.Replace(program, "import ", "import _ \""+name+"\"\nimport ", 1)
	}
	write(t, consumer, "main.go", program)
	execute(t, consumer, env, "go", "build", "-o", "program", ".")
	execute(t, consumer, nil, filepath.Join(consumer, "program"))
}

// copyOfTree returns a repository with this tree in one commit. Its changelog has an unreleased
// change.
func copyOfTree(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	for name := range strings.SplitSeq(run(t, ours, "ls-files", "--cached", "--others", "--exclude-standard"), "\n") {
		info, err := os.Lstat(filepath.Join(ours, name))
		if err == nil && info.Mode().IsRegular() {
			write(t, root, name, read(t, ours, name))
		}
	}
	changelog := read(t, root, "CHANGELOG.md")
	require.Contains(t, changelog, "\n## Unreleased\n")
	write(t, root, "CHANGELOG.md", strings.Replace(changelog, "\n## Unreleased\n", "\n## Unreleased\n\n- Something new.\n", 1))
	commit(t, root)
	return root
}

// pack writes the module in a folder of a repository, at its tag, into a file proxy.
func pack(t *testing.T, proxy, root, folder string) {
	t.Helper()
	name, tag, subfolder := path.Join(ourPath, folder), path.Join(folder, ourVersion), strings.TrimPrefix(folder, ".")
	dir := filepath.Join(proxy, filepath.FromSlash(name), "@v")
	info, err := json.Marshal(map[string]any{"Version": ourVersion, "Time": time.Unix(0, 0)})
	require.NoError(t, err)
	write(t, dir, "list", ourVersion+"\n")
	write(t, dir, ourVersion+".info", string(info))
	write(t, dir, ourVersion+".mod", run(t, root, "show", tag+":"+path.Join(folder, "go.mod"))+"\n")
	archive, err := os.Create(filepath.Join(dir, ourVersion+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromVCS(archive, module.Version{Path: name, Version: ourVersion}, root, tag, subfolder))
	require.NoError(t, archive.Close())
}

// execute runs a command in a folder and returns its output.
func execute(t *testing.T, folder string, env []string, name string, args ...string) string {
	t.Helper()
	command := exec.CommandContext(t.Context(), name, args...)
	command.Dir, command.Env = folder, env
	var failure strings.Builder
	command.Stderr = &failure
	out, err := command.Output()
	require.NoError(t, err, "%s %q\n%s\n%s", name, args, out, &failure)
	return string(out)
}

// goEnv returns a variable of the go command.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	return strings.TrimSpace(execute(t, ".", nil, "go", "env", name))
}
