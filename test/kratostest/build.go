package kratostest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"time"
)

const (
	modulePath   = "github.com/orylogin/orylogin/test"
	buildLimit   = 15 * time.Minute
	quietWait    = 3 * time.Second
	binaryEnv    = "KRATOS_BINARY"
	kratosModule = "github.com/ory/kratos"
)

// builtOnce builds the binary at most once in a process. It keeps a failure,
// too, so that it is not repeated for every test.
var builtOnce = sync.OnceValues(build)

// Build builds the Kratos binary, unless it is there and up to date, and returns
// its path. Start and Run call it; calling it before says on stderr that it builds,
// which go test hides.
func Build() (string, error) {
	if path := os.Getenv(binaryEnv); path != "" {
		return filepath.Abs(path)
	}
	return builtOnce()
}

func build() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), buildLimit)
	defer cancel()

	dir, err := moduleDir(ctx)
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, ".bin", "kratos")
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return "", fmt.Errorf("create the directory for the Kratos binary: %w", err)
	}

	waiting := time.AfterFunc(quietWait, func() {
		fmt.Fprintln(os.Stderr, "waiting for another program that may be building Ory Kratos ...")
	})
	lock, err := lockFile(ctx, path+".lock")
	waiting.Stop()
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }()

	moduleDir := filepath.Join(dir, "kratos")
	if upToDate(ctx, moduleDir, path) {
		return path, nil
	}
	start := time.Now()
	fmt.Fprintln(os.Stderr, "building Ory Kratos (about two minutes, once) ...")
	if out, err := goBuild(ctx, moduleDir, path, lock).CombinedOutput(); err != nil {
		return "", fmt.Errorf("build Ory Kratos in %s (or set %s): %w\n%s", moduleDir, binaryEnv, err, out)
	}
	fmt.Fprintf(os.Stderr, "building Ory Kratos took %s\n", time.Since(start).Round(time.Second))
	return path, nil
}

// upToDate reports whether there is nothing to build: a dry run only touches the binary.
func upToDate(ctx context.Context, moduleDir, path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false // without a dry run, which may download modules for minutes
	}
	commands, err := goBuild(ctx, moduleDir, path, nil, "-n").CombinedOutput()
	return err == nil && string(bytes.TrimSpace(commands)) == "touch "+path
}

// goBuild returns the command that builds the binary. It inherits the lock and so holds
// it to its end even if this process is killed.
func goBuild(ctx context.Context, moduleDir, path string, lock *os.File, flags ...string) *exec.Cmd {
	args := append([]string{"build", "-tags", "sqlite", "-o", path}, flags...)
	cmd := exec.CommandContext(ctx, "go", append(args, kratosModule)...) //nolint:gosec // paths of this source tree
	cmd.Dir = moduleDir
	cmd.Env = buildEnviron()
	if lock != nil {
		cmd.ExtraFiles = []*os.File{lock}
	}
	cmd.WaitDelay = time.Second
	return cmd
}

// buildEnviron is the environment without what the caller set for its own
// build: flags, a workspace, a foreign target. Version control stamping is
// off because it would link the binary anew after each commit.
func buildEnviron() []string {
	return append(os.Environ(),
		"GOFLAGS=-mod=readonly -buildvcs=false",
		"GOWORK=off",
		"GOOS="+runtime.GOOS,
		"GOARCH="+runtime.GOARCH,
		"CGO_ENABLED=1",
	)
}

// moduleDir finds the source tree of this module.
func moduleDir(ctx context.Context) (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && filepath.IsAbs(file) {
		return filepath.Dir(filepath.Dir(file)), nil
	}
	// Built with -trimpath: ask the module of the working directory.
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", modulePath).Output()
	if err != nil {
		return "", fmt.Errorf("find the source of module %s (or set %s): %w", modulePath, binaryEnv, err)
	}
	dir := string(bytes.TrimSpace(out))
	if dir == "" {
		return "", fmt.Errorf("the source of module %s is not here; set %s", modulePath, binaryEnv)
	}
	return dir, nil
}
