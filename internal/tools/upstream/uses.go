package upstream

import (
	"go/ast"
	"go/types"
	"slices"
)

// uses are the places that use each top-level declaration.
type uses map[types.Object][]use

// use is a declaration that uses something.
type use struct {
	file   string
	maker  bool         // it is in a package that makes messages for other packages
	object types.Object // what is declared there, if it has a name
}

// makers are the packages whose functions make messages for other packages.
var makers = []string{"schema", "text"}

// add adds what the declarations of a package use.
func (u uses) add(unit *unit) {
	maker := unit.main && slices.Contains(makers, unit.folder)
	for _, declared := range unit.declarations() {
		at := use{unit.fileName(declared.file), maker, declared.object}
		ast.Inspect(declared.node, func(node ast.Node) bool {
			if identifier, ok := node.(*ast.Ident); ok {
				if object := unit.info.Uses[identifier]; object != nil {
					u[object] = append(u[object], at)
				}
			}
			return true
		})
	}
}

// files returns the files that use any of the objects, besides the known ones. If a function
// makes a message for other packages, it returns the files that use the function.
func (u uses) files(known []string, objects []types.Object) []string {
	seen := map[types.Object]bool{}
	for len(objects) > 0 {
		object := objects[0]
		objects = objects[1:]
		if seen[object] {
			continue
		}
		seen[object] = true
		for _, at := range u[object] {
			if !at.maker {
				known = append(known, at.file)
			} else if at.object != nil {
				objects = append(objects, at.object)
			}
		}
	}
	slices.Sort(known)
	return slices.Compact(known)
}
