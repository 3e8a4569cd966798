package conformance_test

import (
	"context"
	"encoding/base64"
	"errors"
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
	target := connectTo(t, kratos)
	learned := config &^ (conformance.ShortFlows | conformance.ShortSessions | conformance.ShortCodes)
	require.Equal(t, learned, target.Config, "what was found out about the configuration")
	target.Config, target.Admin = config, changing{target.Admin, kratos}
	return target
}

func connectTo(t *testing.T, kratos *kratostest.Server) *conformance.Target {
	t.Helper()
	target, err := conformance.Connect(t.Context(), kratos.PublicURL, kratos.AdminURL+"/admin", "v1.3.1", spec(t))
	require.NoError(t, err)
	return target
}

// changing is the Admin of a Kratos whose configuration it changes, so that only what is to
// expire does, and at once.
type changing struct {
	conformance.Admin
	kratos *kratostest.Server
}

// These hold for the flows that are created, and for the sessions that are extended, while
// the server has them.
var (
	flowsExpire    = kratostest.Set("selfservice.flows.login.lifespan", "1ns")
	flowsLast      = kratostest.Set("selfservice.flows.login.lifespan", "24h")
	sessionsExpire = kratostest.Set("session.lifespan", "1ns")
	sessionsLast   = kratostest.Set("session.lifespan", "24h")
	extendAnyTime  = kratostest.Set("session.earliest_possible_extend", "48h")
)

func (c changing) ExpiredFlow(ctx context.Context, create func() conformance.Flow) (conformance.Flow, error) {
	if err := c.kratos.Change(ctx, flowsExpire); err != nil {
		return conformance.Flow{}, err
	}
	flow := create()
	return flow, c.kratos.Change(ctx, flowsLast)
}

func (c changing) ExpireSessions(ctx context.Context, identity conformance.Identity, _ string) error {
	if err := c.kratos.Change(ctx, sessionsExpire, extendAnyTime); err != nil {
		return err
	}
	err := c.kratos.ExtendSessions(ctx, kratostest.Identity{ID: identity.ID})
	return errors.Join(err, c.kratos.Change(ctx, sessionsLast))
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

// TestShortLives runs the suite as a user does, against a server that nothing changes. A
// scenario in which something has expired too early is skipped, and here it always has.
func TestShortLives(t *testing.T) {
	t.Parallel()
	for config, test := range map[conformance.Config]struct {
		setting          kratostest.Setting
		passed, tooShort []string
	}{
		conformance.ShortFlows: {
			flowsExpire,
			[]string{
				"expiry/native flow, wrong password", "expiry/fetch a native flow", "expiry/fetch a browser flow",
				"expiry/script without cookies",
			},
			[]string{
				"expiry/native flow", "expiry/native flow with return_to", "expiry/native flow, signed in",
				"expiry/refresh", "expiry/second factor", "expiry/script", "expiry/form",
			},
		},
		conformance.ShortSessions: {sessionsExpire, nil, []string{"expiry/session"}},
	} {
		t.Run(config.String(), func(t *testing.T) {
			t.Parallel()
			target := connectTo(t, kratostest.Start(t, test.setting))
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

func TestNamesAreUnique(t *testing.T) {
	t.Parallel()
	names := map[string]bool{}
	for _, scenario := range conformance.Scenarios() {
		require.False(t, names[scenario.Name], scenario.Name)
		names[scenario.Name] = true
	}
}
