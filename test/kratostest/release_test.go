package kratostest_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

func TestParseRelease(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]kratostest.Release{
		"v0.8.0-alpha.3": kratostest.V0_8, "v0.9.0-alpha.3": kratostest.V0_8, "v0.10.1": kratostest.V0_10,
		"v1.0.0": kratostest.V0_10, "v1.3.1": kratostest.V1_3, "1.3.1": kratostest.V1_3, "v1.3": kratostest.V1_3,
		"v25.4.0": kratostest.V25_4, "v26.2.0": kratostest.V26_2, "v26.2.9": kratostest.V26_2,
		"v26.3.0": kratostest.AfterV26_2, "v27.0.0": kratostest.AfterV26_2, "after-v26.2": kratostest.AfterV26_2,
	} {
		got, err := kratostest.ParseRelease(version)
		require.NoError(t, err, version)
		require.Equal(t, want, got, version)
	}
	for _, version := range []string{
		"", "master", "(devel)", "v0.7.6-alpha.1", "v1.3.2-0.20260729101112-0123456789ab", "v0.0.0-20260729101112-0123456789ab",
	} {
		_, err := kratostest.ParseRelease(version)
		require.ErrorContains(t, err, `"`+version+`"`)
	}
}
