package compare

import (
	_ "embed" // for the list
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

//go:embed deliberate.yaml
var deliberateFile []byte

// Deliberate is an entry of the list of deliberate differences.
type Deliberate struct {
	Kind     string   `yaml:"kind"`
	What     string   `yaml:"what"`
	Where    []string `yaml:"where,flow"`
	Ours     []string `yaml:"ours,flow,omitempty"`
	Upstream []string `yaml:"upstream,flow,omitempty"`
	Only     string   `yaml:"only,omitempty"`
	Why      string   `yaml:"why"`
}

// DeliberateDifferences returns the list in deliberate.yaml.
func DeliberateDifferences() ([]Deliberate, error) {
	var list []Deliberate
	if err := decode("deliberate.yaml", deliberateFile, &list); err != nil {
		return nil, err
	}
	for _, entry := range list {
		if entry.Kind == "" || entry.What == "" || len(entry.Where) == 0 || entry.Why == "" {
			return nil, fmt.Errorf("compare/deliberate.yaml: give this entry a kind, a what, a where and a why: %+v", entry)
		}
	}
	return list, nil
}

// Explain adds its reason to each difference that is on the list. The name of the upstream is
// empty if it is not a pinned one.
func Explain(list []Deliberate, upstream string, differences []Difference) []Difference {
	explained := slices.Clone(differences)
	for i := range explained {
		for _, entry := range list {
			if entry.covers(upstream, explained[i]) {
				explained[i].Why = entry.Why
				break
			}
		}
	}
	return explained
}

// newerHasIt is the reason for a difference that the newest pinned description does not have.
const newerHasIt = "The newest pinned description agrees with openapi.yaml. If this one is newer, OLD=<file> shows it as a change."

// ExplainByNewer adds a reason to each difference that a newer upstream surface does not have.
// There the older description lacks something new, or says what was true before.
func ExplainByNewer(newer Surface, differences []Difference) []Difference {
	explained := slices.Clone(differences)
	for i, difference := range explained {
		if difference.Why == "" && newer.agrees(difference) {
			explained[i].Why = newerHasIt
		}
	}
	return explained
}

// agrees reports whether the surface agrees with our description about a difference to another
// surface.
func (s Surface) agrees(difference Difference) bool {
	element := s[difference.Where]
	if element == nil || difference.Kind == Missing {
		return false
	}
	_, hasValue := element.Values[difference.Ours]
	switch {
	case difference.What == "value" && difference.Kind == Gone:
		return hasValue
	case difference.Kind == Gone:
		return true
	case difference.What == "value":
		return slices.Contains(slices.Collect(maps.Values(element.Values)), difference.Ours)
	default:
		return element.Aspects[difference.What] == difference.Ours
	}
}

// Stale returns the parts of the list that match no difference. The differences are given by
// the name of their upstream.
func Stale(list []Deliberate, differences map[string][]Difference) []string {
	var stale []string
	for _, entry := range list {
		for _, part := range entry.parts() {
			if !part.matchesAny(differences) {
				stale = append(stale, strings.TrimSpace(fmt.Sprintf("%s %s %s %s",
					part.Kind, part.What, strings.Join(part.Where, ", "), strings.Join(slices.Concat(part.Ours, part.Upstream), " "))))
			}
		}
	}
	return stale
}

// parts splits the entry: one part for each place, and for each word in what the two
// descriptions say.
func (d Deliberate) parts() []Deliberate {
	var parts []Deliberate
	narrow := func(list []string, set func(part *Deliberate, one []string)) {
		for _, one := range list {
			part := d
			set(&part, []string{one})
			parts = append(parts, part)
		}
	}
	narrow(d.Where, func(part *Deliberate, one []string) { part.Where = one })
	narrow(d.Ours, func(part *Deliberate, one []string) { part.Ours = one })
	narrow(d.Upstream, func(part *Deliberate, one []string) { part.Upstream = one })
	return parts
}

func (d Deliberate) matchesAny(differences map[string][]Difference) bool {
	for upstream, list := range differences {
		if slices.ContainsFunc(list, func(difference Difference) bool { return d.covers(upstream, difference) }) {
			return true
		}
	}
	return false
}

func (d Deliberate) covers(upstream string, difference Difference) bool {
	return d.Kind == difference.Kind && d.What == difference.What &&
		(d.Only == "" || d.Only == upstream) &&
		(len(d.Ours) == 0 || slices.Contains(d.Ours, difference.Ours)) &&
		(len(d.Upstream) == 0 || slices.Contains(d.Upstream, difference.Upstream)) &&
		slices.ContainsFunc(d.Where, func(pattern string) bool { return matches(pattern, difference.Where) })
}

// matches reports whether a name matches a pattern. In a pattern, * stands for any text.
func matches(pattern, name string) bool {
	expression := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, ".*")
	return regexp.MustCompile("^(?:" + expression + ")$").MatchString(name)
}
