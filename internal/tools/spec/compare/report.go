package compare

import (
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Report is the comparison of our description with one upstream description.
type Report struct {
	Upstream    string       `json:"upstream"` // the file or the pinned module
	Differences []Difference `json:"differences"`
}

// Files compares two files. The name is that of the pinned upstream, or empty.
func Files(ours, upstream, name string) (Report, error) {
	names, err := OurNames()
	if err != nil {
		return Report{}, err
	}
	list, err := DeliberateDifferences()
	if err != nil {
		return Report{}, err
	}
	ourDocument, err := Load(ours)
	if err != nil {
		return Report{}, err
	}
	upstreamDocument, err := Load(upstream)
	if err != nil {
		return Report{}, err
	}
	differences := Compare(OurSurface(ourDocument), UpstreamSurface(upstreamDocument, ourDocument, names))
	return Report{Upstream: upstream, Differences: Explain(list, name, differences)}, nil
}

// Pinned compares our file with all pinned descriptions, and returns which parts
// of the list of deliberate differences match none of what was found.
func Pinned(ctx context.Context, ours string) ([]Report, []string, error) {
	upstreams, err := Upstreams()
	if err != nil {
		return nil, nil, err
	}
	list, err := DeliberateDifferences()
	if err != nil {
		return nil, nil, err
	}
	var reports []Report
	found := map[string][]Difference{}
	for _, upstream := range upstreams {
		file, err := upstream.Fetch(ctx)
		if err != nil {
			return nil, nil, err
		}
		report, err := Files(ours, file, upstream.Name)
		if err != nil {
			return nil, nil, err
		}
		report.Upstream = upstream.Module + " " + upstream.Version
		if upstream.Older {
			report.Differences = slices.DeleteFunc(report.Differences, func(d Difference) bool { return d.Kind == Gone })
		}
		reports = append(reports, report)
		found[upstream.Name] = report.Differences
	}
	return reports, Stale(list, found), nil
}

// Open returns the differences that are in neither of the two: ours, and the
// list of those that are meant to be.
func (r Report) Open() []Difference {
	return slices.DeleteFunc(slices.Clone(r.Differences), func(d Difference) bool { return d.Why != "" })
}

// WriteTable writes the report for people.
func (r Report) WriteTable(w io.Writer) error {
	open := r.Open()
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := printer{table}
	p.printf("%s\n%s to look at, %d on purpose\n", r.Upstream, count(len(open), "difference"), len(r.Differences)-len(open))
	p.reasons(r.Differences)
	p.section(open, Missing, "MISSING: upstream has it, openapi.yaml does not",
		"where\twhat upstream says\tname upstream", func(d Difference) {
			p.printf("  %s\t%s\t%s\t%s\n", d.What, d.Where, d.Upstream, d.Name)
		})
	p.section(open, Gone, "GONE: openapi.yaml has it, upstream does not",
		"where\twhat openapi.yaml says", func(d Difference) {
			p.printf("  %s\t%s\t%s\n", d.What, d.Where, d.Ours)
		})
	p.section(open, Different, "DIFFERENT: both have it and do not agree",
		"where\topenapi.yaml\tupstream\tname upstream", func(d Difference) {
			p.printf("  %s\t%s\t%s\t%s\t%s\n", d.What, d.Where, orNone(d.Ours), orNone(d.Upstream), d.Name)
		})
	return table.Flush()
}

// printer writes to a table, whose Flush tells of failures.
type printer struct{ table *tabwriter.Writer }

func (p printer) printf(format string, args ...any) { _, _ = fmt.Fprintf(p.table, format, args...) }

func (p printer) section(differences []Difference, kind, title, columns string, write func(Difference)) {
	of := slices.DeleteFunc(slices.Clone(differences), func(d Difference) bool { return d.Kind != kind })
	if len(of) == 0 {
		return
	}
	p.printf("\n%s\n  what\t%s\n", title, columns)
	for _, difference := range of {
		write(difference)
	}
}

// reasons writes why differences are meant to be, with the first place of each.
func (p printer) reasons(differences []Difference) {
	places := map[string][]string{}
	var reasons []string
	for _, difference := range differences {
		if difference.Why == "" {
			continue
		}
		if places[difference.Why] == nil {
			reasons = append(reasons, difference.Why)
		}
		places[difference.Why] = append(places[difference.Why], difference.What+" "+difference.Where)
	}
	if len(reasons) == 0 {
		return
	}
	p.printf("\nON PURPOSE (-json prints every place)\twhy\n")
	for _, reason := range reasons {
		more := ""
		if n := len(places[reason]) - 1; n > 0 {
			more = fmt.Sprintf(" and %d more", n)
		}
		p.printf("  %s%s\t%s\n", places[reason][0], more, reason)
	}
}

func orNone(text string) string {
	if text == "" {
		return "none"
	}
	return text
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
