package conformance_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/conformance"
)

func TestReport(t *testing.T) {
	t.Parallel()
	right := conformance.Result{Name: "password/right"}
	wrong := conformance.Result{
		Name: "password/wrong", Verdict: conformance.Failed, Want: []string{"400 native flow", "200"}, Got: []string{"400 native flow", "204"},
	}
	late := conformance.Result{Name: "expiry/form", Verdict: conformance.Skipped, Reason: "needs what it has not"}
	outcomes := []conformance.Outcome{
		{Config: 0, Results: []conformance.Result{right, wrong, late}},
		{Config: conformance.HighestAAL | conformance.Provider, Results: []conformance.Result{right, right}},
	}
	const table = `configuration         passed  failed  skipped
default               1       1       1
highest-aal+provider  2       0       0
`
	const failure = `
default: FAIL password/wrong
    both     400 native flow
    expected 200
    got      204
`
	var text strings.Builder
	require.False(t, conformance.Report(&text, outcomes, false))
	require.Equal(t, table+failure, text.String())

	outcomes[1].Results = append(outcomes[1].Results, wrong, conformance.Result{
		Name: "password/empty", Verdict: conformance.Failed, Want: []string{"200 login"}, Got: []string{"204"},
	})
	text.Reset()
	require.False(t, conformance.Report(&text, outcomes, false))
	require.Contains(t, text.String(), strings.Replace(failure, "default:", "default, highest-aal+provider:", 1))
	require.Contains(t, text.String(), "\nwhat several scenarios have in common\n  expected 200 in 2 of them\n  got      204 in 2 of them\n")
	outcomes[1].Results = outcomes[1].Results[:2]

	text.Reset()
	require.True(t, conformance.Report(&text, outcomes[1:], true))
	require.Contains(t, text.String(), "\nhighest-aal+provider: PASS password/right\n")

	text.Reset()
	require.False(t, conformance.Report(&text, []conformance.Outcome{{Config: conformance.Provider, Err: errors.New("no port")}}, false))
	require.Contains(t, text.String(), "provider       did not run\n")
	require.Contains(t, text.String(), "\nprovider: did not run: no port\n")
}
