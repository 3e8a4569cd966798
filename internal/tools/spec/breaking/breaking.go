// Package breaking finds changes that break users of this module. It compares openapi.yaml and
// the exported Go API with those of an older commit. It says what the next version must be.
package breaking

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/orylogin/orylogin/internal/tools/git"
)

// Change is a change that a user can notice.
type Change struct {
	Where  string // openapi.yaml or the Go API
	Text   string
	Breaks bool
}

// Since returns the changes of the module in the folder root since a commit. Breaking changes
// come first.
func Since(ctx context.Context, root, commit string) ([]Change, error) {
	base, remove, err := git.CheckOut(ctx, root, commit)
	if err != nil {
		return nil, fmt.Errorf("BASE=%s cannot be checked out: %w", commit, err)
	}
	defer remove()
	changes, err := compareSpecs(filepath.Join(base, specFile), filepath.Join(root, specFile))
	if err != nil {
		return nil, err
	}
	apiChanges, err := compareAPIs(ctx, base, root)
	if err != nil {
		return nil, err
	}
	changes = append(changes, apiChanges...)
	slices.SortStableFunc(changes, breaksFirst)
	return changes, nil
}

func breaksFirst(a, b Change) int {
	switch {
	case a.Breaks == b.Breaks:
		return 0
	case a.Breaks:
		return -1
	default:
		return 1
	}
}
