// Command bench compares this module with hand-written net/http, with the official
// SDK and with its own generated client, in one process and interleaved, and holds
// it to its targets.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"time"

	"github.com/orylogin/orylogin/test/bench/measure"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

// options are what the command line says.
type options struct {
	rounds int
	length time.Duration
	only   *regexp.Regexp
	kratos bool
	strict bool
	folder string
}

func main() {
	options := options{only: regexp.MustCompile("")}
	flag.IntVar(&options.rounds, "rounds", 10, "how many samples are taken of each contestant")
	flag.DurationVar(&options.length, "length", 100*time.Millisecond, "how long a sample takes")
	flag.BoolVar(&options.kratos, "kratos", true, "measure logins at a real Kratos, too")
	flag.BoolVar(&options.strict, "strict", false, "fail if a target is missed")
	flag.StringVar(&options.folder, "folder", "bench/results", "where bench.json and bench.md go")
	flag.Func("only", "do the experiments whose names match a pattern", func(pattern string) error {
		only, err := regexp.Compile(pattern)
		options.only = only
		return err
	})
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, options); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

var errMissed = errors.New("a target was missed")

func run(ctx context.Context, options options) error {
	script, err := recorded.LoginScript()
	if err != nil {
		return err
	}
	laboratory := &laboratory{ctx: ctx, rounds: options.rounds, length: options.length, script: script}
	defer laboratory.end()
	experiments, err := laboratory.experiments(options.kratos)
	if err != nil {
		return err
	}
	report := &report{Environment: measure.Here(), Rounds: options.rounds}
	for _, experiment := range experiments {
		if !options.only.MatchString(experiment.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s ...\n", experiment.name)
		costs, err := measure.Interleave(experiment.rounds, experiment.contestants)
		if err != nil {
			return fmt.Errorf("%s: %w", experiment.name, err)
		}
		report.add(experiment, costs)
	}
	fmt.Print(report.markdown())
	if err := report.write(options.folder); err != nil {
		return err
	}
	if options.strict && report.missed() {
		return errMissed
	}
	return nil
}
