// Package git runs git for the tools that read or make commits.
package git

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// Run runs git in a folder and returns its output without the space around it.
func Run(ctx context.Context, folder string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the words come from the tools of this module
	command.Dir = folder
	var failure strings.Builder
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(failure.String()))
	}
	return strings.TrimSpace(string(out)), nil
}

// CheckOut checks a commit out into a new folder. It returns the folder and a function that
// removes it.
func CheckOut(ctx context.Context, root, commit string) (string, func(), error) {
	folder, err := os.MkdirTemp("", "orylogin-")
	if err != nil {
		return "", nil, err
	}
	if _, err := Run(ctx, root, "worktree", "add", "--quiet", "--detach", folder, commit); err != nil {
		return "", nil, err
	}
	return folder, func() {
		_, _ = Run(context.WithoutCancel(ctx), root, "worktree", "remove", "--force", folder)
	}, nil
}
