package daemon

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	modulePath = "github.com/orylogin/orylogin/test"
	buildLimit = 15 * time.Minute
	quietWait  = 3 * time.Second
)

// Program is a server. Tests build it from a module that pins it, or use a program of the
// system, which has no Package and no Env.
type Program struct {
	Name    string // in messages, such as "Ory Kratos"
	Package string // the import path of its main package
	Folder  string // the folder of the module, beside this package
	Env     string // the environment variable that names another binary
	User    string // the user as whom it runs if this process is root; empty for root

	Counted []string // the packages whose code the binary counts, if any
}

// Build builds the binary unless it is there and up to date, and returns its path. It says on
// stderr that it builds; go test hides that.
func (p Program) Build() (string, error) {
	if path := os.Getenv(p.Env); path != "" {
		return filepath.Abs(path)
	}
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()

	dir, err := p.parentDir(ctx)
	if err != nil {
		return "", err
	}
	b := build{p, filepath.Join(dir, p.Folder), filepath.Join(dir, ".bin", p.Folder)}
	if len(p.Counted) > 0 {
		b.binary += "-counted"
	}
	return b.binary, b.run(ctx)
}

// build is the build of a program's binary.
type build struct {
	Program
	module string // the folder of its module
	binary string
}

func (b build) run(ctx context.Context) error {
	if err := os.MkdirAll(filepath.Dir(b.binary), 0o750); err != nil {
		return fmt.Errorf("create the directory for %s: %w", b.Name, err)
	}
	waiting := time.AfterFunc(quietWait, func() {
		fmt.Fprintf(os.Stderr, "waiting for another program that may be building %s ...\n", b.Name)
	})
	lock, err := lockFile(ctx, b.binary+".lock")
	waiting.Stop()
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()

	if b.upToDate(ctx) {
		return nil
	}
	start := time.Now()
	fmt.Fprintf(os.Stderr, "building %s (about two minutes, once) ...\n", b.Name)
	if out, err := b.command(ctx, lock).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s in %s (or set %s): %w\n%s", b.Name, b.module, b.Env, err, out)
	}
	fmt.Fprintf(os.Stderr, "building %s took %s\n", b.Name, time.Since(start).Round(time.Second))
	return nil
}

// upToDate reports whether there is nothing to build: a dry run then only touches the binary.
func (b build) upToDate(ctx context.Context) bool {
	if _, err := os.Stat(b.binary); err != nil {
		return false // without a dry run, which may download modules for minutes
	}
	commands, err := b.command(ctx, nil, "-n").CombinedOutput()
	return err == nil && string(bytes.TrimSpace(commands)) == "touch "+b.binary
}

// command returns the command that builds the binary. It inherits the lock, so the lock stays
// until the command ends, even if this process is killed.
func (b build) command(ctx context.Context, lock *os.File, flags ...string) *exec.Cmd {
	args := append([]string{"build", "-tags", "sqlite", "-o", b.binary}, flags...)
	if len(b.Counted) > 0 {
		args = append(args, "-cover", "-covermode=atomic", "-coverpkg="+strings.Join(b.Counted, ","))
	}
	cmd := exec.CommandContext(ctx, "go", append(args, b.Package)...) //nolint:gosec // paths of this source tree
	cmd.Dir = b.module
	cmd.Env = buildEnviron()
	if lock != nil {
		cmd.ExtraFiles = []*os.File{lock}
	}
	cmd.WaitDelay = time.Second
	return cmd
}

// buildEnviron returns the environment without what the caller has set for its own build:
// flags, a workspace, a foreign target. Version control stamping is off, since it would link
// the binary again after each commit.
func buildEnviron() []string {
	return append(os.Environ(),
		"GOFLAGS=-mod=readonly -buildvcs=false",
		"GOWORK=off",
		"GOOS="+runtime.GOOS,
		"GOARCH="+runtime.GOARCH,
		"CGO_ENABLED=1",
	)
}

// parentDir returns the source folder of this package's module.
func (p Program) parentDir(ctx context.Context) (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		return filepath.Dir(filepath.Dir(file)), nil
	}
	// After a build with -trimpath, the module of the working directory has the answer.
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", modulePath).Output()
	if err != nil {
		return "", fmt.Errorf("find the source of module %s (or set %s): %w", modulePath, p.Env, err)
	}
	dir := string(bytes.TrimSpace(out))
	if dir == "" {
		return "", fmt.Errorf("the source of module %s is not here; set %s", modulePath, p.Env)
	}
	return dir, nil
}
