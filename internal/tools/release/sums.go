package release

import (
	"context"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/module"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/mod/zip"

	"github.com/orylogin/orylogin/internal/tools/git"
)

// sumsOf returns the two lines of go.sum for a version of the module in a folder. They are the
// lines that the go command will get for the module from a proxy.
func sumsOf(ctx context.Context, folder, modulePath, version string) ([]string, error) {
	names, err := git.Run(ctx, folder, "ls-files")
	if err != nil {
		return nil, err
	}
	var files []zip.File
	for name := range strings.Lines(names) {
		files = append(files, file{folder, strings.TrimSuffix(name, "\n")})
	}
	archive, err := os.CreateTemp("", "orylogin-*.zip")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.Remove(archive.Name()) }()
	err = zip.Create(archive, module.Version{Path: modulePath, Version: version}, files)
	if closed := archive.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err
	}
	whole, err := dirhash.HashZip(archive.Name(), dirhash.Hash1)
	if err != nil {
		return nil, err
	}
	gomod, err := dirhash.Hash1([]string{"go.mod"}, func(name string) (io.ReadCloser, error) { return file{folder, name}.Open() })
	if err != nil {
		return nil, err
	}
	return []string{modulePath + " " + version + " " + whole, modulePath + " " + version + "/go.mod " + gomod}, nil
}

// file is a file of the repository in the form that package zip takes.
type file struct{ folder, name string }

func (f file) Path() string                 { return f.name }
func (f file) Lstat() (fs.FileInfo, error)  { return os.Lstat(f.path()) }
func (f file) Open() (io.ReadCloser, error) { return os.Open(f.path()) }
func (f file) path() string                 { return filepath.Join(f.folder, filepath.FromSlash(f.name)) }

// writeSums replaces the lines of a module in a go.sum with the sums.
func writeSums(name, modulePath string, sums []string) error {
	text, err := os.ReadFile(name) //nolint:gosec // a file of this repository
	if err != nil {
		return err
	}
	lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(string(text)), "\n"), func(line string) bool {
		return strings.HasPrefix(line, modulePath+" ")
	})
	at := slices.IndexFunc(lines, func(line string) bool { return line > sums[0] })
	if at < 0 {
		at = len(lines)
	}
	text = []byte(strings.Join(slices.Insert(lines, at, sums...), "\n") + "\n")
	return os.WriteFile(name, text, 0o644) //nolint:gosec // everybody may read the file
}
