// Package compare compares our openapi.yaml with a description that Ory
// publishes: what is missing in ours, what is gone upstream, what differs, and
// what differs on purpose.
//
// Both descriptions are read into a Surface, a flat list of named elements in
// our names, so that comparing them is comparing two lists. (oasdiff compares
// two versions of one description and takes a renamed schema or operation for a
// new one, so it serves to find what breaks, not for this.)
package compare

import (
	"bytes"
	_ "embed" // for the tables
	"fmt"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

//go:embed names.yaml
var namesFile []byte

// Names says how upstream calls what our description names.
type Names struct {
	Operations map[string][]string `yaml:"operations"`
	Schemas    map[string][]string `yaml:"schemas"`
}

// OurNames returns the table in names.yaml.
func OurNames() (Names, error) {
	var names Names
	return names, decode("names.yaml", namesFile, &names)
}

func (n Names) operation(upstream string) string { return lookUp(n.Operations, upstream) }

// Schema returns our name for a schema of upstream's.
func (n Names) Schema(upstream string) string { return lookUp(n.Schemas, upstream) }

// lookUp returns our name for an upstream name, which is the same if the table has none. In the
// table * stands for any text, in both names for the same, and the longest pattern counts.
func lookUp(table map[string][]string, upstream string) string {
	ours, longest := upstream, -1
	for name, patterns := range table {
		for _, pattern := range patterns {
			expression := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, "(.+)") + "$")
			if len(pattern) > longest && expression.MatchString(upstream) {
				ours, longest = expression.ReplaceAllString(upstream, strings.ReplaceAll(name, "*", "${1}")), len(pattern)
			}
		}
	}
	return ours
}

// decode reads an embedded table, in which every word must be known.
func decode(name string, data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("compare/%s cannot be read: %w", name, err)
	}
	return nil
}
