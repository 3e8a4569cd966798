package outage

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/nginxtest"
	"github.com/orylogin/orylogin/test/replicas"
)

// evidence is what the database and nginx know about the calls.
type evidence struct {
	active   map[string]bool            // whether each session is active
	sessions map[string]map[string]bool // the sessions of each User-Agent
	requests map[string][]nginxtest.Request
}

func collect(ctx context.Context, r *replicas.Replicas) (*evidence, error) {
	e := &evidence{map[string]bool{}, map[string]map[string]bool{}, map[string][]nginxtest.Request{}}
	rows, err := r.Database.Query(ctx,
		"SELECT s.id, s.active, d.user_agent FROM sessions s LEFT JOIN session_devices d ON d.session_id = s.id")
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		columns := strings.SplitN(row, "|", 3)
		if len(columns) < 3 {
			return nil, fmt.Errorf("the database answers %q", row)
		}
		id, agent := columns[0], columns[2]
		e.active[id] = columns[1] == "t"
		if e.sessions[agent] == nil {
			e.sessions[agent] = map[string]bool{}
		}
		e.sessions[agent][id] = true
	}
	requests, err := r.Proxy.Log()
	for _, request := range requests {
		e.requests[request.Agent] = append(e.requests[request.Agent], request)
	}
	return e, err
}

// loss is something that must not happen, with the call in which it happened.
type loss struct {
	what string
	act  act
}

// judgement is what the evidence says about the acts.
type judgement struct {
	lost       []loss
	unknown    int            // sessions of logins whose callers know that they got no answer
	falsehoods map[string]int // false denials of a session or a password by Kratos itself, by call and outcome
}

// uncertain are the outcomes that say nothing about a session or a password.
var uncertain = map[orylogin.Outcome]bool{
	orylogin.OutcomeNoAnswer: true, orylogin.OutcomeUnavailable: true, orylogin.OutcomeUnknownAnswer: true,
	orylogin.OutcomeRateLimited: true,
}

// success are the outcomes of calls that have done their work.
var success = map[orylogin.Outcome]bool{
	orylogin.OutcomeLoggedIn: true, orylogin.OutcomeDone: true, orylogin.OutcomeSecondFactor: true,
}

// judge compares the callers' results with the evidence.
func judge(acts []act, e *evidence) judgement {
	j := judgement{falsehoods: map[string]int{}}
	denied := map[string]int{} // denials by User-Agent
	ended := map[string]orylogin.Outcome{}
	for _, told := range acts {
		if told.Call == logout {
			ended[told.Session] = told.Outcome
		}
	}
	for _, told := range acts {
		lose := func(what string) { j.lost = append(j.lost, loss{what, told}) }
		made := e.sessions[told.Agent]
		switch {
		case told.Call == login && success[told.Outcome] && !made[told.Session]:
			lose("a session that the server does not know")
		case told.Call == login && !success[told.Outcome] && len(made) > 0:
			j.unknown++
			if !uncertain[told.Outcome] || e.answered(told) {
				lose("a session that was returned to nobody")
			}
		case told.Call == login && success[told.Outcome]:
			how, left := ended[told.Session]
			switch active := e.active[told.Session]; {
			case !left && !active:
				lose("a session that nobody has ended")
			case left && success[how] && active:
				lose("a session that has not ended")
			}
		}
		if len(made) > 1 || e.acted(told.Agent) > 1 {
			lose("an act that happened twice")
		}
		if !success[told.Outcome] && !uncertain[told.Outcome] {
			j.falsehoods[told.Call+": "+string(told.Outcome)]++
			if denied[told.Agent]++; denied[told.Agent] > e.denials(told.Agent) {
				lose("a denial that is not Kratos's")
			}
		}
	}
	return j
}

// answered reports whether nginx sent the whole, successful answer of a login to a caller who
// was still there.
func (e *evidence) answered(told act) bool {
	for _, request := range e.requests[told.Agent] {
		if request.Method == http.MethodPost && request.Status == http.StatusOK && request.Whole == "OK" {
			return !told.GaveUp
		}
	}
	return false
}

// acted counts an agent's requests that must not arrive twice.
func (e *evidence) acted(agent string) int {
	count := 0
	for _, request := range e.requests[agent] {
		if request.Method != http.MethodGet || request.Path == "/self-service/logout" {
			count++
		}
	}
	return count
}

// denials counts the answers with which Kratos itself has refused requests of an agent.
func (e *evidence) denials(agent string) int {
	count := 0
	for _, request := range e.requests[agent] {
		statuses := strings.Split(request.Upstream, ", ")
		if last := statuses[len(statuses)-1]; strings.HasPrefix(last, "4") {
			count++
		}
	}
	return count
}
