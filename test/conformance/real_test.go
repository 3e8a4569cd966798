package conformance_test

import (
	"math/bits"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/conformance"
	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
)

// loadContract reads openapi.yaml once.
var loadContract = sync.OnceValues(func() (*contract.Contract, error) { return contract.Load("../../openapi.yaml") })

func spec(t *testing.T) *contract.Contract {
	t.Helper()
	loaded, err := loadContract()
	require.NoError(t, err)
	return loaded
}

// TestRealKratos runs the suite in all configurations, as make conformance does. To save time,
// a configuration with a single setting runs only the scenarios that depend on settings. Each
// scenario must pass in one configuration, unless it is for other releases.
func TestRealKratos(t *testing.T) {
	t.Parallel()
	release, err := kratostest.BinaryRelease()
	require.NoError(t, err)
	var mu sync.Mutex
	ran := 0
	reasons := map[string]string{} // of the scenarios that never passed
	for _, scenario := range conformance.Scenarios() {
		reasons[scenario.Name] = "it ran nowhere"
	}
	t.Run("configurations", func(t *testing.T) {
		for _, config := range conformance.Configurations(release) {
			t.Run(config.String(), func(t *testing.T) {
				t.Parallel()
				target, stop, err := conformance.Start(t.Context(), config, spec(t))
				require.NoError(t, err)
				defer stop()
				results := conformance.RunAll(t.Context(), target, concerning(config))
				mu.Lock()
				defer mu.Unlock()
				ran++
				for _, result := range results {
					switch {
					case result.Verdict == conformance.Failed:
						t.Error(result)
					case result.Verdict == conformance.Passed:
						delete(reasons, result.Name)
					case reasons[result.Name] != "":
						reasons[result.Name] = result.Reason
					}
				}
			})
		}
	})
	if ran < len(conformance.Configurations(release)) {
		return // only some of the tests were asked for
	}
	for name, reason := range reasons {
		require.Contains(t, reason, "for other releases", name)
	}
}

// concerning returns the scenarios for a configuration. For a single setting these are the
// scenarios that depend on settings, and otherwise all scenarios.
func concerning(config conformance.Config) []conformance.Scenario {
	if bits.OnesCount(uint(config)) != 1 {
		return conformance.Scenarios()
	}
	return slices.DeleteFunc(conformance.Scenarios(), func(s conformance.Scenario) bool { return s.Needs == 0 && s.Not == 0 })
}

// TestShortLives runs the suite as a user does, against a server whose configuration stays the
// same. There everything expires too early, so the scenarios that notice it are skipped.
func TestShortLives(t *testing.T) {
	t.Parallel()
	for config, test := range map[conformance.Config]struct {
		setting          kratostest.Setting
		passed, tooShort []string
	}{
		conformance.ShortFlows: {
			kratostest.Set("selfservice.flows.login.lifespan", "1ns"),
			[]string{
				"expiry/native flow, wrong password", "expiry/fetch a native flow", "expiry/fetch a browser flow",
				"expiry/script without cookies",
			},
			[]string{
				"expiry/native flow", "expiry/native flow with return_to", "expiry/native flow, signed in",
				"expiry/refresh", "expiry/second factor", "expiry/script", "expiry/form",
			},
		},
		conformance.ShortSessions: {kratostest.Set("session.lifespan", "1ns"), nil, []string{"expiry/session"}},
	} {
		t.Run(config.String(), func(t *testing.T) {
			t.Parallel()
			kratos := kratostest.Start(t, test.setting)
			target, err := conformance.Connect(t.Context(), kratos.PublicURL, kratos.AdminAPI(), kratos.Release.String(), spec(t))
			require.NoError(t, err)
			require.Equal(t, config, target.Config)
			var passed, tooShort []string
			for _, result := range conformance.RunAll(t.Context(), target, conformance.Scenarios()) {
				switch {
				case result.Verdict == conformance.Failed:
					t.Error(result)
				case result.Verdict == conformance.Passed:
					passed = append(passed, result.Name)
				case strings.Contains(result.Reason, "expire before"):
					tooShort = append(tooShort, result.Name)
				}
			}
			require.Equal(t, test.passed, passed)
			require.Equal(t, test.tooShort, tooShort)
		})
	}
}

// TestConnectNeedsTheRelease checks that a build that does not say its release is refused. The
// error says how to name the release.
func TestConnectNeedsTheRelease(t *testing.T) {
	t.Parallel()
	_, err := conformance.Connect(t.Context(), "http://127.0.0.1:1", "http://127.0.0.1:1/admin", "master", spec(t))
	require.ErrorContains(t, err, "set RELEASE for make, or KRATOS_RELEASE")
	require.ErrorContains(t, err, `"master" is no release; these are known: v0.8, v0.10`)
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, scenario := range conformance.Scenarios() {
		require.False(t, names[scenario.Name], scenario.Name)
		names[scenario.Name] = true
	}
}

// TestConfigurations checks that a release gets only settings that it has, and no configuration
// twice.
func TestConfigurations(t *testing.T) {
	t.Parallel()
	for release, want := range map[kratostest.Release]string{
		kratostest.V0_8:  "default highest-aal provider highest-aal+provider",
		kratostest.V0_10: "default highest-aal provider highest-aal+verified-address+provider",
		kratostest.V1_3: "default highest-aal code code-second-factor+provider identifier-first " +
			"highest-aal+code-second-factor provider+closed-registration+web-hook highest-aal+code+identifier-first+verified-address+provider",
	} {
		var names []string
		for _, config := range conformance.Configurations(release) {
			names = append(names, config.String())
		}
		require.ElementsMatch(t, strings.Fields(want), names, release)
	}
	require.Equal(t, conformance.Configurations(kratostest.V1_3), conformance.Configurations(kratostest.AfterV26_2))
}
