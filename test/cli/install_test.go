package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/zip"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

const (
	rootPath    = "github.com/orylogin/orylogin"
	commandPath = rootPath + "/cmd/ory-login"
)

// pack writes a module as a release into a file proxy, as the go command's download
// cache has it.
func pack(t *testing.T, proxy, path, version, folder string) {
	t.Helper()
	dir := filepath.Join(proxy, filepath.FromSlash(path), "@v")
	require.NoError(t, os.MkdirAll(dir, 0o750))
	write := func(name string, data []byte) {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	info, err := json.Marshal(map[string]any{"Version": version, "Time": time.Unix(0, 0)})
	require.NoError(t, err)
	gomod, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	require.NoError(t, err)
	write("list", []byte(version+"\n"))
	write(version+".info", info)
	write(version+".mod", gomod)
	archive, err := os.Create(filepath.Join(dir, version+".zip"))
	require.NoError(t, err)
	require.NoError(t, zip.CreateFromDir(archive, module.Version{Path: path, Version: version}, folder))
	require.NoError(t, archive.Close())
}

// goEnv asks the go command.
func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "env", name).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

// fromProxy is the environment of a go command that has modules from a proxy, and others from
// the download cache.
func fromProxy(t *testing.T, proxy string, more ...string) []string {
	t.Helper()
	return append(append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod -modcacherw", "GOSUMDB=off", "GOMODCACHE="+t.TempDir(),
		"GOPROXY=file://"+proxy+",file://"+filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")+",off"), more...)
}

// requiredRoot returns the go.mod of a nested module, and the version of the root that it
// requires.
func requiredRoot(t *testing.T, folder string) (*modfile.File, string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
	require.NoError(t, err)
	file, err := modfile.Parse("go.mod", text, nil)
	require.NoError(t, err)
	for _, required := range file.Require {
		if required.Mod.Path == rootPath {
			return file, required.Mod.Version
		}
	}
	require.Fail(t, "it does not require the root")
	return nil, ""
}

// TestLibrary builds a program that requires session/jwt as people will, from a proxy that has
// it and the root as they are in this tree.
func TestLibrary(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	folder, proxy, consumer := filepath.Join(root, "session", "jwt"), t.TempDir(), t.TempDir()
	_, version := requiredRoot(t, folder)
	pack(t, proxy, rootPath, version, root)
	pack(t, proxy, rootPath+"/session/jwt", version, folder)
	for name, text := range map[string]string{
		"go.mod": "module example.com/consumer\n\ngo 1.25.0\n\nrequire " + rootPath + "/session/jwt " + version + "\n",
		"main.go": `package main

import "` + rootPath + `/session/jwt"

func main() { _, _ = jwt.New(jwt.Config{}) }
`,
	} {
		require.NoError(t, os.WriteFile(filepath.Join(consumer, name), []byte(text), 0o600))
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(consumer, "consumer"), ".")
	build.Dir, build.Env = consumer, fromProxy(t, proxy)
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// TestInstall installs the command as people will, from a proxy that has both modules
// as they are in this tree. The other modules come from the download cache, which has
// them since the build of the command.
func TestInstall(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	file, version := requiredRoot(t, filepath.Join(root, "cmd", "ory-login"))
	require.Empty(t, file.Replace, "go install refuses a module with a replace directive")

	proxy, bin := t.TempDir(), t.TempDir()
	pack(t, proxy, rootPath, version, root)
	pack(t, proxy, commandPath, version, filepath.Join(root, "cmd", "ory-login"))
	install := exec.CommandContext(t.Context(), "go", "install", commandPath+"@"+version)
	install.Dir = t.TempDir()
	install.Env = fromProxy(t, proxy, "GOBIN="+bin)
	out, err := install.CombinedOutput()
	require.NoError(t, err, "%s", out)

	help, err := exec.CommandContext(t.Context(), filepath.Join(bin, "ory-login"), "--help").Output()
	require.NoError(t, err)
	require.Contains(t, string(help), "Usage: ory-login <command>")
	printed, err := exec.CommandContext(t.Context(), filepath.Join(bin, "ory-login"), "--version").Output()
	require.NoError(t, err)
	require.Equal(t, "ory-login "+version+"\n", string(printed))
	built, err := exec.CommandContext(t.Context(), "go", "version", "-m", filepath.Join(bin, "ory-login")).Output()
	require.NoError(t, err)
	require.Regexp(t, `mod\s+`+commandPath+`\s+`+version, string(built))
}
