// Command bench compares this module with hand-written net/http, with the official SDK and with
// its own generated client. It runs them in one process, in turn, and checks this module
// against its targets. It prints two tables: the targets, and all figures.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/orylogin/orylogin/test/bench/measure"
	"github.com/orylogin/orylogin/test/bench/recorded"
	"github.com/orylogin/orylogin/test/kratostest"
)

func main() {
	rounds := flag.Int("rounds", 10, "how many samples are taken of each contestant")
	length := flag.Duration("length", 100*time.Millisecond, "how long a sample takes")
	kratos := flag.Bool("kratos", true, "measure logins at a real Kratos, too")
	only := flag.String("only", "", "do the experiments whose names match a `pattern`")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	laboratory := &laboratory{ctx: ctx, rounds: *rounds, length: *length, script: recorded.LoadScript()}
	err := run(laboratory, *kratos, *only)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(laboratory *laboratory, kratos bool, only string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return err
	}
	experiments := laboratory.experiments()
	if kratos {
		server, err := kratostest.Run(laboratory.ctx)
		if err != nil {
			return err
		}
		defer server.Stop()
		loaded, err := laboratory.kratos(server)
		if err != nil {
			return err
		}
		experiments = append(experiments, loaded)
	}
	var tables tables
	for _, experiment := range experiments {
		if !pattern.MatchString(experiment.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "%s ...\n", experiment.name)
		costs, err := measure.Interleave(experiment.rounds, experiment.contestants)
		if err != nil {
			return fmt.Errorf("%s: %w", experiment.name, err)
		}
		tables.add(experiment, costs)
	}
	fmt.Printf("%s, ory/client-go %s; medians of %d rounds, the middle half in brackets.\n\n%s",
		measure.Environment(), sdkVersion(), laboratory.rounds, &tables)
	return nil
}

func sdkVersion() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, module := range info.Deps {
			if module.Path == "github.com/ory/client-go" {
				return module.Version
			}
		}
	}
	return ""
}
