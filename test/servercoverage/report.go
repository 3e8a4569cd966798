package servercoverage

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"
)

// Write writes a table of the files. If all is true, it also writes the code that has not run.
// It reports whether the goal is reached and the list has no stale entry.
func (r Result) Write(w io.Writer, source *Source, all bool) bool {
	if all {
		r.writeMissing(w, source)
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "file\tstatements\trun\tunreachable\tof the rest")
	for _, file := range append(r.Files, r.Sum()) {
		_, _ = fmt.Fprintf(table, "%s\t%d\t%d\t%d\t%.1f %%\n", file.Name, file.Total, file.Ran, file.Unreachable, file.Percent())
	}
	_ = table.Flush()
	for _, place := range r.Stale {
		_, _ = fmt.Fprintf(w, "list.yaml names what the source does not have, or what runs: %s\n", place)
	}
	if r.Sum().Percent() < r.Goal {
		_, _ = fmt.Fprintf(w, "less than %g %% have run\n", r.Goal)
		return false
	}
	return len(r.Stale) == 0
}

func (r Result) writeMissing(w io.Writer, source *Source) {
	for _, missing := range r.Missing {
		_, _ = fmt.Fprintf(w, "%s:%d not run: %s\n", missing.File, missing.Line, missing.Place)
		for _, line := range source.lines(missing.Block) {
			_, _ = fmt.Fprintf(w, "    %s\n", line)
		}
	}
	_, _ = fmt.Fprintln(w)
}

// lines returns the lines of a block.
func (s *Source) lines(block Block) []string {
	text, err := os.ReadFile(filepath.Join(s.folder, block.File))
	if err != nil {
		return []string{err.Error()}
	}
	var lines []string
	scanner := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; scanner.Scan(); number++ {
		if number >= block.Line && number <= block.EndLine {
			lines = append(lines, scanner.Text())
		}
	}
	return lines
}
