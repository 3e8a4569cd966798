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

// TestInstall installs the command as people will, from a proxy that has both modules
// as they are in this tree. The other modules come from the download cache, which has
// them since the build of the command.
func TestInstall(t *testing.T) {
	t.Parallel()
	root, err := clitest.Root(t.Context())
	require.NoError(t, err)
	gomod, err := os.ReadFile(filepath.Join(root, "cmd", "ory-login", "go.mod"))
	require.NoError(t, err)
	file, err := modfile.Parse("go.mod", gomod, nil)
	require.NoError(t, err)
	require.Empty(t, file.Replace, "go install refuses a module with a replace directive")
	var version string
	for _, required := range file.Require {
		if required.Mod.Path == rootPath {
			version = required.Mod.Version
		}
	}
	require.NotEmpty(t, version)

	proxy, bin := t.TempDir(), t.TempDir()
	pack(t, proxy, rootPath, version, root)
	pack(t, proxy, commandPath, version, filepath.Join(root, "cmd", "ory-login"))
	install := exec.CommandContext(t.Context(), "go", "install", commandPath+"@"+version)
	install.Dir = t.TempDir()
	install.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-modcacherw", "GOSUMDB=off", "GOBIN="+bin,
		"GOMODCACHE="+t.TempDir(),
		"GOPROXY=file://"+proxy+",file://"+filepath.Join(goEnv(t, "GOMODCACHE"), "cache", "download")+",off")
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
