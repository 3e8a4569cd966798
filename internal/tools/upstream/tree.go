// Package upstream reads from the source of Kratos what a login can meet and no description
// says: the messages and their texts, the ids of errors, the reasons of the generic message,
// the words of answers, and the headers. It says what is new, gone or changed since an older
// source, and what this module does not know. It parses the source and type-checks it, although
// most imported packages are missing. It runs none of it.
package upstream

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"

	"github.com/orylogin/orylogin/internal/tools/spec/compare"
)

// Tree is the source of one module, with the modules that it imports and whose texts are also
// in its answers.
type Tree struct {
	modules []module
	files   *token.FileSet
	loaded  map[string]*unit // by import path; nil for a package that is missing
}

// module is the folder of an import path.
type module struct{ path, folder string }

// unit is a package.
type unit struct {
	module string
	folder string // below the folder of its module
	main   bool   // the package is in the tree's own module
	files  map[string]*ast.File
	types  *types.Package
	info   types.Info
}

// answering are the other modules whose texts are in the answers of Kratos.
var answering = []string{"github.com/ory/herodot", "github.com/ory/x"}

// Open returns the source in a folder. Other modules that it needs are in the folder, too, or in
// Go's module cache. Open downloads those that are in neither.
func Open(ctx context.Context, folder string) (*Tree, error) {
	file := filepath.Join(folder, "go.mod")
	text, err := os.ReadFile(file) //nolint:gosec // the caller of the command names the file
	if err != nil {
		return nil, fmt.Errorf("%s is no source of Kratos: %w", folder, err)
	}
	parsed, err := modfile.Parse(file, text, nil)
	if err != nil {
		return nil, err
	}
	if parsed.Module == nil {
		return nil, fmt.Errorf("%s names no module", file)
	}
	tree := &Tree{
		modules: []module{{parsed.Module.Mod.Path, folder}}, files: token.NewFileSet(), loaded: map[string]*unit{},
	}
	for _, name := range answering {
		found, err := required(ctx, parsed, folder, name)
		if err != nil {
			return nil, err
		}
		if found != "" {
			tree.modules = append(tree.modules, module{name, found})
		}
	}
	return tree, nil
}

// required returns the folder of a module that another module requires. It is empty if that
// module does not require it.
func required(ctx context.Context, by *modfile.File, folder, name string) (string, error) {
	at := slices.IndexFunc(by.Require, func(r *modfile.Require) bool { return r.Mod.Path == name })
	if at < 0 {
		return "", nil
	}
	version := by.Require[at].Mod
	for _, replaced := range by.Replace {
		if replaced.Old.Path == name && (replaced.Old.Version == "" || replaced.Old.Version == version.Version) {
			version = replaced.New
		}
	}
	if version.Version == "" {
		return filepath.Join(folder, filepath.FromSlash(version.Path)), nil
	}
	return compare.Download(ctx, version.Path, version.Version)
}

// Import type-checks a package of the tree. It makes Tree a types.Importer that knows no other
// packages.
func (t *Tree) Import(name string) (*types.Package, error) {
	if found := t.load(name); found != nil {
		return found.types, nil
	}
	return nil, errors.New("not in the tree")
}

// load returns a package by its import path. It is nil if the package is not in the tree.
func (t *Tree) load(name string) *unit {
	if found, ok := t.loaded[name]; ok {
		return found
	}
	t.loaded[name] = nil // so that a package that imports itself ends here
	at := slices.IndexFunc(t.modules, func(m module) bool { return name == m.path || strings.HasPrefix(name, m.path+"/") })
	if at < 0 {
		return nil
	}
	below := strings.TrimPrefix(strings.TrimPrefix(name, t.modules[at].path), "/")
	found := &unit{module: t.modules[at].path, folder: below, main: at == 0, files: t.parse(filepath.Join(t.modules[at].folder, filepath.FromSlash(below)))}
	if len(found.files) == 0 {
		return nil
	}
	found.info = types.Info{Types: map[ast.Expr]types.TypeAndValue{}, Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}
	config := types.Config{Importer: t, Error: func(error) {}, IgnoreFuncBodies: !found.main && !found.about()}
	var files []*ast.File
	for _, file := range sortedKeys(found.files) {
		files = append(files, found.files[file])
	}
	found.types, _ = config.Check(name, t.files, files, &found.info) // most imports are missing
	t.loaded[name] = found
	return found
}

// parse returns the files of a package, without tests. It leaves out files that it cannot
// parse.
func (t *Tree) parse(folder string) map[string]*ast.File {
	names, _ := filepath.Glob(filepath.Join(folder, "*.go"))
	files := map[string]*ast.File{}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		if file, err := parser.ParseFile(t.files, name, nil, parser.ParseComments|parser.SkipObjectResolution); err == nil {
			files[filepath.Base(name)] = file
		}
	}
	return files
}

// A login is in the packages in and below these folders of Kratos, except those about something
// else. Other packages only use what these declare.
var (
	aboutLogins = []string{
		"continuity", "hydra", "identity", "schema", "selfservice/errorx", "selfservice/flow", "selfservice/hook",
		"selfservice/sessiontokenexchange", "selfservice/strategy", "session", "text", "ui", "x",
	}
	aboutOthers = []string{
		"selfservice/flow/recovery", "selfservice/flow/settings", "selfservice/flow/verification",
		"selfservice/strategy/link", "selfservice/strategy/profile",
	}
	answersOfOthers = []string{"", "decoderx"} // herodot itself, and one package of ory/x
)

// about reports whether a fact in a package can be in the answer to a login.
func (u *unit) about() bool {
	if !u.main {
		return slices.Contains(answersOfOthers, u.folder)
	}
	within := func(folders []string) bool {
		return slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(u.folder+"/", folder+"/") })
	}
	return within(aboutLogins) && !within(aboutOthers)
}

// fileName returns the name of a file below the tree. For a file of another module, it begins
// with the name of that module.
func (u *unit) fileName(file string) string {
	if u.main {
		return path.Join(u.folder, file)
	}
	return path.Join(path.Base(u.module), u.folder, file)
}

// units returns the packages of the tree in the order of their folders, and the packages of
// other modules that answer logins.
func (t *Tree) units() []*unit {
	var units []*unit
	for i, module := range t.modules {
		folders := answersOfOthers
		if i == 0 {
			folders = t.folders()
		}
		for _, folder := range folders {
			if found := t.load(path.Join(module.path, folder)); found != nil {
				units = append(units, found)
			}
		}
	}
	return units
}

// folders returns the folders of the tree that may have packages.
func (t *Tree) folders() []string {
	var folders []string
	_ = filepath.WalkDir(t.modules[0].folder, func(name string, entry os.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if base := entry.Name(); slices.Contains(notSource, base) || strings.HasPrefix(base, ".") && name != t.modules[0].folder {
			return filepath.SkipDir
		}
		below, err := filepath.Rel(t.modules[0].folder, name)
		folders = append(folders, filepath.ToSlash(below))
		return err
	})
	return folders
}

// notSource are folders without source of a server: tests, the generators of documentation,
// clients, and what node.js needs.
var notSource = []string{"testdata", "test", "testhelpers", "clidoc", "clients", "client-go", "httpclient", "node_modules"}

// declaration is a top-level function of a file, or one name of a top-level declaration.
type declaration struct {
	file    string
	node    ast.Node
	name    string       // with the name of its package
	object  types.Object // nil if nothing is declared
	comment string
}

// declarations returns the declarations of a package, by file and in the order of the file.
func (u *unit) declarations() []declaration {
	var found []declaration
	for _, file := range sortedKeys(u.files) {
		add := func(node ast.Node, name *ast.Ident, comments ...*ast.CommentGroup) {
			declared := declaration{file: file, node: node}
			if name != nil {
				declared.name, declared.object = u.types.Name()+"."+name.Name, u.info.Defs[name]
			}
			for _, comment := range comments {
				declared.comment += comment.Text()
			}
			found = append(found, declared)
		}
		for _, top := range u.files[file].Decls {
			switch top := top.(type) {
			case *ast.FuncDecl:
				add(top, top.Name)
			case *ast.GenDecl:
				for _, spec := range top.Specs {
					switch spec := spec.(type) {
					case *ast.ValueSpec:
						add(spec, spec.Names[0])
					case *ast.TypeSpec:
						add(spec, spec.Name, top.Doc, spec.Doc)
					}
				}
			}
		}
	}
	return found
}
