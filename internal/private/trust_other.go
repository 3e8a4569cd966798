//go:build !unix

package private

import "io/fs"

// mistrust returns nothing where a file's mode does not say who can write to it. The
// user's configuration directory is the user's own there.
func mistrust(string, fs.FileInfo) (why, next string) { return "", "" } //nolint:nonamedreturns // as on unix

// exposed returns false where a file's mode does not say who can read it.
func exposed(fs.FileInfo) bool { return false }
