package conformance_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/conformance"
)

// TestWhatFailsAScenario holds the runner to failing, and to skipping with a reason.
func TestWhatFailsAScenario(t *testing.T) {
	t.Parallel()
	const flow = "200 native flow → Flow"
	create := func(r *conformance.Run) { r.CreateNativeFlow("") }
	for name, test := range map[string]struct {
		scenario conformance.Scenario
		verdict  conformance.Verdict
		reason   string
	}{
		"the same lines":              {conformance.Scenario{Do: create, Want: flow}, conformance.Passed, ""},
		"another line":                {conformance.Scenario{Do: create, Want: "404 error"}, conformance.Failed, ""},
		"a line too few":              {conformance.Scenario{Do: func(*conformance.Run) {}, Want: flow}, conformance.Failed, ""},
		"a line too many":             {conformance.Scenario{Do: create, Want: flow + "\n" + flow}, conformance.Failed, ""},
		"nothing expected":            {conformance.Scenario{Do: func(*conformance.Run) {}}, conformance.Failed, "nothing is expected"},
		"a line of another release":   {conformance.Scenario{Do: create, Want: flow + "\n404 error | v0.8"}, conformance.Passed, ""},
		"a line of no release":        {conformance.Scenario{Do: create, Want: flow + " | v0.9"}, conformance.Failed, "not a release"},
		"a span of no release":        {conformance.Scenario{Do: create, Want: flow, Releases: "v2+"}, conformance.Failed, "not a release"},
		"another release":             {conformance.Scenario{Do: create, Want: flow, Releases: "..v0.10"}, conformance.Skipped, "for other releases"},
		"another configuration":       {conformance.Scenario{Do: create, Want: flow, Needs: conformance.HighestAAL}, conformance.Skipped, "highest_available"},
		"a needless exemption":        {conformance.Scenario{Do: create, Want: flow, Broken: "a reason"}, conformance.Failed, "a reason"},
		"another needless exemption":  {conformance.Scenario{Do: create, Want: flow, Foreign: "a reason"}, conformance.Failed, "a reason"},
		"a request off the contract":  {conformance.Scenario{Do: fetchNothing, Want: "404 error +csrf → APIError 404"}, conformance.Failed, "a request does not follow"},
		"an exempted request":         {conformance.Scenario{Do: fetchNothing, Want: "404 error +csrf → APIError 404", Broken: "no id"}, conformance.Passed, ""},
		"a preparation that fails":    {conformance.Scenario{Do: prepareInVain, Want: flow}, conformance.Failed, "look for a flow"},
		"a mismatch of configuration": {conformance.Scenario{Do: create, Want: flow, Needs: conformance.ShortFlows}, conformance.Skipped, "lifespan"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.scenario.Name = name
			result := conformance.RunAll(t.Context(), fake(t, conformance.V1_3, 0), []conformance.Scenario{test.scenario})[0]
			require.Equal(t, test.verdict, result.Verdict, result)
			require.Contains(t, result.Reason, test.reason)
			if test.reason == "" {
				require.Empty(t, result.Reason)
			}
		})
	}
}

func fetchNothing(r *conformance.Run) { r.Send("GET", "/self-service/login/flows", nil) }

func prepareInVain(r *conformance.Run) { r.FlowFor("aal=aal2") }

func TestReleasesAreRecognised(t *testing.T) {
	t.Parallel()
	for version, release := range map[string]conformance.Release{
		"v0.8.0-alpha.3": conformance.V0_8, "v0.9.0-alpha.3": conformance.V0_8, "v0.10.1": conformance.V0_10,
		"v0.13.0": conformance.V0_10, "v1.0.0": conformance.V0_10, "v1.3.1": conformance.V1_3,
		"1.3": conformance.V1_3, "v25.4.0": conformance.V25_4, "v26.2.0": conformance.V26_2, "v27.1.0": conformance.V26_2,
	} {
		recognised, err := conformance.ParseRelease(version)
		require.NoError(t, err)
		require.Equal(t, release, recognised, version)
	}
	for _, version := range []string{"", "v0.7.6", "master", "v1", "va.b"} {
		_, err := conformance.ParseRelease(version)
		require.Error(t, err, version)
	}
}

func TestConfigurationsHaveNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "default", conformance.Config(0).String())
	require.Equal(t, "code+short-codes", (conformance.ShortCodes | conformance.PasswordlessCode).String())
	require.Equal(t, "session.whoami.required_aal: highest_available", conformance.HighestAAL.Keys())
}
