package release

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"

	"github.com/orylogin/orylogin/internal/tools/git"
)

// workFolders are the folders with modules that are only for work on this repository. All other
// modules are released.
var workFolders = []string{"internal", "test", "examples"}

// Nested is a nested module.
type Nested struct {
	Folder   string // below the root, with slashes
	Requires string // the version of the root module; empty if the module was never released with it
}

// Released reports whether the module is released together with the root module.
func (n Nested) Released() bool {
	top, _, _ := strings.Cut(n.Folder, "/")
	return !slices.Contains(workFolders, top)
}

// NestedModules returns the nested modules of a repository.
func NestedModules(ctx context.Context, root string) ([]Nested, error) {
	rootPath, err := modulePath(root)
	if err != nil {
		return nil, err
	}
	files, err := git.Run(ctx, root, "ls-files", "*/go.mod")
	if err != nil {
		return nil, err
	}
	var found []Nested
	for _, name := range strings.Fields(files) {
		file, err := readModule(root, name)
		if err != nil {
			return nil, err
		}
		version := required(file, rootPath)
		if module.IsPseudoVersion(version) { // go mod tidy writes it for a replaced module
			version = ""
		}
		found = append(found, Nested{Folder: path.Dir(name), Requires: version})
	}
	return found, nil
}

// require changes the version of the root module that the module requires. It does nothing if
// the module does not require it. A module that replaces the root module has no sums of it.
// folder is a copy of the repository.
func (n Nested) require(folder, rootPath, version string, sums []string) error {
	if n.Requires == "" {
		return nil
	}
	file, err := readModule(folder, path.Join(n.Folder, "go.mod"))
	if err != nil {
		return err
	}
	if err := file.AddRequire(rootPath, version); err != nil {
		return err
	}
	text, err := file.Format()
	if err != nil {
		return err
	}
	name := filepath.Join(folder, filepath.FromSlash(n.Folder), "go.mod")
	if err := os.WriteFile(name, text, 0o644); err != nil { //nolint:gosec // everybody may read the file
		return err
	}
	if slices.ContainsFunc(file.Replace, func(r *modfile.Replace) bool { return r.Old.Path == rootPath }) {
		return nil
	}
	return writeSums(strings.TrimSuffix(name, ".mod")+".sum", rootPath, sums)
}

func modulePath(root string) (string, error) {
	file, err := readModule(root, "go.mod")
	if err != nil {
		return "", err
	}
	return file.Module.Mod.Path, nil
}

func readModule(root, name string) (*modfile.File, error) {
	text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name))) //nolint:gosec // a file of this repository
	if err != nil {
		return nil, err
	}
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		return nil, err
	}
	if file.Module == nil {
		return nil, fmt.Errorf("%s names no module", name)
	}
	return file, nil
}

// required returns the version that a module requires of another module. It is empty if there
// is none.
func required(file *modfile.File, of string) string {
	for _, require := range file.Require {
		if require.Mod.Path == of {
			return require.Mod.Version
		}
	}
	return ""
}
