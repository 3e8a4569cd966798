// Command conformance compares the answers of an Ory Kratos, from v0.8 on, with those that
// servers of its release give at their login endpoints. It starts the binary that the
// environment variable KRATOS_BINARY names, once for each configuration of the suite:
//
//	KRATOS_BINARY=/usr/bin/kratos go run ./cmd/conformance
//
// Without KRATOS_BINARY it starts the Kratos that the tests build. KRATOS_RELEASE is the
// release, such as v1.3.1, of a Kratos that does not say it. With -public it starts nothing and
// asks one running server:
//
//	go run ./cmd/conformance -public http://127.0.0.1:4433 -admin http://127.0.0.1:4434/admin
//
// It creates identities there, each with its own address at example.com, and does not delete
// them: use a test server. It learns how the server is configured, and skips the scenarios that
// need another configuration. It cannot learn whether codes are short-lived: -short-codes says
// so. If flows or sessions live only for seconds, it also skips a scenario in which one of them
// has expired too early.
//
// It prints a table of the configurations, and the failures. The exit status is 1 if there are
// any.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/orylogin/orylogin/test/conformance"
	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

var (
	publicURL  = flag.String("public", "", "base `URL` of the public API of a server that is running")
	adminURL   = flag.String("admin", "http://127.0.0.1:4434/admin", "base `URL` of its admin API, with its prefix")
	shortCodes = flag.Bool("short-codes", false, "its mailed codes live for a nanosecond")
	only       = flag.String("only", "", "run the scenarios whose names begin `so`")
	all        = flag.Bool("all", false, "list the scenarios that have passed or were skipped, too")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	outcomes, err := run(ctx)
	stop()
	if err != nil {
		plain.Failure("conformance:", err)
		os.Exit(1)
	}
	if !conformance.Report(plain.Writer(os.Stdout), outcomes, *all) {
		os.Exit(1)
	}
}

func run(ctx context.Context) ([]conformance.Outcome, error) {
	spec, err := contract.Load("../openapi.yaml")
	if err != nil {
		return nil, err
	}
	if *publicURL != "" {
		return asRunning(ctx, spec)
	}
	var lost error
	flag.Visit(func(f *flag.Flag) {
		if f.Name == "admin" || f.Name == "short-codes" {
			lost = fmt.Errorf("-%s is about a server that is running: name its -public, too", f.Name)
		}
	})
	if lost != nil {
		return nil, lost
	}
	return inEach(ctx, spec)
}

// asRunning runs the scenarios against a running server.
func asRunning(ctx context.Context, spec *contract.Contract) ([]conformance.Outcome, error) {
	target, err := conformance.Connect(ctx, *publicURL, *adminURL, os.Getenv("KRATOS_RELEASE"), spec)
	if err != nil {
		return nil, err
	}
	if *shortCodes {
		target.Config |= conformance.ShortCodes
	}
	plain.Printf("%s, as %s\n", target.PublicURL, target.Release)
	return []conformance.Outcome{{Config: target.Config, Results: conformance.RunAll(ctx, target, selected())}}, nil
}

// inEach runs the scenarios against a server of each configuration.
func inEach(ctx context.Context, spec *contract.Contract) ([]conformance.Outcome, error) {
	binary, err := kratostest.Build()
	if err != nil {
		return nil, err
	}
	release, err := kratostest.BinaryRelease()
	if err != nil {
		return nil, err
	}
	plain.Printf("%s, as %s\n", binary, release)
	var outcomes []conformance.Outcome
	for _, config := range conformance.Configurations(release) {
		plain.Failure(config, "...")
		outcome := conformance.Outcome{Config: config}
		target, stop, err := conformance.Start(ctx, config, spec)
		if err != nil {
			outcome.Err = err
		} else {
			outcome.Results = conformance.RunAll(ctx, target, selected())
			stop()
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes, ctx.Err()
}

func selected() []conformance.Scenario {
	var scenarios []conformance.Scenario
	for _, scenario := range conformance.Scenarios() {
		if strings.HasPrefix(scenario.Name, *only) {
			scenarios = append(scenarios, scenario)
		}
	}
	return scenarios
}
