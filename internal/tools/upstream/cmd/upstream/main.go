// The command upstream prints what the source of a Kratos has for a login and no description
// says. It prints what this module does not know, and what has changed since an older source.
// It exits with 1 if this module lacks something that is not on its list of things left out.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"

	"github.com/orylogin/orylogin/internal/tools/upstream"
)

var errNoSource = errors.New(`name the source of a Kratos, the folder with its go.mod:
  make upstream KRATOS=../kratos                    what this module does not know of it
  make upstream KRATOS=../kratos OLD=../old-kratos  and what is not as it was`)

func main() {
	kratos := flag.String("kratos", "", "the `folder` of the source of Kratos")
	old := flag.String("old", "", "the `folder` of an older source")
	ours := flag.String("ours", "../..", "the `folder` of this module")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *ours, *kratos, *old); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, ours, kratos, old string) error {
	if kratos == "" {
		return errNoSource
	}
	left, err := upstream.LeftOut()
	if err != nil {
		return err
	}
	known, err := upstream.ReadKnown(ctx, ours, left)
	if err != nil {
		return err
	}
	now, err := facts(ctx, kratos)
	if err != nil {
		return err
	}
	var before []upstream.Fact
	if old != "" {
		if before, err = facts(ctx, old); err != nil {
			return err
		}
	}
	findings := upstream.Compare(now, before, known)
	if err := upstream.Write(os.Stdout, findings); err != nil {
		return err
	}
	open := slices.DeleteFunc(slices.Clone(findings), func(f upstream.Finding) bool { return !f.Open() })
	fmt.Printf("%s: %d facts, %d to look at\n", kratos, len(now), len(open))
	if len(open) > 0 {
		return errors.New(upstream.Advice(open))
	}
	return nil
}

func facts(ctx context.Context, folder string) ([]upstream.Fact, error) {
	tree, err := upstream.Open(ctx, folder)
	if err != nil {
		return nil, err
	}
	return tree.Facts(), nil
}
