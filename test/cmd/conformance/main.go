// Command conformance holds a running Ory Kratos, of any release from v0.8 to v26.2,
// to what servers of its release answer at their login endpoints:
//
//	go run ./cmd/conformance -public http://127.0.0.1:4433 -admin http://127.0.0.1:4434/admin
//
// It creates identities, each with an address of its own at example.com, and leaves
// them there: use a server for tests. It finds out how the server is configured, and
// skips the scenarios that need another configuration; -short-codes tells it what it
// cannot find out. Where flows or sessions live for seconds, it also skips a scenario in
// which one of them has expired before it was used. The exit status is 1 when a scenario
// has failed.
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
)

var (
	publicURL  = flag.String("public", "http://127.0.0.1:4433", "base `URL` of the public API")
	adminURL   = flag.String("admin", "http://127.0.0.1:4434/admin", "base `URL` of the admin API, with its prefix")
	version    = flag.String("release", "", "release of the server, such as v1.3.1 (default: ask the server)")
	shortCodes = flag.Bool("short-codes", false, "mailed codes live for a nanosecond")
	only       = flag.String("only", "", "run the scenarios whose names begin `so`")
)

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	failed, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
	}
	if err != nil || failed > 0 {
		os.Exit(1)
	}
}

// run runs the scenarios and returns how many have failed.
func run(ctx context.Context) (int, error) {
	spec, err := contract.Load("../openapi.yaml")
	if err != nil {
		return 0, err
	}
	target, err := conformance.Connect(ctx, *publicURL, *adminURL, *version, spec)
	if err != nil {
		return 0, err
	}
	if *shortCodes {
		target.Config |= conformance.ShortCodes
	}
	fmt.Printf("%s, as %s, configured: %s\n", target.PublicURL, target.Release, target.Config)
	return conformance.Report(os.Stdout, conformance.RunAll(ctx, target, selected(*only))), nil
}

func selected(prefix string) []conformance.Scenario {
	var scenarios []conformance.Scenario
	for _, scenario := range conformance.Scenarios() {
		if strings.HasPrefix(scenario.Name, prefix) {
			scenarios = append(scenarios, scenario)
		}
	}
	return scenarios
}
