package conformance_test

import (
	"encoding/base64"
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

// settingsOf configures a real Kratos.
func settingsOf(config conformance.Config) []kratostest.Setting {
	mapper := base64.StdEncoding.EncodeToString([]byte(`{ identity: { traits: { email: std.extVar('claims').email } } }`))
	all := []struct {
		config conformance.Config
		key    string
		value  any
	}{
		{conformance.HighestAAL, "session.whoami.required_aal", "highest_available"},
		{conformance.PasswordlessCode, "selfservice.methods.code.passwordless_enabled", true},
		{conformance.CodeSecondFactor, "selfservice.methods.code.mfa_enabled", true},
		{conformance.IdentifierFirst, "selfservice.flows.login.style", "identifier_first"},
		{conformance.VerifiedAddress, "selfservice.flows.login.after.hooks", []any{map[string]any{"hook": "require_verified_address"}}},
		{conformance.Provider, "selfservice.methods.oidc", map[string]any{
			// This kind of provider is not asked before a browser is sent there.
			"enabled": true, "config": map[string]any{"providers": []any{map[string]any{
				"id": "github", "provider": "github", "client_id": "id", "client_secret": "secret", "mapper_url": "base64://" + mapper,
			}}},
		}},
		{conformance.ShortFlows, "selfservice.flows.login.lifespan", "2s"},
		{conformance.ShortSessions, "session.lifespan", "2s"},
		{conformance.ShortCodes, "selfservice.methods.code.config.lifespan", "1ns"},
	}
	var settings []kratostest.Setting
	for _, each := range all {
		if config&each.config != 0 {
			settings = append(settings, kratostest.Set(each.key, each.value))
		}
	}
	return settings
}

// connect starts a real Kratos with the configuration.
func connect(t *testing.T, config conformance.Config) *conformance.Target {
	t.Helper()
	kratos := kratostest.Start(t, settingsOf(config)...)
	target, err := conformance.Connect(t.Context(), kratos.PublicURL, kratos.AdminURL+"/admin", "v1.3.1", spec(t))
	require.NoError(t, err)
	// Nothing shows how long codes live.
	require.Equal(t, config&^conformance.ShortCodes, target.Config, "what was found out about the configuration")
	target.Config = config
	return target
}

// byNeeds groups scenarios by the configuration that they need.
func byNeeds(scenarios []conformance.Scenario) map[conformance.Config][]conformance.Scenario {
	groups := map[conformance.Config][]conformance.Scenario{}
	for _, scenario := range scenarios {
		groups[scenario.Needs] = append(groups[scenario.Needs], scenario)
	}
	return groups
}

// TestRealKratos runs each scenario against a real Kratos that is configured for it.
func TestRealKratos(t *testing.T) {
	t.Parallel()
	for config, group := range byNeeds(conformance.Scenarios()) {
		t.Run(config.String(), func(t *testing.T) {
			t.Parallel()
			for _, result := range conformance.RunAll(t.Context(), connect(t, config), group) {
				requirePass(t, result)
			}
		})
	}
}

// requirePass requires that a scenario has passed, or is for other releases.
func requirePass(t *testing.T, result conformance.Result) {
	t.Helper()
	switch result.Verdict {
	case conformance.Failed:
		t.Error(result)
	case conformance.Skipped:
		require.Contains(t, result.Reason, "for other releases", result)
	case conformance.Passed:
	}
}

// TestRealKratosWithMore runs all scenarios against servers that have more than one
// speciality: no scenario that runs there may depend on their absence.
func TestRealKratosWithMore(t *testing.T) {
	t.Parallel()
	// A mailed code is a first or a second factor, but never both.
	for _, config := range []conformance.Config{
		conformance.HighestAAL | conformance.PasswordlessCode | conformance.IdentifierFirst |
			conformance.VerifiedAddress | conformance.Provider,
		conformance.CodeSecondFactor | conformance.Provider,
	} {
		t.Run(config.String(), func(t *testing.T) {
			t.Parallel()
			passed := 0
			for _, result := range conformance.RunAll(t.Context(), connect(t, config), conformance.Scenarios()) {
				switch result.Verdict {
				case conformance.Failed:
					t.Error(result)
				case conformance.Passed:
					passed++
				case conformance.Skipped:
					require.NotEmpty(t, result.Reason)
				}
			}
			require.Greater(t, passed, 200)
		})
	}
}

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, scenario := range conformance.Scenarios() {
		require.False(t, names[scenario.Name], scenario.Name)
		names[scenario.Name] = true
	}
}
