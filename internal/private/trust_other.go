//go:build !unix

package private

import "io/fs"

// mistrust returns nothing: on these systems the mode does not say who can write to a file. The
// user's configuration directory belongs to the user alone there.
func mistrust(string, fs.FileInfo) (why, next string) { return "", "" } //nolint:nonamedreturns // as on unix

// exposed returns false: on these systems the mode does not say who can read a file.
func exposed(fs.FileInfo) bool { return false }
