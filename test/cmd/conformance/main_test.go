package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

const openAPI = "../../../openapi.yaml"

func TestARunningKratosPasses(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	var out strings.Builder
	err := run(t.Context(), []string{
		"-public", kratos.PublicURL, "-admin", kratos.AdminURL + "/admin", "-release", "v1.3.1", "-openapi", openAPI,
	}, &out)
	require.NoError(t, err, out.String())
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	require.Equal(t, kratos.PublicURL+", as v1.3, configured: default", lines[0])
	require.Contains(t, lines, "PASS password/right")
	require.Contains(t, lines, "SKIP code/right: needs selfservice.methods.code.passwordless_enabled: true")
	require.Regexp(t, `^2\d\d passed, 0 failed, \d\d skipped$`, lines[len(lines)-1])
}

func TestAnotherReleaseFails(t *testing.T) {
	t.Parallel()
	kratos := kratostest.Start(t)
	var out strings.Builder
	err := run(t.Context(), []string{
		"-public", kratos.PublicURL + "/", "-admin", kratos.AdminURL + "/admin/", "-release", "v26.2.0",
		"-only", "session/none", "-openapi", openAPI,
	}, &out)
	require.ErrorIs(t, err, errFailed)
	require.Contains(t, out.String(), "FAIL session/none\n"+
		"    expected 401 error → APIError 401 (session_inactive)\n"+
		"    got      401 error no-Ory-Error-Id → APIError 401 (session_inactive)\n"+
		"0 passed, 1 failed, 0 skipped\n")
}

func TestWhatIsNoServerIsAnError(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"no server":       {"-public", "http://127.0.0.1:1", "-admin", "http://127.0.0.1:1", "-release", "v1.3.1", "-openapi", openAPI},
		"no admin API":    {"-public", "http://127.0.0.1:1", "-admin", "http://127.0.0.1:1", "-openapi", openAPI},
		"no release":      {"-release", "v0.1.0", "-openapi", openAPI},
		"no openapi.yaml": {"-openapi", "missing.yaml"},
		"no setting":      {"-config", "fast", "-openapi", openAPI},
		"no flag":         {"-fast"},
	} {
		require.Error(t, run(t.Context(), args, &strings.Builder{}), name)
	}
}
