package servercoverage

import (
	_ "embed" // for the list
	"fmt"
	"path"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// List says which code counts.
type List struct {
	// Goal is how many percent of the reachable code must run.
	Goal float64 `yaml:"goal"`
	// Files are the files with code of a login. * stands for a part of a name.
	Files []string `yaml:"files"`
	// Left are functions in these files that are not about a login.
	Left []Entry `yaml:"left"`
	// Unreachable are blocks that no request can make run.
	Unreachable []Entry `yaml:"unreachable"`
}

// Entry names code by its places, and says why it does not count. In a place, * stands for any
// text.
type Entry struct {
	Places []string `yaml:"places"`
	Why    string   `yaml:"why"`

	patterns []*regexp.Regexp
	used     []bool
}

//go:embed list.yaml
var listFile []byte

// ReadList returns the list in this package.
func ReadList() (*List, error) { return parseList(listFile) }

func parseList(text []byte) (*List, error) {
	list := &List{}
	if err := yaml.Unmarshal(text, list); err != nil {
		return nil, fmt.Errorf("read the list of what counts: %w", err)
	}
	for _, entries := range [][]Entry{list.Left, list.Unreachable} {
		for i := range entries {
			entries[i].prepare()
		}
	}
	return list, nil
}

func (e *Entry) prepare() {
	for _, place := range e.Places {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(strings.Join(strings.Fields(place), " ")), `\*`, `.*`)
		e.patterns = append(e.patterns, regexp.MustCompile("^"+pattern+"$"))
	}
	e.used = make([]bool, len(e.Places))
}

// hasFile reports whether the file has code of a login.
func (l *List) hasFile(name string) bool {
	for _, pattern := range l.Files {
		if matched, _ := path.Match(pattern, name); matched {
			return true
		}
	}
	return false
}

// has reports whether an entry names the place.
func has(entries []Entry, place string) bool {
	found := false
	for i := range entries {
		for j, pattern := range entries[i].patterns {
			if pattern.MatchString(place) {
				entries[i].used[j] = true
				found = true
			}
		}
	}
	return found
}

// unused returns the places of entries that match no code.
func unused(entries []Entry) []string {
	var places []string
	for _, entry := range entries {
		for i, used := range entry.used {
			if !used {
				places = append(places, entry.Places[i])
			}
		}
	}
	return places
}
