//go:build unix

package private

import (
	"io/fs"
	"os"
	"syscall"
)

// mistrust returns why a file or folder may have the content of another user, and what the user
// can do about it. Both are empty if only the user can write to it.
func mistrust(path string, info fs.FileInfo) (why, next string) { //nolint:nonamedreturns // two strings
	if owner, known := info.Sys().(*syscall.Stat_t); known && int64(owner.Uid) != int64(os.Geteuid()) {
		return "belongs to another user", NextFolder
	}
	if info.Mode().Perm()&0o022 != 0 {
		return "can be written by other users", "see what is in it, then run: chmod go-w '" + path + "'"
	}
	return "", ""
}

// exposed reports whether others can read a file.
func exposed(info fs.FileInfo) bool { return info.Mode().Perm()&0o044 != 0 }
