// Command conformance holds a running Ory Kratos, of any release from v0.8 to v26.2,
// to what servers of its release answer at their login endpoints:
//
//	go run ./cmd/conformance -public http://127.0.0.1:4433 -admin http://127.0.0.1:4434/admin
//
// It creates identities, each with an address of its own at example.com, and leaves
// them there: use a server for tests. It finds out how the server is configured, and
// skips the scenarios that need another configuration; -config adds what cannot be
// found out, which is that mailed codes live for a second. The exit status is 1 when a
// scenario has failed.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"

	"github.com/orylogin/orylogin/test/conformance"
	"github.com/orylogin/orylogin/test/contract"
)

// errFailed says that there is nothing more to say than what was reported.
var errFailed = errors.New("a scenario has failed")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	flags := flag.NewFlagSet("conformance", flag.ContinueOnError)
	publicURL := flags.String("public", "http://127.0.0.1:4433", "base `URL` of the public API")
	adminURL := flags.String("admin", "http://127.0.0.1:4434/admin", "base `URL` of the admin API, with its prefix")
	version := flags.String("release", "", "release of the server, such as v1.3.1 (default: ask the server)")
	settings := flags.String("config", "", "`settings` that cannot be found out: short-codes")
	only := flags.String("only", "", "run the scenarios whose names begin `so`")
	openAPI := flags.String("openapi", "../openapi.yaml", "`file` to hold requests and answers to")
	if err := flags.Parse(args); err != nil {
		return err
	}
	spec, err := contract.Load(*openAPI)
	if err != nil {
		return err
	}
	added, err := conformance.ParseConfig(*settings)
	if err != nil {
		return err
	}
	target, err := conformance.Connect(ctx, *publicURL, *adminURL, *version, spec)
	if err != nil {
		return err
	}
	target.Config |= added
	_, _ = fmt.Fprintf(out, "%s, as %s, configured: %s\n", target.PublicURL, target.Release, target.Config)
	if conformance.Report(out, conformance.RunAll(ctx, target, selected(*only))) > 0 {
		return errFailed
	}
	return nil
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
