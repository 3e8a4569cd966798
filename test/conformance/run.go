package conformance

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// RunAll runs the scenarios one after the other and returns their results.
func RunAll(ctx context.Context, target *Target, scenarios []Scenario) []Result {
	results := make([]Result, len(scenarios))
	for i, scenario := range scenarios {
		results[i] = scenario.run(ctx, target)
	}
	return results
}

func (s Scenario) run(ctx context.Context, target *Target) Result {
	result := Result{Name: s.Name, Verdict: Failed}
	obstacle, err := s.obstacle(target.Release, target.Config, target.Admin.Expires())
	if err == nil {
		result.Want, err = s.transcript(target.Release)
	}
	switch {
	case err != nil:
		result.Reason = err.Error()
		return result
	case obstacle != "":
		return Result{Name: s.Name, Verdict: Skipped, Reason: obstacle}
	}
	run := newRun(ctx, target, s)
	err = run.do()
	result.Got = run.got
	switch {
	case run.unfit != nil:
		return Result{Name: s.Name, Verdict: Skipped, Reason: run.unfit.Error()}
	case errors.Is(err, ErrUnable):
		return Result{Name: s.Name, Verdict: Skipped, Reason: err.Error()}
	case err != nil:
		result.Reason = err.Error()
	case len(result.Want) == 0:
		result.Reason = "nothing is expected"
	case run.contractProblem() != "":
		result.Reason = run.contractProblem()
	case slices.Equal(result.Want, result.Got):
		result.Verdict = Passed
	}
	return result
}

// Run is one run of a scenario. It sends the requests and collects the observed lines. It is a
// native client, without cookies; a [Browser] has cookies.
type Run struct {
	ctx      context.Context // a Run lives no longer than its context
	target   *Target
	scenario Scenario
	got      []string

	expired map[string]bool // the ids of the flows that must have expired
	unfit   error           // why the observed lines say nothing

	brokenRequest, brokenAnswer error // the first request and the first answer that do not follow openapi.yaml
}

func newRun(ctx context.Context, target *Target, scenario Scenario) *Run {
	return &Run{ctx: ctx, target: target, scenario: scenario, expired: map[string]bool{}}
}

// stop is a panic value that ends a scenario.
type stop struct{ error }

func (r *Run) do() (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			stopped, ok := recovered.(stop)
			if !ok {
				panic(recovered)
			}
			err = stopped.error
		}
	}()
	r.scenario.Do(r)
	return nil
}

// must ends the scenario if there is an error.
func (r *Run) must(err error, doing string) {
	if err != nil {
		panic(stop{fmt.Errorf("%s: %w", doing, err)})
	}
}

// observe adds a line.
func (r *Run) observe(line string) { r.got = append(r.got, line) }

// noteFlow notes that a flow has expired too early.
func (r *Run) noteFlow(about *url.URL, status int) {
	id := cmp.Or(about.Query().Get("flow"), about.Query().Get("id"))
	if r.target.Config&ShortFlows != 0 && status == http.StatusGone && !r.expired[id] {
		r.unfit = errShortFlows
	}
}

// noteSession notes that the session of a login has already expired.
func (r *Run) noteSession(session object) {
	if r.target.Config&ShortSessions != 0 && session["active"] == false {
		r.unfit = errShortSessions
	}
}

// noteOwed notes that a login with one factor is incomplete because of a setting that the
// scenario does not need.
func (r *Run) noteOwed(a *Answer) {
	if r.target.Config&everybodyOwes != everybodyOwes || r.scenario.Needs&HighestAAL != 0 {
		return
	}
	a.decode()
	identity, isLogin := a.object.object("session")["identity"]
	elsewhere := a.header.Get("Location") + a.object.text("redirect_browser_to")
	if isLogin && identity == nil || strings.Contains(elsewhere, "aal=aal2") {
		r.unfit = errEverybodyOwes
	}
}

// contractProblem says which exchange does not follow openapi.yaml.
func (r *Run) contractProblem() string {
	switch {
	case r.brokenRequest != nil && r.scenario.Broken == "":
		return "a request does not follow openapi.yaml: " + r.brokenRequest.Error()
	case r.brokenAnswer != nil && r.scenario.Foreign == "":
		return "an answer does not follow openapi.yaml: " + r.brokenAnswer.Error()
	case r.brokenRequest == nil && r.scenario.Broken != "":
		return "all requests follow openapi.yaml, although they should not: " + r.scenario.Broken
	case r.brokenAnswer == nil && r.scenario.Foreign != "":
		return "all answers follow openapi.yaml, although they should not: " + r.scenario.Foreign
	}
	return ""
}

// Create creates an identity. It gets an address of its own, and a password unless it is to
// have none.
func (r *Run) Create(identity Identity) Identity {
	created, err := r.target.Admin.Create(r.ctx, r.stranger(identity))
	r.must(err, "create an identity")
	return created
}

// stranger adds an address and a password to an identity that is not created yet.
func (r *Run) stranger(identity Identity) Identity {
	name := strings.NewReplacer("/", "-", " ", "-", ",", "").Replace(r.scenario.Name)
	identity.Email = strings.ToLower(fmt.Sprintf("%s-%s@example.com", name, rand.Text()[:8]))
	if identity.WithUsername {
		identity.Username, _, _ = strings.Cut(identity.Email, "@")
	}
	if !identity.WithoutPassword {
		identity.Password = "password " + rand.Text()
	}
	return identity
}

// Person creates an identity that has only a password.
func (r *Run) Person() Identity { return r.Create(Identity{}) }
