package clitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

const (
	rootModule = "github.com/orylogin/orylogin"
	buildLimit = 5 * time.Minute
)

// Root returns the folder of the root module, whose tree the working directory is in.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", rootModule).Output()
	if err != nil {
		return "", fmt.Errorf("find the source of module %s: %w", rootModule, err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// Build builds ory-login into a folder, against the root module as it is in the tree
// instead of the release that the command requires, and returns the binary's path.
func Build(ctx context.Context, folder string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	module := filepath.Join(root, "cmd", "ory-login")
	modfile, binary := filepath.Join(folder, "ory-login.mod"), filepath.Join(folder, "ory-login")
	gomod, err := os.ReadFile(filepath.Join(module, "go.mod")) //nolint:gosec // a file of this source tree
	if err != nil {
		return "", err
	}
	gosum, err := os.ReadFile(filepath.Join(module, "go.sum")) //nolint:gosec // a file of this source tree
	if err != nil {
		return "", err
	}
	gomod = append(gomod, "\nreplace "+rootModule+" => ../..\n"...)
	gosumCopy := filepath.Join(folder, "ory-login.sum")
	err = errors.Join(os.WriteFile(modfile, gomod, 0o600), os.WriteFile(gosumCopy, gosum, 0o600)) //nolint:gosec // a folder of the caller
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, "go", "build", "-modfile="+modfile, "-o", binary, ".") //nolint:gosec // paths of this source tree
	command.Dir = module
	command.Env = append(os.Environ(), "GOWORK=off")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", module, err, out)
	}
	return binary, nil
}
