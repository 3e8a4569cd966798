package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/test/bench/measure"
)

// report is what one run measured.
type report struct {
	Environment measure.Environment `json:"environment"`
	Rounds      int                 `json:"rounds"`
	Rows        []row               `json:"targets"`
	Results     []result            `json:"experiments"`
}

// row is a target and how it was met.
type row struct {
	Name     string         `json:"name"`
	Measured measure.Spread `json:"measured"`
	Target   string         `json:"target"`
	Verdict  string         `json:"verdict"`
}

// result is what one contestant of an experiment costs.
type result struct {
	Experiment string         `json:"experiment"`
	Contestant string         `json:"contestant"`
	Medians    measure.Cost   `json:"medians"`
	Ratio      measure.Spread `json:"time_against_first"`
}

// add adds what an experiment measured.
func (r *report) add(done experiment, costs map[string][]measure.Cost) {
	first := costs[done.contestants[0].Name]
	for _, contestant := range done.contestants {
		r.Results = append(r.Results, result{
			Experiment: done.name,
			Contestant: contestant.Name,
			Medians:    measure.Medians(costs[contestant.Name]),
			Ratio:      measure.Ratio(costs[contestant.Name], first, timeSpent.of),
		})
	}
	for _, target := range targets {
		if target.experiment == done.name {
			r.Rows = append(r.Rows, judge(target, costs))
		}
	}
}

func judge(target target, costs map[string][]measure.Cost) row {
	measured := target.measured(costs)
	verdict := "MISS"
	if target.met(measured) {
		verdict = "ok"
	}
	return row{target.String(), measured, target.bound(), verdict}
}

// missed reports whether a target was missed.
func (r *report) missed() bool {
	return slices.ContainsFunc(r.Rows, func(row row) bool { return row.Verdict != "ok" })
}

// markdown returns the report as two tables, the targets first.
func (r *report) markdown() string {
	var text strings.Builder
	e := r.Environment
	fmt.Fprintf(&text, "%s, %d cores, %s, %s, ory/client-go %s; medians of %d rounds, the middle half in brackets.\n\n",
		e.CPU, e.Cores, e.Platform, e.Go, e.Modules["github.com/ory/client-go"], r.Rounds)
	text.WriteString("| figure | measured | target | |\n|---|---|---|---|\n")
	for _, row := range r.Rows {
		fmt.Fprintf(&text, "| %s | %s | %s | %s |\n", row.Name, brackets(row.Measured), row.Target, row.Verdict)
	}
	text.WriteString("\n| experiment | contestant | time | to the first | CPU | B/op | allocs/op | per second | connections |\n")
	text.WriteString("|---|---|---|---|---|---|---|---|---|\n")
	for _, result := range r.Results {
		text.WriteString(result.markdown())
	}
	return text.String()
}

func (r result) markdown() string {
	cost := r.Medians
	return fmt.Sprintf("| %s | %s | %s | %s | %s | %.0f | %.0f | %.0f | %.0f |\n",
		r.Experiment, r.Contestant, microseconds(cost.Nanoseconds), brackets(r.Ratio),
		microseconds(cost.CPUNanoseconds), cost.Bytes, cost.Allocations, cost.PerSecond, cost.Connections)
}

func microseconds(nanoseconds float64) string { return fmt.Sprintf("%.2f µs", nanoseconds/1e3) }

func brackets(spread measure.Spread) string {
	if spread.Low == spread.High {
		return number(spread.Median)
	}
	return fmt.Sprintf("%s [%s, %s]", number(spread.Median), number(spread.Low), number(spread.High))
}

// number shows three digits, or all those before the point.
func number(value float64) string {
	if value >= 100 {
		return fmt.Sprintf("%.0f", value)
	}
	return fmt.Sprintf("%.3g", value)
}

// write writes the report to a folder, as JSON and as Markdown.
func (r *report) write(folder string) error {
	return measure.Write(folder, "bench", r, r.markdown())
}
