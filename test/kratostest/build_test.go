package kratostest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReleaseOf asks scripts for their version, as it asks a Kratos. If a script does not say
// it, the error says how to name the release.
func TestReleaseOf(t *testing.T) {
	t.Parallel()
	said := func(version string) string {
		path := filepath.Join(t.TempDir(), "kratos")
		script := "#!/bin/sh\n[ \"$1\" = version ] && printf 'Version:\\t\\t\\t" + version + "\\nBuild Commit:\\tundefined\\n'\n"
		require.NoError(t, os.WriteFile(path, []byte(script), 0o700))
		return path
	}
	release, err := releaseOf(t.Context(), said("v26.2.0"), "")
	require.NoError(t, err)
	require.Equal(t, V26_2, release)
	release, err = releaseOf(t.Context(), said("master"), "v0.10.1")
	require.NoError(t, err)
	require.Equal(t, V0_10, release)

	_, err = releaseOf(t.Context(), said("master"), "")
	require.ErrorContains(t, err, "does not say which release it is, so set RELEASE")
	require.ErrorContains(t, err, `"master" is no release; these are known: v0.8, v0.10, v1.3, v25.4, v26.2, after-v26.2`)
	_, err = releaseOf(t.Context(), said("v26.2.0"), "newest")
	require.ErrorContains(t, err, `"newest" is no release`)
	_, err = releaseOf(t.Context(), "/nowhere", "")
	require.ErrorContains(t, err, "ask /nowhere for its version")
}

// TestReleaseOfOwnBuild checks that the release is that of the module from which the binary is
// built.
func TestReleaseOfOwnBuild(t *testing.T) {
	t.Setenv(program.Env, "") // the tests may run with another binary
	t.Setenv(releaseEnv, "")
	release, err := BinaryRelease()
	require.NoError(t, err)
	require.Equal(t, V1_3, release)
}

// TestConfigurationOfOldReleases checks that a configuration has only what the release's schema
// allows.
func TestConfigurationOfOldReleases(t *testing.T) {
	t.Parallel()
	for _, release := range []Release{V0_8, V0_10} {
		config, err := configure(t.Context(), release, []Setting{Set("session.lifespan", "1h")})
		require.NoError(t, err)
		for _, key := range []string{
			"selfservice.methods.code", "selfservice.methods.passkey", "selfservice.flows.verification.use", "selfservice.flows.recovery.use",
		} {
			require.Nil(t, config.get(key), key)
		}
		require.Equal(t, release == V0_10, strings.Contains(string(release.identitySchema()), `"webauthn"`))
		require.NotContains(t, string(release.identitySchema()), `"code"`)
		require.Contains(t, string(release.identitySchema()), `"totp"`)
		require.Equal(t, "1h", config.get("session.lifespan"))
		require.Equal(t, release == V0_8, config.get("identity.default_schema_url") != nil)
		require.Equal(t, release != V0_8, config.get("identity.default_schema_id") != nil)
	}
	config, err := configure(t.Context(), V26_2, nil)
	require.NoError(t, err)
	require.NotNil(t, config.get("selfservice.methods.code"))
}
