// The command spec-diff compares our openapi.yaml with a description that Ory
// publishes, or with the pinned ones if no file is named. It exits with 1 if
// something is neither in ours nor on the list of deliberate differences.
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

func main() {
	ours := flag.String("ours", "../../openapi.yaml", "our `file`")
	asJSON := flag.Bool("json", false, "print JSON")
	flag.Usage = func() {
		_, _ = fmt.Fprintln(flag.CommandLine.Output(), "usage: spec-diff [-json] [-ours file] [upstream file]")
		flag.PrintDefaults()
	}
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *ours, flag.Arg(0), *asJSON); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, ours, upstream string, asJSON bool) error {
	reports, stale, err := compareWith(ctx, ours, upstream)
	if err != nil {
		return err
	}
	if err := write(reports, asJSON); err != nil {
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

// compareWith compares ours with a file, or with all pinned descriptions. Only
// these together can tell which deliberate differences are stale.
func compareWith(ctx context.Context, ours, upstream string) ([]compare.Report, []string, error) {
	if upstream == "" {
		return compare.Pinned(ctx, ours)
	}
	report, err := compare.Files(ours, upstream, "")
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
