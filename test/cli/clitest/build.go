// Package clitest builds the command ory-login and runs it at a terminal, for tests and
// demonstrations. It needs a unix system.
package clitest

import (
	"bytes"
	"context"
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

// Root returns the folder of the root module. The working directory must be in its tree.
func Root(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", rootModule).Output()
	if err != nil {
		return "", fmt.Errorf("find the source of module %s: %w", rootModule, err)
	}
	return string(bytes.TrimSpace(out)), nil
}

// Build builds ory-login into a folder and returns the path of the binary. It uses the root
// module in this tree and not the release that the command requires.
func Build(ctx context.Context, folder string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, buildLimit)
	defer cancel()
	root, err := Root(ctx)
	if err != nil {
		return "", err
	}
	module, workspace := filepath.Join(root, "cmd", "ory-login"), filepath.Join(folder, "go.work")
	text := fmt.Sprintf("go 1.25.0\nuse %s\nreplace %s => %s\n", module, rootModule, root)
	if err := os.WriteFile(workspace, []byte(text), 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(folder, "ory-login")
	command := exec.CommandContext(ctx, "go", "build", "-o", binary, ".") //nolint:gosec // paths of this source tree
	command.Dir, command.Stderr = module, os.Stderr
	command.Env = append(os.Environ(), "GOWORK="+workspace)
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("build %s: %w", module, err)
	}
	return binary, nil
}
