// The command spec-diff compares our openapi.yaml with a description that Ory publishes. If no
// file is named, it compares with the pinned ones. It exits with 1 if a difference is not on
// the list of deliberate differences.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

// question has the arguments of the command.
type question struct {
	ours, upstream, old string
	asJSON              bool
}

func main() {
	var q question
	flag.StringVar(&q.ours, "ours", "../../openapi.yaml", "our `file`")
	flag.StringVar(&q.old, "old", "", "an older upstream `file`: print what changed since, too")
	flag.BoolVar(&q.asJSON, "json", false, "print JSON")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "usage: spec-diff [-json] [-ours file] [-old upstream file] [upstream file]")
		flag.PrintDefaults()
	}
	flag.Parse()
	q.upstream = flag.Arg(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, q); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, q question) error {
	comparison, err := compare.NewComparison(q.ours)
	if err != nil {
		return err
	}
	if q.old != "" {
		if err := since(comparison, q); err != nil {
			return err
		}
	}
	reports, stale, err := compareWith(ctx, comparison, q.upstream)
	if err != nil {
		return err
	}
	if err := write(reports, q.asJSON); err != nil {
		return err
	}
	var open []compare.Difference
	for _, report := range reports {
		open = append(open, report.Open()...)
	}
	if len(open) > 0 {
		return errors.New(compare.Advice(open))
	}
	if len(stale) > 0 {
		return fmt.Errorf("compare/deliberate.yaml has entries that match nothing any more; remove them:\n  %s",
			strings.Join(stale, "\n  "))
	}
	return nil
}

// since prints what has changed upstream.
func since(comparison *compare.Comparison, q question) error {
	if q.upstream == "" || q.asJSON {
		return errors.New("OLD=<file> needs UPSTREAM=<file>, the newer one, and prints no JSON")
	}
	changed, err := comparison.Since(q.old, q.upstream)
	if err != nil {
		return err
	}
	if err := compare.WriteSince(os.Stdout, q.old, q.upstream, changed); err != nil {
		return err
	}
	fmt.Println()
	return nil
}

// compareWith compares our description with a file, or with all pinned descriptions. Only all
// pinned ones together show which deliberate differences are stale.
func compareWith(ctx context.Context, comparison *compare.Comparison, upstream string) ([]compare.Report, []string, error) {
	if upstream == "" {
		return comparison.Pinned(ctx)
	}
	report, err := comparison.File(ctx, upstream)
	return []compare.Report{report}, nil, err
}

func write(reports []compare.Report, asJSON bool) error {
	if asJSON {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetIndent("", "  ")
		return encoder.Encode(reports)
	}
	for _, report := range reports {
		if err := report.WriteTable(os.Stdout); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}
