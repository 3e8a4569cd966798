package breaking

import (
	"context"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/tools/go/packages"
)

// libraries are the folders of the modules that other modules import.
var libraries = []string{".", "session/jwt", "orylogintest/tab"}

// compareAPIs returns what apidiff finds between the public packages of two copies of the
// repository. It leaves out libraries that are new in the second copy.
func compareAPIs(ctx context.Context, base, current string) ([]Change, error) {
	var changes []Change
	for _, library := range libraries {
		if _, err := os.Stat(filepath.Join(base, library, "go.mod")); err != nil {
			continue
		}
		before, err := loadModule(ctx, filepath.Join(base, library))
		if err != nil {
			return nil, err
		}
		after, err := loadModule(ctx, filepath.Join(current, library))
		if err != nil {
			return nil, err
		}
		for _, change := range apidiff.ModuleChanges(before, after).Changes {
			changes = append(changes, Change{Where: "Go API", Text: change.Message, Breaks: !change.Compatible})
		}
	}
	return changes, nil
}

// loadModule loads the public packages of a module.
func loadModule(ctx context.Context, folder string) (*apidiff.Module, error) {
	loaded, err := packages.Load(&packages.Config{
		Context: ctx,
		Dir:     folder,
		Env:     append(os.Environ(), "GOWORK=off"),
		Mode:    packages.NeedName | packages.NeedTypes | packages.NeedModule,
	}, "./...")
	if err != nil {
		return nil, fmt.Errorf("the Go packages in %s cannot be loaded: %w", folder, err)
	}
	module := &apidiff.Module{Packages: []*types.Package{}}
	for _, pkg := range loaded {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("%s in %s does not compile: %w", pkg.PkgPath, folder, pkg.Errors[0])
		}
		if isPublic(pkg) {
			module.Path = pkg.Module.Path
			module.Packages = append(module.Packages, pkg.Types)
		}
	}
	return module, nil
}

func isPublic(pkg *packages.Package) bool {
	return pkg.Name != "main" && !slices.Contains(strings.Split(pkg.PkgPath, "/"), "internal")
}
