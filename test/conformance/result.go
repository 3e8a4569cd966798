package conformance

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
)

// Verdict is how a scenario ended.
type Verdict int

// The verdicts.
const (
	Passed Verdict = iota
	Failed
	Skipped
)

func (v Verdict) String() string { return [...]string{"PASS", "FAIL", "SKIP"}[v] }

// Result is the result of a scenario.
type Result struct {
	Name    string
	Verdict Verdict

	// Reason says why the scenario was skipped, or what failed besides the lines.
	Reason string

	// Want and Got are the expected and the observed lines.
	Want, Got []string
}

// String describes the result with all its lines.
func (r Result) String() string {
	var text strings.Builder
	fmt.Fprintf(&text, "%s %s", r.Verdict, r.Name)
	if r.Reason != "" {
		fmt.Fprintf(&text, ": %s", r.Reason)
	}
	if r.Verdict == Failed {
		for i := range max(len(r.Want), len(r.Got)) {
			want, got := line(r.Want, i), line(r.Got, i)
			if want == got {
				fmt.Fprintf(&text, "\n    both     %s", want)
			} else {
				fmt.Fprintf(&text, "\n    expected %s\n    got      %s", want, got)
			}
		}
	}
	return text.String()
}

func line(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return "(nothing)"
}

// Outcome has the results of the scenarios in one configuration.
type Outcome struct {
	Config  Config
	Results []Result

	// Err says why no scenario ran.
	Err error
}

// count returns how many scenarios have the verdict.
func (o *Outcome) count(verdict Verdict) int {
	count := 0
	for _, result := range o.Results {
		if result.Verdict == verdict {
			count++
		}
	}
	return count
}

// Report writes a table of the outcomes. Below it are the failures, each once for all
// configurations with the same failure, and then the differences that scenarios have in common.
// If all is true, the list has the other scenarios, too. Report returns whether nothing has
// failed.
func Report(w io.Writer, outcomes []Outcome, all bool) bool {
	passed := true
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "configuration\tpassed\tfailed\tskipped")
	for _, o := range outcomes {
		if o.Err != nil {
			_, _ = fmt.Fprintf(table, "%s\tdid not run\n", o.Config)
			continue
		}
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\n", o.Config, o.count(Passed), o.count(Failed), o.count(Skipped))
	}
	_ = table.Flush()
	var texts []string
	results, configs := map[string]Result{}, map[string][]string{} // by the text of the result
	for _, o := range outcomes {
		if o.Err != nil {
			passed = false
			_, _ = fmt.Fprintf(w, "\n%s: did not run: %v\n", o.Config, o.Err)
		}
		for _, result := range o.Results {
			text := result.String()
			if results[text].Name == "" {
				texts = append(texts, text)
			}
			if results[text] = result; !slices.Contains(configs[text], o.Config.String()) {
				configs[text] = append(configs[text], o.Config.String())
			}
			passed = passed && result.Verdict != Failed
		}
	}
	for _, text := range texts {
		if results[text].Verdict == Failed || all {
			_, _ = fmt.Fprintf(w, "\n%s: %s\n", strings.Join(configs[text], ", "), text)
		}
	}
	writeCommon(w, slices.Collect(maps.Values(results)))
	return passed
}

// writeCommon writes the words that several scenarios lack or have in addition to what they
// expect.
func writeCommon(w io.Writer, results []Result) {
	names := map[string]map[string]bool{} // the names of the scenarios, by the words
	add := func(name, label string, words, others []string) {
		for _, word := range words {
			if !slices.Contains(others, word) {
				if names[label+word] == nil {
					names[label+word] = map[string]bool{}
				}
				names[label+word][name] = true
			}
		}
	}
	for _, result := range results {
		if result.Verdict == Failed {
			want, got := strings.Fields(strings.Join(result.Want, " ")), strings.Fields(strings.Join(result.Got, " "))
			add(result.Name, "expected ", want, got)
			add(result.Name, "got      ", got, want)
		}
	}
	common := slices.DeleteFunc(slices.Sorted(maps.Keys(names)), func(word string) bool { return len(names[word]) < 2 })
	slices.SortStableFunc(common, func(a, b string) int { return len(names[b]) - len(names[a]) })
	if len(common) > 0 {
		_, _ = fmt.Fprintln(w, "\nwhat several scenarios have in common")
	}
	for _, word := range common {
		_, _ = fmt.Fprintf(w, "  %s in %d of them\n", word, len(names[word]))
	}
}
