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

// RunAll runs the scenarios one after the other and returns what became of each.
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

// Run is one run of a scenario: what it sends, and the lines that it has observed.
// It is the native client, without cookies; a [Browser] has them.
type Run struct {
	ctx      context.Context // it lives no longer
	target   *Target
	scenario Scenario
	got      []string

	expired map[string]bool // the ids of the flows that are to have expired
	unfit   error           // why what was observed says nothing

	brokenRequest, brokenAnswer error // the first that does not follow openapi.yaml
}

func newRun(ctx context.Context, target *Target, scenario Scenario) *Run {
	return &Run{ctx: ctx, target: target, scenario: scenario, expired: map[string]bool{}}
}

// stop is what ends a scenario from anywhere within it.
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

// noteFlow notes it if a flow has expired that should not have.
func (r *Run) noteFlow(about *url.URL, status int) {
	id := cmp.Or(about.Query().Get("flow"), about.Query().Get("id"))
	if r.target.Config&ShortFlows != 0 && status == http.StatusGone && !r.expired[id] {
		r.unfit = errShortFlows
	}
}

// noteSession notes it if the session of a login is over already.
func (r *Run) noteSession(session object) {
	if r.target.Config&ShortSessions != 0 && session["active"] == false {
		r.unfit = errShortSessions
	}
}

// noteOwed notes it if a login with one factor is not complete because of the configuration,
// which the scenario does not need.
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

// contractProblem says what is wrong about openapi.yaml and the exchanges.
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

// Create creates an identity with an address of its own and, unless it is to have
// none, a password.
func (r *Run) Create(identity Identity) Identity {
	created, err := r.target.Admin.Create(r.ctx, r.stranger(identity))
	r.must(err, "create an identity")
	return created
}

// stranger gives an identity that is to be created an address and a password.
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

// Person creates an identity with nothing but a password.
func (r *Run) Person() Identity { return r.Create(Identity{}) }
