package breaking

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/mod/semver"

	"github.com/orylogin/orylogin/internal/tools/git"
)

// NewestTag returns the newest version with a tag. It returns v0.0.0 if there is none.
func NewestTag(ctx context.Context, root string) (string, error) {
	out, err := git.Run(ctx, root, "tag", "--list", "v*")
	if err != nil {
		return "", err
	}
	versions := slices.DeleteFunc(strings.Fields(out), func(tag string) bool {
		return !semver.IsValid(tag) || semver.Prerelease(tag) != ""
	})
	return slices.MaxFunc(append(versions, "v0.0.0"), semver.Compare), nil
}
