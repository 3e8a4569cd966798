// Package upstream reads in the source of Kratos what a login can meet and no spec says: the
// messages and their texts, the ids of errors, the reasons behind the generic message, the
// words of answers, and the headers. It tells what is new, gone or changed since an older
// source, and what this module does not know. It parses and type-checks the source, as far as
// that goes without most of what the source imports, and runs none of it.
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

// Tree is the source of one module, with those modules that it imports and whose texts are in
// its answers, too.
type Tree struct {
	modules []module
	files   *token.FileSet
	loaded  map[string]*unit // by import path; nil for one that is not there
}

// module is a folder and the import path that stands for it.
type module struct{ path, folder string }

// unit is a package.
type unit struct {
	module string
	folder string // below its module
	main   bool   // of the tree itself
	files  map[string]*ast.File
	types  *types.Package
	info   types.Info
}

// answering are the modules besides Kratos whose texts are in its answers.
var answering = []string{"github.com/ory/herodot", "github.com/ory/x"}

// Open returns the source in a folder. What it needs of other modules is in the folder, too,
// or is downloaded, unless Go's module cache has it.
func Open(ctx context.Context, folder string) (*Tree, error) {
	file := filepath.Join(folder, "go.mod")
	text, err := os.ReadFile(file) //nolint:gosec // whoever runs the command names it
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

// required returns the folder of a module that another one requires, empty if it does not.
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

// Import type-checks a package of the tree. It is a types.Importer, which knows no others.
func (t *Tree) Import(name string) (*types.Package, error) {
	if found := t.load(name); found != nil {
		return found.types, nil
	}
	return nil, errors.New("not in the tree")
}

// load returns a package by its import path, nil if it is not in the tree.
func (t *Tree) load(name string) *unit {
	if found, ok := t.loaded[name]; ok {
		return found
	}
	t.loaded[name] = nil // also of one that imports itself
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
	found.types, _ = config.Check(name, t.files, files, &found.info) // most imports are not there
	t.loaded[name] = found
	return found
}

// parse returns the files of a package without its tests. What cannot be parsed is left out.
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

// A login is in the packages in and below these folders of Kratos, but for those that are
// about something else. Others only use what these declare.
var (
	aboutLogins = []string{
		"continuity", "hydra", "identity", "schema", "selfservice/errorx", "selfservice/flow", "selfservice/hook",
		"selfservice/sessiontokenexchange", "selfservice/strategy", "session", "text", "ui", "x",
	}
	aboutOthers = []string{
		"selfservice/flow/recovery", "selfservice/flow/settings", "selfservice/flow/verification",
		"selfservice/strategy/link", "selfservice/strategy/profile",
	}
	answersOfOthers = []string{"", "decoderx"} // herodot itself, and a package of ory/x
)

// about reports whether what a package says can be in the answer to a login.
func (u *unit) about() bool {
	if !u.main {
		return slices.Contains(answersOfOthers, u.folder)
	}
	within := func(folders []string) bool {
		return slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(u.folder+"/", folder+"/") })
	}
	return within(aboutLogins) && !within(aboutOthers)
}

// fileName returns the name of a file of the package, below the tree, or with the name of its
// module if it is another one.
func (u *unit) fileName(file string) string {
	if u.main {
		return path.Join(u.folder, file)
	}
	return path.Join(path.Base(u.module), u.folder, file)
}

// units returns all packages of the tree, in the order of their folders, and those of other
// modules that answer logins.
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

// folders returns those of the tree that may have packages.
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

// notSource are folders of what is not part of a server: tests, what writes the documentation,
// clients and what node.js needs.
var notSource = []string{"testdata", "test", "testhelpers", "clidoc", "clients", "client-go", "httpclient", "node_modules"}

// declaration is a function, or a name among those that are declared together, at the top of
// a file.
type declaration struct {
	file    string
	node    ast.Node
	name    string       // with its package
	object  types.Object // nil for one that declares nothing
	comment string
}

// declarations returns what a package declares, by file and in the order of the file.
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
