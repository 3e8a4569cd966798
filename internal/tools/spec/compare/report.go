package compare

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/getkin/kin-openapi/openapi3"
)

// Report is the comparison of our description with one upstream description.
type Report struct {
	Upstream    string       `json:"upstream"` // a file or a pinned module
	Differences []Difference `json:"differences"`
}

// Comparison compares our description with others.
type Comparison struct {
	names      Names
	deliberate []Deliberate
	document   *openapi3.T
	ours       Surface
}

// NewComparison reads our description, the table of names and the list of deliberate
// differences.
func NewComparison(ours string) (*Comparison, error) {
	names, err := OurNames()
	if err != nil {
		return nil, err
	}
	list, err := DeliberateDifferences()
	if err != nil {
		return nil, err
	}
	document, err := Load(ours)
	if err != nil {
		return nil, err
	}
	return &Comparison{names, list, document, OurSurface(document)}, nil
}

// surface reads an upstream file.
func (c *Comparison) surface(file string) (Surface, error) {
	document, err := Load(file)
	if err != nil {
		return nil, err
	}
	return UpstreamSurface(document, c.document, c.names), nil
}

// report compares our description with an upstream surface. name is that of a pinned upstream,
// or empty.
func (c *Comparison) report(upstream Surface, name string) Report {
	return Report{Upstream: name, Differences: Explain(c.deliberate, name, Compare(c.ours, upstream))}
}

// File compares our description with a file, which may be older than the pinned ones. If only a
// newer description has something, that is the reason of the difference.
func (c *Comparison) File(ctx context.Context, file string) (Report, error) {
	upstream, err := c.surface(file)
	if err != nil {
		return Report{}, err
	}
	newest, _, err := c.fetchNewest(ctx)
	if err != nil {
		return Report{}, err
	}
	report := c.report(upstream, "")
	return Report{Upstream: file, Differences: ExplainByNewer(newest, report.Differences)}, nil
}

// Since returns what has changed from an older upstream file to a newer one.
func (c *Comparison) Since(older, newer string) ([]Difference, error) {
	before, err := c.surface(older)
	if err != nil {
		return nil, err
	}
	now, err := c.surface(newer)
	if err != nil {
		return nil, err
	}
	return Since(before, now), nil
}

// fetchNewest returns the newest pinned surface and its name.
func (c *Comparison) fetchNewest(ctx context.Context) (Surface, string, error) {
	upstreams, err := Upstreams()
	if err != nil {
		return nil, "", err
	}
	newest := upstreams[slices.IndexFunc(upstreams, func(u Upstream) bool { return !u.Older })]
	file, err := newest.Fetch(ctx)
	if err != nil {
		return nil, "", err
	}
	surface, err := c.surface(file)
	return surface, newest.Name, err
}

// Pinned compares our description with all pinned ones. It also returns the parts of the list
// of deliberate differences that match no difference.
func (c *Comparison) Pinned(ctx context.Context) ([]Report, []string, error) {
	upstreams, err := Upstreams()
	if err != nil {
		return nil, nil, err
	}
	newest, newestName, err := c.fetchNewest(ctx)
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
		surface, err := c.surface(file)
		if err != nil {
			return nil, nil, err
		}
		report := c.report(surface, upstream.Name)
		found[upstream.Name] = report.Differences
		if upstream.Name != newestName { // only the newest one can say what is gone
			found[upstream.Name] = slices.DeleteFunc(slices.Clone(report.Differences), func(d Difference) bool { return d.Kind == Gone })
			report.Differences = ExplainByNewer(newest, report.Differences)
		}
		report.Upstream = upstream.Module + " " + upstream.Version
		reports = append(reports, report)
	}
	return reports, Stale(c.deliberate, found), nil
}

// Open returns the differences without a reason.
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

// WriteSince writes what changed between two upstream files, for people.
func WriteSince(w io.Writer, older, newer string, changed []Difference) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	p := printer{table}
	p.printf("%s, since %s\n%s\n", newer, older, count(len(changed), "change"))
	p.section(changed, Missing, "NEW", "where\twhat it is", func(d Difference) {
		p.printf("  %s\t%s\t%s\n", d.What, d.Where, d.Upstream)
	})
	p.section(changed, Gone, "GONE", "where\twhat it was", func(d Difference) {
		p.printf("  %s\t%s\t%s\n", d.What, d.Where, d.Ours)
	})
	said := slices.DeleteFunc(slices.Clone(changed), func(d Difference) bool { return d.What != description })
	rest := slices.DeleteFunc(slices.Clone(changed), func(d Difference) bool { return d.What == description })
	p.section(rest, Different, "CHANGED", "where\twas\tis", func(d Difference) {
		p.printf("  %s\t%s\t%s\t%s\n", d.What, d.Where, orNone(d.Ours), orNone(d.Upstream))
	})
	if err := table.Flush(); err != nil || len(said) == 0 {
		return err
	}
	var text strings.Builder
	text.WriteString("\nDESCRIPTIONS: the sentences that have gone and come\n")
	for _, difference := range said {
		fmt.Fprintf(&text, "  %s\n", difference.Where)
		for _, sentences := range []struct{ mark, text string }{{"-", difference.Ours}, {"+", difference.Upstream}} {
			for sentence := range strings.Lines(sentences.text) {
				fmt.Fprintf(&text, "    %s %s\n", sentences.mark, strings.TrimSpace(sentence))
			}
		}
	}
	_, err := io.WriteString(w, text.String())
	return err
}

// printer writes to a table. Flush of the table returns errors.
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

// reasons prints why differences are deliberate, with the first place of each reason.
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
