package servercoverage

import (
	"maps"
	"slices"
	"strings"
)

// Result says how much of the counted code has run.
type Result struct {
	Goal    float64
	Files   []FileResult // by the names of the files
	Missing []Missing    // code that has not run, in the order of the files
	Stale   []string     // entries of the list that match no code
}

// FileResult has the numbers of statements of one file.
type FileResult struct {
	Name                    string
	Total, Ran, Unreachable int
}

// Missing is a block that has not run.
type Missing struct {
	Block

	Place Place
}

// Measure compares the counters with the list.
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

// Sum adds up all files.
func (r Result) Sum() FileResult {
	sum := FileResult{Name: "all"}
	for _, file := range r.Files {
		sum.Total += file.Total
		sum.Ran += file.Ran
		sum.Unreachable += file.Unreachable
	}
	return sum
}

// Percent returns how much of the reachable code has run.
func (f FileResult) Percent() float64 {
	if f.Total == f.Unreachable {
		return 100
	}
	return 100 * float64(f.Ran) / float64(f.Total-f.Unreachable)
}
