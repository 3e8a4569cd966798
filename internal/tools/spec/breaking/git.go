package breaking

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// checkOut lays out a commit in a folder of its own, and returns what removes it.
func checkOut(ctx context.Context, root, commit string) (string, func(), error) {
	folder, err := os.MkdirTemp("", "spec-break-")
	if err != nil {
		return "", nil, err
	}
	if _, err := git(ctx, root, "worktree", "add", "--quiet", "--detach", folder, commit); err != nil {
		return "", nil, fmt.Errorf("BASE=%s cannot be checked out: %w", commit, err)
	}
	return folder, func() {
		_, _ = git(context.WithoutCancel(ctx), root, "worktree", "remove", "--force", folder)
	}, nil
}

// NewestTag returns the newest version that was tagged, and v0.0.0 if none was.
func NewestTag(ctx context.Context, root string) (string, error) {
	out, err := git(ctx, root, "tag", "--list", "v*")
	if err != nil {
		return "", err
	}
	versions := slices.DeleteFunc(strings.Fields(out), func(tag string) bool {
		return !semver.IsValid(tag) || semver.Prerelease(tag) != ""
	})
	return slices.MaxFunc(append(versions, "v0.0.0"), semver.Compare), nil
}

func git(ctx context.Context, folder string, args ...string) (string, error) {
	command := exec.CommandContext(ctx, "git", args...) //nolint:gosec // the words come from this package and its caller
	command.Dir = folder
	var failure strings.Builder
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, strings.TrimSpace(failure.String()))
	}
	return string(out), nil
}
