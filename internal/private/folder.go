package private

import (
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
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

// Read returns the content of a file that only the user can write to, and that is no link,
// and whether others can read it.
func Read(folder *os.Root, name string) ([]byte, bool, error) {
	path := filepath.Join(folder.Name(), name)
	before, err := folder.Lstat(name)
	if err != nil {
		return nil, false, err
	}
	if err := trust(path, before, 0); err != nil {
		return nil, false, err
	}
	file, err := folder.Open(name)
	if err != nil {
		return nil, false, err
	}
	defer func() { _ = file.Close() }()
	if after, err := file.Stat(); err != nil || !os.SameFile(before, after) {
		return nil, false, errors.Join(exchanged(path), err)
	}
	data, err := io.ReadAll(io.LimitReader(file, maxFile))
	return data, exposed(before), err
}

// temporary begins the names of files that are being written.
const temporary = ".session-"

// Replace writes a file that only its owner can read, whole or not at all. A link of its
// name is replaced, too, and what it points to stays as it is.
func Replace(folder *os.Root, name string, data []byte) error {
	written, err := write(folder, data)
	if err == nil {
		err = folder.Rename(written, name)
	}
	if err != nil && written != "" {
		_ = folder.Remove(written)
	}
	return err
}

// write writes a file of a new name, which it returns.
func write(folder *os.Root, data []byte) (string, error) {
	name := temporary + rand.Text()
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	return name, errors.Join(err, file.Sync(), file.Close())
}

// Rehearse returns an error if a file cannot be written.
func Rehearse(folder *os.Root) error {
	name, err := write(folder, make([]byte, 4<<10))
	if name != "" {
		err = errors.Join(err, folder.Remove(name))
	}
	return err
}

// abandoned is how old a file is that nobody writes any more.
const abandoned = time.Minute

// Sweep removes files that runs which were killed did not write to their end.
func Sweep(folder *os.Root) error {
	entries, err := fs.ReadDir(folder.FS(), ".")
	if err != nil {
		return err
	}
	for _, entry := range entries {
		info, err := entry.Info()
		if err == nil && strings.HasPrefix(entry.Name(), temporary) && time.Since(info.ModTime()) > abandoned {
			_ = folder.Remove(entry.Name())
		}
	}
	return nil
}

// trust refuses what is not of the kind, a folder or a file, or not the user's alone.
func trust(path string, info fs.FileInfo, kind fs.FileMode) error {
	why, next := mistrust(path, info)
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
