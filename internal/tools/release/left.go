package release

import (
	"fmt"
	"path"
	"strings"
)

// Left says what is left to a person, in the order in which it is done.
func (r *Release) Left() string {
	tags := strings.Join(r.Tags, " ")
	steps := []string{
		"Test all of it: make check test test-browser fuzz soak vulncheck, and .ci/run in a clean clone.",
		"Test each release of Kratos that docs/compatibility.md names and you have:\n" +
			"make conformance KRATOS_BINARY=<path> and make test KRATOS_BINARY=<path>.",
		"Measure: make bench footprint. docs/operations.md has the figures.",
		"Push all or nothing: git push --atomic origin " + Branch + " " + tags,
		"Use it in an empty folder: go mod init example.com/try && go get " + r.module + "@" + r.Version + r.nestedCommands(),
	}
	var text strings.Builder
	for i, step := range steps {
		fmt.Fprintf(&text, "%2d. %s\n", i+1, strings.ReplaceAll(step, "\n", "\n    "))
	}
	fmt.Fprintf(&text, "Before 4, this takes it back: git tag --delete %s && git reset --hard %s~\n", tags, r.Commit[:12])
	return text.String()
}

func (r *Release) nestedCommands() string {
	var commands strings.Builder
	for _, nested := range r.nested {
		verb := "get"
		if strings.HasPrefix(nested.Folder, "cmd/") {
			verb = "install"
		}
		commands.WriteString(",\ngo " + verb + " " + path.Join(r.module, nested.Folder) + "@" + r.Version)
	}
	return commands.String()
}
