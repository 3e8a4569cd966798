package upstream

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// titles are the sections of a report, in their order.
var titles = []struct{ change, title string }{
	{Unknown, "UNKNOWN: Kratos has it, this module does not"},
	{Unread, "UNREAD: message_generic.go reads these texts, and Kratos has none of them"},
	{Changed, "CHANGED since OLD"},
	{New, "NEW since OLD, and known or left out; a reason is text of the message 4000001"},
	{Gone, "GONE since OLD"},
}

// Write writes findings for people.
func Write(w io.Writer, findings []Finding) error {
	var text strings.Builder
	for _, section := range titles {
		of := slices.DeleteFunc(slices.Clone(findings), func(f Finding) bool { return f.Change != section.change })
		if len(of) > 0 {
			fmt.Fprintf(&text, "%s\n", section.title)
			for _, finding := range of {
				finding.write(&text)
			}
			text.WriteString("\n")
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

func (f Finding) write(text *strings.Builder) {
	if f.Kind == Reason {
		fmt.Fprintf(text, "  %s %q", f.Kind, f.Value)
	} else {
		fmt.Fprintf(text, "  %s %s", f.Kind, f.Value)
	}
	if f.Name != "" {
		fmt.Fprintf(text, " (%s)", f.Name)
	}
	if f.Since != "" {
		fmt.Fprintf(text, ": %s", f.Since)
	}
	text.WriteString("\n")
	known := ""
	if f.Known {
		known = "yes"
	}
	for _, line := range []struct{ label, said string }{
		{"was", f.Before},
		{"says", f.Text},
		{"nearest", f.Nearest},
		{"known", known},
		{"lacking", strings.Join(f.lackingIfOpen(), "; ")},
		{"left out", f.Why},
		{"used in", f.usedIn()},
	} {
		if line.said != "" {
			fmt.Fprintf(text, "    %s: %s\n", line.label, line.said)
		}
	}
}

func (f Finding) lackingIfOpen() []string {
	if f.Why != "" {
		return nil
	}
	return f.Lacking
}

// maxFiles limits how many files that use a fact are named.
const maxFiles = 4

func (f Finding) usedIn() string {
	files := make([]string, len(f.Used))
	for i, file := range f.Used {
		files[i] = strings.TrimPrefix(file, "selfservice/")
	}
	if more := len(files) - maxFiles; more > 0 {
		files = append(files[:maxFiles], fmt.Sprintf("and %d more", more))
	}
	if len(files) == 0 && f.Open() && f.Change != Unread {
		return "nothing"
	}
	return strings.Join(files, ", ")
}

// Advice says what to do about the open findings. There must be at least one.
func Advice(findings []Finding) string {
	var entries []Left // each reason needs its own entry
	for _, finding := range findings {
		if !finding.Open() {
			continue
		}
		if last := len(entries) - 1; last >= 0 && entries[last].Kind == finding.Kind && finding.Kind != Reason {
			entries[last].Values = append(entries[last].Values, finding.Value)
			continue
		}
		entries = append(entries, Left{finding.Kind, []string{finding.Value}, "(the reason)"})
	}
	text, err := yaml.Marshal(entries)
	if err != nil {
		panic(err) // cannot happen for structs of texts
	}
	return "What a login can meet: add it where it is lacking; CONTRIBUTING.md has the places. A credential type and a node\n" +
		"group are known with their method.\n" +
		"What it cannot: enter it with the reason in internal/tools/upstream/left.yaml. A text that is not read stands there\n" +
		"beside the new one, once message_generic.go has that:\n\n" + string(text)
}
