// Package private keeps files that only their user can read and change.
package private

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Error says why a file or a folder is not used, and what its user can do about it.
type Error struct{ Path, Why, Next string }

func (e *Error) Error() string { return e.Path + " " + e.Why + ": " + e.Next }

// NextFolder is what to do about what belongs to another user.
const NextFolder = "remove it, or name a folder of your own"

// ReadFile returns the content of a file that only the user can read and write to, and that
// is no link. So is its folder, but that others may look into it. The error is
// [fs.ErrNotExist] if there is none.
func ReadFile(path string) ([]byte, error) {
	folder, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	data, exposed, err := Read(folder, filepath.Base(path))
	if err == nil && exposed {
		err = &Error{path, "can be read by other users", "end that session, and remove the file"}
	}
	if err != nil {
		return nil, err
	}
	return data, nil
}

// WriteFile writes a file that only its owner can read, whole or not at all. It makes the
// folder if there is none. A link of the file's name is replaced, too, and what it points to
// stays as it is.
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
