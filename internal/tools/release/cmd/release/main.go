// The command release makes the part of a release that needs no network, and says what is left
// to do. If something is missing, it exits with 1 and changes nothing.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/orylogin/orylogin/internal/tools/git"
	"github.com/orylogin/orylogin/internal/tools/release"
)

func main() {
	root := flag.String("root", "../..", "the `folder` of the repository")
	version := flag.String("version", "", "the `version` to release")
	dryRun := flag.Bool("dry-run", false, "show the commit, and neither move the branch nor tag")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *root, *version, *dryRun); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root, version string, dryRun bool) error {
	prepared, err := release.Prepare(ctx, root, version)
	if err != nil {
		return err
	}
	shown, err := git.Run(ctx, root, "show", prepared.Commit)
	if err != nil {
		return err
	}
	fmt.Println(shown)
	if dryRun {
		fmt.Printf("\nThis would be %s, and is neither on %s nor tagged. What would be left to you:\n\n%s",
			version, release.Branch, prepared.Left())
		return nil
	}
	if err := prepared.Finish(ctx); err != nil {
		return err
	}
	fmt.Printf("\n%s is on %s and tagged here, and pushed nowhere. What is left to you:\n\n%s",
		version, release.Branch, prepared.Left())
	return nil
}
