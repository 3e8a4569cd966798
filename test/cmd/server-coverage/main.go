// Command server-coverage measures how much of Kratos's code for a login the tests make it run.
// It builds an Ory Kratos with counters and runs the end-to-end tests and the conformance suite
// against it. It prints the code of a login that has not run, and the messages that no test
// makes it send. The environment variable KRATOS_BINARY names another Kratos that was built
// with -cover. The flag -kratos then names its source.
//
// The exit status is 1 if a test has failed, if less than the goal has run, or if a list of
// this module does not agree with the result.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
	"github.com/orylogin/orylogin/test/servercoverage"
)

var (
	counters = flag.String("counters", "", "tell what the counters in this `folder` say, and run no test")
	kratos   = flag.String("kratos", "", "the `folder` of the source of Kratos, if it is not the one that the tests build")
	run      = flag.String("run", "", "run the tests of this `pattern` only")
	brief    = flag.Bool("brief", false, "print no code that has not run")
)

// counted are the packages with tests that log in to a real Kratos.
var counted = []string{".", "./cli", "./conformance", "./guard", "./hardening", "./sso", "./webapp"}

func main() {
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := tell(ctx)
	stop()
	if err != nil {
		plain.Failure("server-coverage:", err)
		os.Exit(1)
	}
}

func tell(ctx context.Context) error {
	folder, failure := *counters, error(nil)
	if folder == "" {
		if folder, failure = count(ctx); folder == "" {
			return failure
		}
	}
	source, err := sourceFolder(ctx)
	if err != nil {
		return err
	}
	blocks, err := servercoverage.ReadProfile(ctx, folder)
	if err != nil {
		return errors.Join(failure, err)
	}
	return errors.Join(failure, report(blocks, source))
}

// count runs the tests and returns the folder with the counters.
func count(ctx context.Context) (string, error) {
	binary, err := kratostest.BuildCounted()
	if err != nil {
		return "", err
	}
	folder, err := filepath.Abs(".bin/counters")
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.RemoveAll(folder), os.MkdirAll(folder, 0o750)); err != nil {
		return "", fmt.Errorf("make a folder for the counters: %w", err)
	}
	args := append([]string{"test", "-count=1", "-timeout=60m", "-run=" + *run}, counted...)
	tests := exec.CommandContext(ctx, "go", args...) //nolint:gosec // the packages of this module
	tests.Env = append(os.Environ(), "KRATOS_BINARY="+binary, "GOCOVERDIR="+folder)
	tests.Stdout, tests.Stderr = plain.Writer(os.Stdout), plain.Writer(os.Stderr)
	if err := tests.Run(); err != nil {
		return folder, fmt.Errorf("run the tests: %w", err)
	}
	return folder, nil
}

func sourceFolder(ctx context.Context) (string, error) {
	if *kratos != "" {
		return *kratos, nil
	}
	list := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", "github.com/ory/kratos")
	list.Dir = "kratos"
	folder, err := list.Output()
	if err != nil {
		return "", fmt.Errorf("find the source of Kratos: %w", err)
	}
	return strings.TrimSpace(string(folder)), nil
}

func report(blocks []servercoverage.Block, folder string) error {
	list, err := servercoverage.ReadList()
	if err != nil {
		return err
	}
	source := servercoverage.OpenSource(folder)
	result, err := servercoverage.Measure(blocks, source, list)
	if err != nil {
		return err
	}
	wrong, err := servercoverage.Messages(blocks, folder, "..")
	if err != nil {
		return err
	}
	reached := result.Write(plain.Writer(os.Stdout), source, !*brief)
	for _, message := range wrong {
		plain.Println("message", message)
	}
	if !reached || len(wrong) > 0 {
		return errors.New("what is above is to be mended")
	}
	return nil
}
