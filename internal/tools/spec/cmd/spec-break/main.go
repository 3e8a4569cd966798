// The command spec-break says whether the changes since a commit break users of this module,
// and whether the next version is high enough. It exits with 1 if the version is too low.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"

	"github.com/orylogin/orylogin/internal/tools/spec/breaking"
)

// errNoBase is the error in a clone without a version tag. It says what to do.
var errNoBase = errors.New(`this clone has no version tag, so say what to compare with:
  make spec-break BASE=<git revision>   such as BASE=origin/main or BASE=HEAD
If versions are tagged elsewhere, git fetch --tags brings them here`)

// versions are the arguments of the command.
type versions struct{ root, base, current, next string }

func main() {
	var v versions
	flag.StringVar(&v.root, "root", "../..", "the `folder` of the module")
	flag.StringVar(&v.base, "base", "", "the git `revision` to compare with (default: the newest version tag)")
	flag.StringVar(&v.current, "current", "", "the `version` that is out now; the newest version tag, or v0.0.0")
	flag.StringVar(&v.next, "next", "", "the `version` that is to come")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, v); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, v versions) error {
	newest, err := breaking.NewestTag(ctx, v.root)
	if err != nil {
		return err
	}
	if v.current == "" {
		v.current = newest
	}
	if v.base == "" && newest != "v0.0.0" {
		v.base = newest
	}
	if v.base == "" {
		return errNoBase
	}
	changes, err := breaking.Since(ctx, v.root, v.base)
	if err != nil {
		return err
	}
	return breaking.CheckRise(v.current, v.next, report(changes))
}

// report prints all changes and returns whether one of them breaks users.
func report(changes []breaking.Change) bool {
	breaks := false
	for _, change := range changes {
		mark := "fine  "
		if change.Breaks {
			mark, breaks = "BREAKS", true
		}
		fmt.Printf("%s  %s  %s\n", mark, change.Where, change.Text)
	}
	if len(changes) == 0 {
		fmt.Println("nothing changed that anybody can notice")
	}
	return breaks
}
