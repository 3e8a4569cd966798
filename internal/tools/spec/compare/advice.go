package compare

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Advice says what to do about differences, of which there is at least one.
func Advice(differences []Difference) string {
	var lines []string
	add := func(kind, line string) {
		if slices.ContainsFunc(differences, func(d Difference) bool { return d.Kind == kind }) {
			lines = append(lines, line)
		}
	}
	add(Missing, `What only theirs has: add it to openapi.yaml, then run "make generate".`)
	add(Gone, "What only ours has: take it out of openapi.yaml, unless servers have it.")
	add(Different, `What differs: say in openapi.yaml what servers do. If you change openapi.yaml, then run "make generate".`)
	return strings.Join(append(lines,
		"An operation or a schema that has another name upstream: enter both in internal/tools/spec/compare/names.yaml.",
		"What is meant to differ: enter it with the reason in internal/tools/spec/compare/deliberate.yaml:",
		"", entries(differences)), "\n")
}

// maxEntries is how many entries for deliberate.yaml are printed.
const maxEntries = 10

// entries returns the entries of the list for the differences, each of them once.
func entries(differences []Difference) string {
	var texts []string
	for _, difference := range differences {
		if text := difference.Entry().text(); !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	if more := len(texts) - maxEntries; more > 0 {
		texts = append(texts[:maxEntries], fmt.Sprintf("  … and %d more", more))
	}
	return strings.Join(texts, "\n")
}

// Entry returns the entry for the list of deliberate differences that covers this one.
func (d Difference) Entry() Deliberate {
	entry := Deliberate{Kind: d.Kind, What: d.What, Where: []string{d.Where}, Why: "(the reason)"}
	if d.What == "value" && d.Kind != Missing || d.Kind == Different {
		entry.Ours = []string{d.Ours}
	}
	if d.What == "value" && d.Kind != Gone || d.Kind == Different {
		entry.Upstream = []string{d.Upstream}
	}
	return entry
}

// text returns the entry as the list has it.
func (d Deliberate) text() string {
	text, err := yaml.Marshal([]Deliberate{d})
	if err != nil {
		panic(err) // a struct of texts
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ")
}
