package servercoverage

import (
	"maps"
	"slices"
	"strings"
)

// Result is how much of what counts has run.
type Result struct {
	Goal    float64
	Files   []FileResult // by their names
	Missing []Missing    // what has not run, in the order of the code
	Stale   []string     // entries of the list without such code
}

// FileResult counts statements.
type FileResult struct {
	Name                    string
	Total, Ran, Unreachable int
}

// Missing is a block that has not run.
type Missing struct {
	Block

	Place Place
}

// Measure holds the counters to the list.
func Measure(blocks []Block, source *Source, list *List) (Result, error) {
	files := map[string]*FileResult{}
	result := Result{Goal: list.Goal}
	for _, block := range blocks {
		if !list.hasFile(block.File) {
			continue
		}
		place, err := source.Place(block)
		if err != nil {
			return Result{}, err
		}
		if has(list.Left, place.Function) || has(list.Left, place.String()) {
			continue
		}
		if files[block.File] == nil {
			files[block.File] = &FileResult{Name: block.File}
		}
		counted := files[block.File]
		counted.Total += block.Statements
		switch {
		case block.Ran:
			counted.Ran += block.Statements
		case has(list.Unreachable, place.String()):
			counted.Unreachable += block.Statements
		default:
			result.Missing = append(result.Missing, Missing{block, place})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		result.Files = append(result.Files, *files[name])
	}
	slices.SortFunc(result.Missing, func(a, b Missing) int {
		if order := strings.Compare(a.File, b.File); order != 0 {
			return order
		}
		return a.Line - b.Line
	})
	result.Stale = slices.Concat(unused(list.Left), unused(list.Unreachable))
	return result, nil
}

// Sum counts all files together.
func (r Result) Sum() FileResult {
	sum := FileResult{Name: "all"}
	for _, file := range r.Files {
		sum.Total += file.Total
		sum.Ran += file.Ran
		sum.Unreachable += file.Unreachable
	}
	return sum
}

// Percent is how much of what can be reached has run.
func (f FileResult) Percent() float64 {
	if f.Total == f.Unreachable {
		return 100
	}
	return 100 * float64(f.Ran) / float64(f.Total-f.Unreachable)
}
