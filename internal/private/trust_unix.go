//go:build unix

package private

import (
	"io/fs"
	"os"
	"syscall"
)

// mistrust returns why what is in a file or a folder may be of somebody else, or known to
// them, and what the user can do about it. Both are empty if it is the user's alone.
func mistrust(path string, info fs.FileInfo, kind fs.FileMode) (why, next string) { //nolint:nonamedreturns // two strings
	owner, known := info.Sys().(*syscall.Stat_t)
	switch mode := info.Mode().Perm(); {
	case known && int64(owner.Uid) != int64(os.Geteuid()):
		return "belongs to another user", "remove it, or name a folder of your own"
	case mode&0o022 != 0:
		return "can be written by other users", "see what is in it, then run: chmod go-w '" + path + "'"
	case mode&0o044 != 0 && kind != fs.ModeDir:
		return "can be read by other users", "end that session, and remove the file"
	}
	return "", ""
}
