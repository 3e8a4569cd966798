// Package outage runs what operators run: two Ory Kratos on PostgreSQL behind nginx. Callers
// use the module in all its ways while each part fails in turn. The package finds losses in the
// database and in nginx's log. It does not find them by further calls, since it repeats none.
package outage

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/replicas"
)

const (
	// Callers is the number of callers at the same time.
	Callers = 64

	timeLimit  = 3 * time.Second // of a call
	manyPeople = 16              // half of them have a second factor
)

// Run runs the callers for at least the duration and reports to w. Its error says what was lost
// or has grown.
func Run(ctx context.Context, duration time.Duration, w io.Writer) error {
	r, err := replicas.Run(ctx,
		kratostest.Set("session.whoami.required_aal", "highest_available"), kratostest.Set("session.lifespan", "6m"))
	if err != nil {
		return err
	}
	defer r.Stop()
	people, err := settle(ctx, r.Kratos[0])
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "outage-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	ledger, err := newLedger(folder)
	if err != nil {
		return err
	}
	callers, err := newCallers(r.URL, ledger, people)
	if err != nil {
		return err
	}
	defer callers.api.Close()

	// The memory that this many callers need anyway does not count as growth.
	ledger.begin("before the faults")
	if err := callers.during(ctx, func(ctx context.Context) error { return sleep(ctx, duration/10) }); err != nil {
		return err
	}
	start := measure(callers)
	err = callers.during(ctx, func(ctx context.Context) error { return inject(ctx, r, duration, ledger) })
	if err != nil {
		return err
	}
	end := measure(callers)
	acts, err := ledger.read()
	if err != nil {
		return err
	}
	found, err := collect(ctx, r)
	if err != nil {
		return err
	}
	judged := judge(acts, found)
	report(w, ledger.counts, judged, start, end)
	return errors.Join(verdict(acts, judged), end.grownFrom(start))
}

func verdict(acts []act, judged judgement) error {
	told := map[orylogin.Outcome]bool{}
	for _, act := range acts {
		told[act.Outcome] = true
	}
	for _, outcome := range []orylogin.Outcome{
		orylogin.OutcomeLoggedIn, orylogin.OutcomeDone, orylogin.OutcomeSecondFactor,
		orylogin.OutcomeNoAnswer, orylogin.OutcomeUnavailable, orylogin.OutcomeRateLimited,
	} {
		if !told[outcome] {
			return fmt.Errorf("outage: nobody was told %q, so that not all was tried", outcome)
		}
	}
	if len(judged.lost) > 0 {
		return fmt.Errorf("outage: %d lost", len(judged.lost))
	}
	return nil
}

// settle creates the people. The second half of them has an authenticator app.
func settle(ctx context.Context, kratos *kratostest.Server) ([]person, error) {
	people := make([]person, 0, manyPeople)
	for number := range manyPeople {
		known, err := kratos.CreateIdentity(ctx, kratostest.Identity{
			Email: fmt.Sprintf("person-%d@example.com", number), Password: "correct horse battery staple",
		})
		if err != nil {
			return nil, err
		}
		someone := person{method: orylogin.Password{
			Identifier: known.Email, Password: orylogin.NewSecret(known.Password),
		}}
		if number >= manyPeople/2 {
			if someone.app, err = kratos.EnrolTOTP(ctx, known); err != nil {
				return nil, err
			}
		}
		people = append(people, someone)
	}
	return people, nil
}

// during runs the callers while what runs.
func (c *callers) during(ctx context.Context, what func(context.Context) error) error {
	calling, stop := context.WithCancel(ctx)
	defer stop()
	var group sync.WaitGroup
	for number := range Callers {
		group.Go(func() { c.call(calling, number) })
	}
	err := what(ctx)
	stop()
	group.Wait()
	return err
}

func report(w io.Writer, counts map[string]map[string]int, judged judgement, start, end usage) {
	for _, phase := range append([]fault{{name: "before the faults"}}, schedule...) {
		_, _ = fmt.Fprintf(w, "%s\n", phase.name)
		told := counts[phase.name]
		for _, what := range slices.Sorted(maps.Keys(told)) {
			_, _ = fmt.Fprintf(w, "  %6d  %s\n", told[what], what)
		}
	}
	_, _ = fmt.Fprintf(w, "in all\n  goroutines: %d at the start, %d at the end\n", start.goroutines, end.goroutines)
	_, _ = fmt.Fprintf(w, "  memory: %d KiB at the start, %d KiB at the end\n", start.memory>>10, end.memory>>10)
	_, _ = fmt.Fprintf(w, "  connections: %d at the start, %d at the end\n", start.connections, end.connections)
	_, _ = fmt.Fprintf(w, "  sessions whose answer did not arrive: %d\n", judged.unknown)
	for _, outcome := range slices.Sorted(maps.Keys(judged.falsehoods)) {
		_, _ = fmt.Fprintf(w, "  said by Kratos without a reason: %s: %d\n", outcome, judged.falsehoods[outcome])
	}
	for _, lost := range judged.lost[:min(10, len(judged.lost))] {
		_, _ = fmt.Fprintf(w, "  %s: %+v\n", lost.what, lost.act)
	}
	_, _ = fmt.Fprintf(w, "  lost: %d\n", len(judged.lost))
}
