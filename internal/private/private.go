// Package private keeps files that only their user can read and change.
package private

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxFile is more than such a file has.
const maxFile = 1 << 20

// OpenFolder opens a folder that only the user can write to. It is an error if the folder
// is a link. What is opened is what was looked at, even if somebody exchanges it meanwhile.
func OpenFolder(path string) (*os.Root, error) {
	before, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := trust(path, before, fs.ModeDir); err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(path)
	if err != nil {
		return nil, err
	}
	if after, err := folder.Stat("."); err != nil || !os.SameFile(before, after) {
		return nil, errors.Join(exchanged(path), err, folder.Close())
	}
	return folder, nil
}

// ReadFile returns the content of a file that only the user can read and write to, and that
// is no link. So is its folder, but that others may look into it. The error is
// [fs.ErrNotExist] if there is none.
func ReadFile(path string) ([]byte, error) {
	folder, err := OpenFolder(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	defer func() { _ = folder.Close() }()
	name := filepath.Base(path)
	before, err := folder.Lstat(name)
	if err != nil {
		return nil, err
	}
	if err := trust(path, before, 0); err != nil {
		return nil, err
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	if after, err := file.Stat(); err != nil || !os.SameFile(before, after) {
		return nil, errors.Join(exchanged(path), err)
	}
	return io.ReadAll(io.LimitReader(file, maxFile))
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
	defer func() { _ = folder.Close() }()
	temporary := ".session-" + rand.Text()
	file, err := folder.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = folder.Remove(temporary) }() // there is nothing left after a success
	_, err = file.Write(data)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return folder.Rename(temporary, filepath.Base(path))
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

// Error says why a file or a folder is not used, and what its user can do about it.
type Error struct{ Path, Why, Next string }

func (e *Error) Error() string { return e.Path + " " + e.Why + ": " + e.Next }

// trust refuses what is not of the kind, a folder or a file, or not the user's alone.
func trust(path string, info fs.FileInfo, kind fs.FileMode) error {
	why, next := mistrust(path, info, kind)
	switch found := info.Mode().Type(); {
	case found == fs.ModeSymlink:
		why, next = "is a link", "remove it, or put what it points to in its place"
	case found != kind && kind == fs.ModeDir:
		why, next = "is not a folder", "remove it"
	case found != kind:
		why, next = "is not a file", "remove it"
	}
	if why == "" {
		return nil
	}
	return &Error{path, why, next}
}

func exchanged(path string) error {
	return &Error{path, "was exchanged while it was opened", "see who else can write there"}
}
