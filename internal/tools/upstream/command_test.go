package upstream_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

// command runs make in the root of the repository. It returns the output and whether make has
// failed.
func command(t *testing.T, args ...string) (string, bool) {
	t.Helper()
	process := exec.CommandContext(t.Context(), "make", append([]string{"--no-print-directory"}, args...)...)
	process.Dir = ours
	for _, variable := range os.Environ() { // without the variables of a make that runs this test
		if !strings.HasPrefix(variable, "MAKE") && !strings.HasPrefix(variable, "MFLAGS=") {
			process.Env = append(process.Env, variable)
		}
	}
	out, err := process.CombinedOutput()
	var exit *exec.ExitError
	require.True(t, err == nil || errors.As(err, &exit), err)
	return string(out), err != nil
}

// TestCommandUpstream runs the command without a source, with a known source and with an
// unknown one. The exit status must tell these apart.
func TestCommandUpstream(t *testing.T) {
	t.Parallel()
	out, failed := command(t, "upstream")
	require.True(t, failed)
	require.Contains(t, out, "make upstream KRATOS=../kratos OLD=../old-kratos")

	upstreams, err := compare.Upstreams()
	require.NoError(t, err)
	folder, err := compare.Download(t.Context(), upstreams[0].Module, upstreams[0].Version)
	require.NoError(t, err)
	out, failed = command(t, "upstream", "KRATOS="+folder, "OLD="+folder)
	require.False(t, failed, out)
	require.Contains(t, out, " facts, 0 to look at\n")

	out, failed = command(t, "upstream", "KRATOS="+write(t, nil), "OLD="+folder)
	require.True(t, failed)
	require.Contains(t, out, "GONE since OLD\n")
	require.Contains(t, out, "\n- kind: reason\n  values: [")
}

// TestCommandSpecDiff runs the command with an older description and with a newer one.
func TestCommandSpecDiff(t *testing.T) {
	t.Parallel()
	upstreams, err := compare.Upstreams()
	require.NoError(t, err)
	file, err := upstreams[0].Fetch(t.Context())
	require.NoError(t, err)
	out, failed := command(t, "spec-diff", "OLD="+file)
	require.True(t, failed)
	require.Contains(t, out, "OLD=<file> needs UPSTREAM=<file>")
	out, failed = command(t, "spec-diff", "OLD="+file, "UPSTREAM="+file)
	require.False(t, failed, out)
	require.Contains(t, out, file+", since "+file+"\n0 changes\n")
	require.Contains(t, out, "0 differences to look at, ")

	text, err := os.ReadFile(file)
	require.NoError(t, err)
	changed := filepath.Join(t.TempDir(), "api.json")
	require.NoError(t, os.WriteFile(changed, []byte(strings.ReplaceAll(string(text), `"tokenized"`, `"karma"`)), 0o600))
	out, failed = command(t, "spec-diff", "OLD="+file, "UPSTREAM="+changed)
	require.True(t, failed)
	require.Contains(t, out, "\n2 changes\n")
	require.Contains(t, out, "\n1 difference to look at, ")
	require.Contains(t, out, "\n  - kind: missing\n    what: property\n    where: [session.karma]\n")
}
