package test

import (
	"fmt"
	"iter"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// facts are facts that native clients, scripts of browsers and forms of browsers have learned.
// Each is named by the scenario and the number of the step. Some facts are not recorded for
// each kind of client or for each release.
var facts = map[string]struct {
	native, json, form string
	outcome            orylogin.Outcome
}{
	"logged in":         {"api_pw_ok_identifier#1", "spa_pw_ok#1", "html_pw_ok#2", orylogin.OutcomeLoggedIn},
	"wrong password":    {"api_pw_wrong#1", "spa_pw_wrong#1", "html_pw_wrong#2", orylogin.OutcomeRefused},
	"no method":         {"api_method_missing#1", "spa_method_missing#1", "html_method_missing#2", orylogin.OutcomeRefused},
	"code sent":         {"code_api_ok#1", "code_spa_ok#1", "code_html_ok#2", orylogin.OutcomeNextStep},
	"code right":        {"code_api_ok#3", "code_spa_ok#3", "code_html_ok#5", orylogin.OutcomeLoggedIn},
	"identifier known":  {"idf_api_ok#1", "", "idf_html#2", orylogin.OutcomeNextStep},
	"expired":           {"api_expired#1", "spa_expired#1", "html_expired#2", orylogin.OutcomeExpired},
	"disabled":          {"inactive_identity#5", "inactive_identity_spa#1", "inactive_identity_html#2", orylogin.OutcomeDisabled},
	"unverified":        {"unverified_api#3", "unverified_spa#1", "unverified_html#2", orylogin.OutcomeVerification},
	"logged in already": {"api_signed_in_xtoken#3", "spa_signed_in_cookie#3", "html_signed_in#4", orylogin.OutcomeAlreadyLoggedIn},
	"no CSRF token":     {"", "spa_csrf_token_missing#1", "html_csrf_missing#2", orylogin.OutcomeCSRF},
	"no CSRF cookie":    {"", "spa_csrf_cookie_missing#1", "html_csrf_no_cookie#2", orylogin.OutcomeCSRF},
	"unknown flow":      {"api_flow_unknown#0", "spa_flow_unknown#1", "html_flow_unknown#2", orylogin.OutcomeNotFound},
	"no flow":           {"api_flow_missing#0", "spa_flow_missing#1", "html_flow_missing#2", orylogin.OutcomeOther},
	"factor owed":       {"mfa_api_first_factor_highest_available#1", "mfa_spa_first_factor#1", "mfa_html_first_factor#2", orylogin.OutcomeSecondFactor},
	"factor given":      {"mfa_api_totp_ok#3", "mfa_spa_totp_ok#3", "mfa_html_totp_ok#4", orylogin.OutcomeLoggedIn},
	"provider":          {"", "spa_oidc_full#1", "html_oidc_full#2", orylogin.OutcomeLocationChange},
	"hook fails":        {"hook_after_fail_api#1", "", "hook_after_fail_html#2", orylogin.OutcomeUnavailable},
	"hook refuses":      {"hook_after_deny_api#3", "", "hook_after_deny_html#2", orylogin.OutcomeRefused},
}

// TestSameFactSameOutcome checks that errors about the same fact have the same outcome and
// match the same targets, whoever gets them.
func TestSameFactSameOutcome(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, release := range releases {
		errs := map[string]error{}
		for number, err := range recordedErrors(t, release) {
			errs[number] = err
		}
		for name, fact := range facts {
			var told []string
			for _, scenario := range []string{fact.native, fact.json, fact.form} {
				if _, recorded := errs[scenario]; recorded {
					told = append(told, scenario)
				}
			}
			for _, scenario := range told {
				err := errs[scenario]
				compared++
				require.Equal(t, fact.outcome, orylogin.OutcomeOf(err), "%s: %s %s: %v", name, release, scenario, err)
				require.ElementsMatch(t, targetsOf(errs[told[0]]), targetsOf(err), "%s: %s %s and %s", name, release, told[0], scenario)
			}
		}
	}
	require.Equal(t, 93, compared)
}

// recordedErrors returns the errors of the recorded answers, each with its scenario and step.
// An answer to a browser is given to a Visit, and then to a native client, too. Any other answer
// is given to a native client.
func recordedErrors(t *testing.T, release string) iter.Seq2[string, error] {
	t.Helper()
	return func(yield func(string, error) bool) {
		ofBrowsers := map[string]bool{}
		for kratos := range browserReplays(t, release) {
			value, err := kratos.visit(httptest.NewRecorder())
			if record, ok := value.(*orylogin.ErrorRecord); ok {
				err = record.Err
			}
			ofBrowsers[kratos.submitted.number()] = true
			if !yield(kratos.submitted.number(), err) {
				return
			}
		}
		for _, recorded := range recordings(t, release) {
			call, ok := replayed[recorded.Method+" "+recorded.path()]
			if !ok {
				continue
			}
			server := httptest.NewServer(recorded)
			_, err := call(t.Context(), newClient(t, server.URL), recorded)
			server.Close()
			number := recorded.number()
			if ofBrowsers[number] {
				number += ", natively"
			}
			if !yield(number, err) {
				return
			}
		}
	}
}

// number names a step within its release.
func (s step) number() string { return fmt.Sprintf("%s#%d", s.Scenario, s.Step) }
