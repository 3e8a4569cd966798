package conformance

import (
	"fmt"
	"io"
	"strings"
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

// Result is what became of a scenario.
type Result struct {
	Name    string
	Verdict Verdict

	// Reason is why the scenario was skipped or what failed besides the lines.
	Reason string

	// Want and Got are the lines.
	Want, Got []string
}

// String tells all that there is to tell.
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

// Report writes the results, one after the other, and what they come to. It returns
// how many have failed.
func Report(w io.Writer, results []Result) int {
	counts := map[Verdict]int{}
	for _, result := range results {
		counts[result.Verdict]++
		_, _ = fmt.Fprintln(w, result)
	}
	_, _ = fmt.Fprintf(w, "%d passed, %d failed, %d skipped\n", counts[Passed], counts[Failed], counts[Skipped])
	return counts[Failed]
}
