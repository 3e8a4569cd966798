// Package release makes the part of a release that needs no network: one commit and its tags.
// It never pushes. These are its steps:
//
//  1. It checks what a release needs, and names what is missing: a version that is newer than
//     the last tag and high enough for what breaks, the branch main, a tree without changes,
//     news under "Unreleased" in CHANGELOG.md, and tags that are free.
//  2. It moves the news under the version and the day. It makes the nested modules require the
//     version, and writes the sums of the version into their go.sum.
//  3. It commits that, and tags the commit for each released module, such as v0.1.0 and
//     session/jwt/v0.1.0.
//
// What is left are all tests, those of make nightly included, other releases of Kratos, the
// push, and a try from an empty folder. A test releases a copy of the tree, and builds programs
// with the released modules.
package release

import (
	"context"
	"errors"
	"os"
	"path"
	"path/filepath"
	"time"

	"github.com/orylogin/orylogin/internal/tools/git"
)

// Branch is the branch with the releases.
const Branch = "main"

const changelogFile = "CHANGELOG.md"

// Release is a prepared release. Its commit exists, but no branch and no tag has it yet.
type Release struct {
	Version string
	Commit  string
	Tags    []string // of the root module and of the nested modules that are released

	root, module string
	nested       []Nested
}

// Prepare makes the commit of a version in a separate folder, so the tree in the folder root
// stays the same. The error says what is missing.
func Prepare(ctx context.Context, root, version string) (*Release, error) {
	nested, err := NestedModules(ctx, root)
	if err != nil {
		return nil, err
	}
	r := &Release{Version: version, Tags: []string{version}, root: root, nested: nested}
	for _, module := range nested {
		if module.Released() {
			r.Tags = append(r.Tags, path.Join(module.Folder, version))
		}
	}
	if r.module, err = modulePath(root); err != nil {
		return nil, err
	}
	if err := r.check(ctx); err != nil {
		return nil, err
	}
	folder, remove, err := git.CheckOut(ctx, root, "HEAD")
	if err != nil {
		return nil, err
	}
	defer remove()
	if err := r.write(ctx, folder); err != nil {
		return nil, err
	}
	if _, err := git.Run(ctx, folder, "commit", "--quiet", "--all", "--message", "Release "+version); err != nil {
		return nil, err
	}
	r.Commit, err = git.Run(ctx, folder, "rev-parse", "HEAD")
	return r, err
}

// write changes the files of the commit. It writes the sums of the nested modules last, since
// the sums depend on the changelog of the root module.
func (r *Release) write(ctx context.Context, folder string) error {
	file := filepath.Join(folder, changelogFile)
	text, err := os.ReadFile(file) //nolint:gosec // a file of this repository
	if err != nil {
		return err
	}
	moved, err := Move(string(text), r.Version, time.Now())
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, []byte(moved), 0o644); err != nil { //nolint:gosec // everybody may read the file
		return err
	}
	sums, err := sumsOf(ctx, folder, r.module, r.Version)
	if err != nil {
		return err
	}
	for _, nested := range r.nested {
		err = errors.Join(err, nested.require(folder, r.module, r.Version, sums))
	}
	return err
}

// Finish moves the branch to the commit and makes the tags.
func (r *Release) Finish(ctx context.Context) error {
	if _, err := git.Run(ctx, r.root, "merge", "--quiet", "--ff-only", r.Commit); err != nil {
		return err
	}
	for _, tag := range r.Tags {
		if _, err := git.Run(ctx, r.root, "tag", "--annotate", "--message", "Release "+r.Version, tag, r.Commit); err != nil {
			return err
		}
	}
	return nil
}
