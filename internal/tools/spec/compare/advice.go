package compare

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Advice says what to do about differences. There must be at least one.
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
		"What has another name here, enter in internal/tools/spec/compare/names.yaml:",
		"", nameEntries(differences), "",
		"What is meant to differ, enter with the reason in internal/tools/spec/compare/deliberate.yaml:",
		"", entries(differences)), "\n")
}

// nameEntries returns entries for the table of names. They are for the operations and schemas
// that only upstream has and that have no other name yet.
func nameEntries(differences []Difference) string {
	table := map[string]map[string][]string{}
	for _, d := range differences {
		isNamed := d.What == kindOperation || d.What == kindSchema
		if d.Kind != Missing || !isNamed || d.What == kindSchema && d.Name != d.Where {
			continue
		}
		if table[d.What+"s"] == nil {
			table[d.What+"s"] = map[string][]string{}
		}
		table[d.What+"s"]["(our name)"] = append(table[d.What+"s"]["(our name)"], d.Name)
	}
	if len(table) == 0 {
		return "  (nothing)"
	}
	return indented(table)
}

// entries returns entries for the list of deliberate differences. Places with the same
// difference share an entry.
func entries(differences []Difference) string {
	var list []Deliberate
	for _, difference := range differences {
		entry := difference.Entry()
		at := slices.IndexFunc(list, entry.saysWhat)
		if at < 0 {
			list = append(list, entry)
		} else if !slices.Contains(list[at].Where, difference.Where) {
			list[at].Where = append(list[at].Where, difference.Where)
		}
	}
	return indented(list)
}

// saysWhat reports whether two entries have the same difference. Their places may differ.
func (d Deliberate) saysWhat(other Deliberate) bool {
	return d.Kind == other.Kind && d.What == other.What &&
		slices.Equal(d.Ours, other.Ours) && slices.Equal(d.Upstream, other.Upstream)
}

// Entry returns an entry for the list of deliberate differences that covers d.
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

// indented returns a value as YAML that can be pasted.
func indented(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		panic(err) // cannot happen for structs, lists and maps of texts
	}
	return "  " + strings.ReplaceAll(strings.TrimSpace(string(text)), "\n", "\n  ")
}
