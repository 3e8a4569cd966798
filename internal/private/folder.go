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

// maxFile limits the size of a file that is read, in bytes.
const maxFile = 1 << 20

// OpenFolder opens a folder that only the user can write to. It returns an error if the folder
// is a link. It checks the folder that it has opened, so nobody can exchange the folder in
// between.
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

// Read returns the content of a file that is no link and that only the user can write to. It
// also reports whether others can read the file.
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

// temporary is how the names of files begin while they are written.
const temporary = ".session-"

// Replace writes a file that only its owner can read. It writes the whole file or nothing. A
// link of the same name is replaced, and the file that the link points to stays the same.
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

// write writes a file with a new name and returns the name.
func write(folder *os.Root, data []byte) (string, error) {
	name := temporary + rand.Text()
	file, err := folder.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = file.Write(data)
	return name, errors.Join(err, file.Sync(), file.Close())
}

// Rehearse returns an error if no file can be written.
func Rehearse(folder *os.Root) error {
	name, err := write(folder, make([]byte, 4<<10))
	if name != "" {
		err = errors.Join(err, folder.Remove(name))
	}
	return err
}

// abandoned is the age at which nobody writes a temporary file any more.
const abandoned = time.Minute

// Sweep removes the temporary files of programs that were killed.
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

// trust refuses a file or folder of the wrong kind, and one whose content may come from another
// user.
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
