package release

import (
	"fmt"
	"path"
	"strings"
)

// Left returns what a person still has to do, in order.
func (r *Release) Left() string {
	tags := strings.Join(r.Tags, " ")
	steps := []string{
		"Test all of it: make check test test-browser vulncheck nightly, and .ci/run in a clean clone.",
		"Test each release of Kratos of docs/compatibility.md that you have a binary or a recording of:\n" +
			"make conformance KRATOS_BINARY=<path> && make test KRATOS_BINARY=<path>",
		"Measure, and compare with docs/operations.md: make bench footprint",
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
		if !nested.Released() {
			continue
		}
		verb := "get"
		if strings.HasPrefix(nested.Folder, "cmd/") {
			verb = "install"
		}
		commands.WriteString(",\ngo " + verb + " " + path.Join(r.module, nested.Folder) + "@" + r.Version)
	}
	return commands.String()
}
