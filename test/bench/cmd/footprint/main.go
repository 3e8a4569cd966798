// Command footprint measures what this module costs a program that uses it. It counts modules
// and packages, and measures the time of a build with an empty cache and the size of the
// binary. It compares them with the official SDK and hand-written net/http. It takes minutes.
package main

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/signal"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/test/bench/measure"
)

func main() {
	rounds := flag.Int("rounds", 3, "how many times each program is built from an empty cache")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *rounds)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "footprint:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, rounds int) error {
	work, err := os.MkdirTemp("", "footprint-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }()
	measured, err := measureAll(ctx, work, rounds)
	if err != nil {
		return err
	}
	byHand, ours := measured[0], measured[1]
	fmt.Printf("%s; medians of %d builds from an empty cache.\n\n%s\n%s\n%s", measure.Environment(), rounds,
		targets(byHand, ours), programs(measured), shares(byHand, ours))
	return nil
}

// testifysModules are testify and the modules that it needs, for the tests of this module.
const testifysModules = 2

// targets checks the program with this module against its targets.
func targets(byHand, ours footprint) string {
	cold := ours.cpu.Median / byHand.cpu.Median
	larger := float64(ours.binary-byHand.binary) / 1000
	row := func(name string, measured, limit float64) string {
		return measure.TargetRow(name, measure.SpreadOf([]float64{measured}), limit, false)
	}
	return measure.TargetHead +
		row("modules a consumer gains", float64(ours.modules), testifysModules+1) +
		row("foreign packages linked", float64(ours.foreign), 0) +
		row("cold build, CPU against net/http by hand", cold, 1.05) +
		row("stripped binary, KB more than net/http by hand", larger, 120)
}

func programs(all []footprint) string {
	var text strings.Builder
	text.WriteString("| program | modules gained | foreign packages | cold build, CPU | stripped binary |\n|---|---|---|---|---|\n")
	for _, p := range all {
		fmt.Fprintf(&text, "| %s | %d | %d | %.1f s [%.1f, %.1f] | %d |\n",
			p.name, p.modules, p.foreign, p.cpu.Median, p.cpu.Low, p.cpu.High, p.binary)
	}
	return text.String()
}

// shares lists what the binary with this module has in addition to the hand-written one. The
// largest comes first. Less than a kilobyte is left out.
func shares(byHand, ours footprint) string {
	more := map[string]int64{}
	for path, size := range ours.symbols {
		if size -= byHand.symbols[path]; size >= 1000 {
			more[path] = size
		}
	}
	var text strings.Builder
	text.WriteString("What the binary with this module has more, by package:\n\n| package | bytes |\n|---|---|\n")
	largest := func(a, b string) int { return int(more[b] - more[a]) }
	for _, path := range slices.SortedFunc(maps.Keys(more), largest) {
		fmt.Fprintf(&text, "| %s | %d |\n", path, more[path])
	}
	return text.String()
}
