// Package compare compares our openapi.yaml with a description that Ory publishes. It finds
// what ours lacks, what upstream no longer has, what differs, and which differences are
// deliberate.
//
// It reads both descriptions into a Surface, a flat list of elements with our names. So
// comparing two descriptions is comparing two lists. oasdiff compares two versions of one
// description. It takes a renamed schema or operation for a new one. So it finds breaking
// changes, but does not help here.
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

// Names has upstream's names for the things in our description.
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

// Schema returns our name for an upstream schema.
func (n Names) Schema(upstream string) string { return lookUp(n.Schemas, upstream) }

// lookUp returns our name for an upstream name. Without an entry in the table, the name is the
// same. In the table, * stands for any text, and for the same text in both names. The longest
// pattern counts.
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

// decode decodes an embedded table. It refuses unknown words.
func decode(name string, data []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("compare/%s cannot be read: %w", name, err)
	}
	return nil
}
