package outage

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/nginxtest"
)

// TestJudge checks that each kind of loss is found, and that nothing is found without a loss.
func TestJudge(t *testing.T) {
	t.Parallel()
	answered := func(status int, upstream string) nginxtest.Request {
		return nginxtest.Request{Method: "POST", Path: "/self-service/login", Status: status, Whole: "OK", Upstream: upstream}
	}
	loggedIn := act{Call: login, Agent: "a", Outcome: orylogin.OutcomeLoggedIn, Session: "s"}
	told := func(outcome orylogin.Outcome) act { return act{Call: login, Agent: "a", Outcome: outcome} }
	left := act{Call: logout, Agent: "b", Outcome: orylogin.OutcomeDone, Session: "s"}
	for name, test := range map[string]struct {
		acts     []act
		active   map[string]bool
		requests []nginxtest.Request
		lost     string
		unknown  int
	}{
		"a login":                   {acts: []act{loggedIn}, active: map[string]bool{"s": true}},
		"a login and a logout":      {acts: []act{loggedIn, left}, active: map[string]bool{"s": false}},
		"unknown to the server":     {acts: []act{loggedIn}, lost: "a session that the server does not know"},
		"ended by nobody":           {acts: []act{loggedIn}, active: map[string]bool{"s": false}, lost: "a session that nobody has ended"},
		"still there":               {acts: []act{loggedIn, left}, active: map[string]bool{"s": true}, lost: "a session that has not ended"},
		"two sessions of one login": {acts: []act{loggedIn}, active: map[string]bool{"s": true, "r": true}, lost: "an act that happened twice"},
		"sent twice": {
			acts: []act{told(orylogin.OutcomeNoAnswer)}, requests: []nginxtest.Request{answered(502, "502"), answered(502, "502")},
			lost: "an act that happened twice",
		},
		"an answer that was lost": {
			acts: []act{told(orylogin.OutcomeNoAnswer)}, active: map[string]bool{"s": true}, unknown: 1,
		},
		"an answer that arrived": {
			acts: []act{told(orylogin.OutcomeNoAnswer)}, active: map[string]bool{"s": true}, unknown: 1,
			requests: []nginxtest.Request{answered(200, "200")}, lost: "a session that was returned to nobody",
		},
		"a denial of Kratos": {acts: []act{told(orylogin.OutcomeRefused)}, requests: []nginxtest.Request{answered(400, "502, 400")}},
		"a denial of nobody": {
			acts: []act{told(orylogin.OutcomeRefused)}, requests: []nginxtest.Request{answered(502, "502")},
			lost: "a denial that is not Kratos's",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made := map[string]bool{}
			for id := range test.active {
				made[id] = true
			}
			judged := judge(test.acts, &evidence{
				active:   test.active,
				sessions: map[string]map[string]bool{"a": made},
				requests: map[string][]nginxtest.Request{"a": test.requests},
			})
			require.Equal(t, test.unknown, judged.unknown)
			if test.lost == "" {
				require.Empty(t, judged.lost)
				return
			}
			require.NotEmpty(t, judged.lost)
			require.Equal(t, test.lost, judged.lost[0].what)
		})
	}
}
