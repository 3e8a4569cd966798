package main

import (
	"fmt"
	"strings"

	"github.com/orylogin/orylogin/test/bench/measure"
)

// tables are the two tables of one run: the targets, and all figures.
type tables struct{ targets, figures strings.Builder }

// add adds the results of an experiment.
func (t *tables) add(done experiment, costs map[string][]measure.Cost) {
	for _, contestant := range done.contestants {
		t.figures.WriteString(figures(done, contestant.Name, costs))
	}
	for _, target := range targets {
		if target.experiment == done.name {
			t.targets.WriteString(measure.TargetRow(target.name(), target.measured(costs), target.limit, target.atLeast))
		}
	}
}

// figures returns the row of a contestant. It has the ratio of the contestant's time to that of
// the first one.
func figures(done experiment, contestant string, costs map[string][]measure.Cost) string {
	own := costs[contestant]
	median := func(f figure) float64 { return measure.Of(own, f.of).Median }
	return fmt.Sprintf("| %s | %s | %.2f µs | %s | %.2f µs | %.0f | %.0f | %.0f | %.0f |\n", done.name, contestant,
		median(timeSpent)/1e3, measure.Ratio(own, costs[done.contestants[0].Name], timeSpent.of), median(cpu)/1e3,
		median(allocated), median(allocations), median(throughput), median(connections))
}

func (t *tables) String() string {
	return measure.TargetHead + t.targets.String() +
		"\n| experiment | contestant | time | to the first | CPU | B/op | allocs/op | per second | connections |\n" +
		"|---|---|---|---|---|---|---|---|---|\n" + t.figures.String()
}
