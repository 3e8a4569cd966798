// Command footprint measures what this module costs a program that uses it: modules,
// packages, the time of its build from an empty cache and the size of its binary,
// beside the official SDK and hand-written net/http. It takes minutes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/orylogin/orylogin/test/bench/measure"
)

func main() {
	rounds := flag.Int("rounds", 3, "how many times each program is built from an empty cache")
	strict := flag.Bool("strict", false, "fail if a target is missed")
	folder := flag.String("folder", "bench/results", "where footprint.json and footprint.md go")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *rounds, *folder, *strict); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "footprint:", err)
		os.Exit(1)
	}
}

// report is what one run measured.
type report struct {
	Environment measure.Environment `json:"environment"`
	Rounds      int                 `json:"rounds"`
	Rows        []row               `json:"targets"`
	Programs    []footprint         `json:"programs"`
	Shares      []share             `json:"binary_shares"`
}

func run(ctx context.Context, rounds int, folder string, strict bool) error {
	work, err := os.MkdirTemp("", "footprint-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	measured, err := measureAll(ctx, work, rounds)
	if err != nil {
		return err
	}
	report := &report{Environment: measure.Here(), Rounds: rounds, Programs: measured, Shares: shares(measured)}
	report.Rows = judge(measured)
	fmt.Print(report.markdown())
	if err := report.write(folder); err != nil {
		return err
	}
	for _, row := range report.Rows {
		if strict && row.Verdict != "ok" {
			return errors.New("a target was missed")
		}
	}
	return nil
}

// row is a target and how it was met.
type row struct {
	Name     string  `json:"name"`
	Measured float64 `json:"measured"`
	Target   float64 `json:"target"`
	Verdict  string  `json:"verdict"`
}

// judge holds the program with this module to its targets. The hand-written one is
// the first, that with this module the second.
func judge(measured []footprint) []row {
	byHand, ours := measured[0], measured[1]
	rows := []row{
		{Name: "modules a consumer gains", Measured: float64(len(ours.Modules)), Target: testifysModules + 1},
		{Name: "foreign packages linked", Measured: float64(len(ours.Foreign)), Target: 0},
		{Name: "cold build, CPU against net/http by hand", Measured: ours.CPU.Median / byHand.CPU.Median, Target: 1.05},
		{Name: "stripped binary, KB more than net/http by hand", Measured: float64(ours.Binary-byHand.Binary) / 1000, Target: 120},
	}
	for i := range rows {
		rows[i].Verdict = "MISS"
		if rows[i].Measured <= rows[i].Target {
			rows[i].Verdict = "ok"
		}
	}
	return rows
}

// testifysModules are testify and what it needs: the tests of this module do.
const testifysModules = 2

func (r *report) markdown() string {
	var text strings.Builder
	e := r.Environment
	fmt.Fprintf(&text, "%s, %d cores, %s, %s; medians of %d builds from an empty cache.\n\n",
		e.CPU, e.Cores, e.Platform, e.Go, r.Rounds)
	text.WriteString("| figure | measured | target | |\n|---|---|---|---|\n")
	for _, row := range r.Rows {
		fmt.Fprintf(&text, "| %s | %.3g | ≤ %v | %s |\n", row.Name, row.Measured, row.Target, row.Verdict)
	}
	text.WriteString("\n| program | modules gained | foreign packages | cold build, CPU | stripped binary |\n|---|---|---|---|---|\n")
	for _, p := range r.Programs {
		fmt.Fprintf(&text, "| %s | %d | %d | %.1f s [%.1f, %.1f] | %d |\n",
			p.Name, len(p.Modules), len(p.Foreign), p.CPU.Median, p.CPU.Low, p.CPU.High, p.Binary)
	}
	text.WriteString("\nWhat the binary with this module has more, by package:\n\n| package | bytes |\n|---|---|\n")
	for _, share := range r.Shares {
		fmt.Fprintf(&text, "| %s | %d |\n", share.Package, share.Bytes)
	}
	return text.String()
}

func (r *report) write(folder string) error {
	return measure.Write(folder, "footprint", r, r.markdown())
}
