package release

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"

	"github.com/orylogin/orylogin/internal/tools/git"
	"github.com/orylogin/orylogin/internal/tools/spec/breaking"
)

// released matches the version of a release.
var released = regexp.MustCompile(`^v(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)$`)

// check returns all reasons why the version cannot be released.
func (r *Release) check(ctx context.Context) error {
	if !released.MatchString(r.Version) {
		return fmt.Errorf("VERSION=%s is no version: write it like v0.1.0", r.Version)
	}
	newest, err := breaking.NewestTag(ctx, r.root)
	if err != nil {
		return err
	}
	return errors.Join(r.checkVersion(newest), r.checkTree(ctx), r.checkTags(ctx), r.checkChangelog(),
		r.checkNested(), r.checkBreaking(ctx, newest))
}

func (r *Release) checkVersion(newest string) error {
	if semver.Compare(r.Version, newest) <= 0 {
		return fmt.Errorf("%s is not newer than %s, the newest tag", r.Version, newest)
	}
	if err := module.Check(r.module, r.Version); err != nil {
		return fmt.Errorf("go.mod does not fit: %w", err)
	}
	return nil
}

func (r *Release) checkTree(ctx context.Context) error {
	branch, err := git.Run(ctx, r.root, "branch", "--show-current")
	if err != nil {
		return err
	}
	changed, err := git.Run(ctx, r.root, "status", "--porcelain")
	if err != nil {
		return err
	}
	if branch != Branch {
		err = fmt.Errorf("a release is made on %s: git switch %s", Branch, Branch)
	}
	if changed != "" {
		err = errors.Join(err, fmt.Errorf("the tree is not clean: commit or remove\n%s", changed))
	}
	return err
}

func (r *Release) checkTags(ctx context.Context) error {
	out, err := git.Run(ctx, r.root, "tag", "--list")
	if err != nil {
		return err
	}
	for _, tag := range strings.Fields(out) {
		if slices.Contains(r.Tags, tag) {
			err = errors.Join(err, fmt.Errorf("the tag %s is there already", tag))
		}
	}
	return err
}

func (r *Release) checkChangelog() error {
	text, err := os.ReadFile(filepath.Join(r.root, changelogFile))
	if err != nil {
		return err
	}
	_, err = Move(string(text), r.Version, time.Now())
	return err
}

// checkNested returns an error for modules that do not require the root module, and for modules
// that require a newer version of it.
func (r *Release) checkNested() error {
	var err error
	for _, nested := range r.nested {
		switch {
		case nested.Requires == "" && nested.Released():
			err = errors.Join(err, fmt.Errorf("%s/go.mod requires no version of %s: require %s", nested.Folder, r.module, r.Version))
		case semver.Compare(nested.Requires, r.Version) > 0:
			err = errors.Join(err, fmt.Errorf("%s/go.mod requires %s, which is newer than %s", nested.Folder, nested.Requires, r.Version))
		}
	}
	return err
}

// checkBreaking makes the same checks as make spec-break. Before the first version there is
// nothing to compare with.
func (r *Release) checkBreaking(ctx context.Context, newest string) error {
	if newest == "v0.0.0" {
		return nil
	}
	changes, err := breaking.Since(ctx, r.root, newest)
	if err != nil {
		return err
	}
	breaks := slices.ContainsFunc(changes, func(change breaking.Change) bool { return change.Breaks })
	if err := breaking.CheckRise(newest, r.Version, breaks); err != nil {
		return fmt.Errorf("make spec-break NEXT=%s: %w", r.Version, err)
	}
	return nil
}
