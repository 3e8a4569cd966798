// Package private keeps files that only their user can read and change.
package private

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Error says why a file or folder is not used, and what its user can do about it.
type Error struct{ Path, Why, Next string }

func (e *Error) Error() string { return e.Path + " " + e.Why + ": " + e.Next }

// NextFolder is what a user can do about a folder or file of another user.
const NextFolder = "remove it, or name a folder of your own"

// ReadFile returns the content of a file that is no link and that only the user can read and
// write to. The same holds for its folder, except that others may look into it. The error is
// [fs.ErrNotExist] if there is no such file. If others can only read the file, there is an error,
// and the content, too.
func ReadFile(path string) ([]byte, error) {
	folder, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	data, exposed, err := Read(folder, filepath.Base(path))
	switch {
	case err != nil:
		return nil, err
	case exposed:
		return data, &Error{path, "can be read by other users", "end that session, and remove the file"}
	default:
		return data, nil
	}
}

// WriteFile writes a file that only its owner can read. It writes the whole file or nothing. It
// makes the folder if there is none. A link of the same name is replaced, and the file that the
// link points to stays the same.
func WriteFile(path string, data []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	folder, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(Replace(folder, filepath.Base(path), data), folder.Close())
}

// RemoveFile deletes a file. It succeeds if there is none.
func RemoveFile(path string) error {
	folder, err := OpenFolder(filepath.Dir(path))
	if err == nil {
		err = errors.Join(folder.Remove(filepath.Base(path)), folder.Close())
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
