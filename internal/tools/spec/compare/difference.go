package compare

import (
	"cmp"
	"maps"
	"slices"
	"strings"
)

// Kinds of differences.
const (
	Missing   = "missing"   // upstream has it, ours lacks it
	Gone      = "gone"      // ours has it, upstream lacks it
	Different = "different" // both have it, and they say different things about it
)

// Difference is one difference between two descriptions.
type Difference struct {
	Kind     string `json:"kind"`
	What     string `json:"what"`               // the kind of thing that differs: a property, a value, a type, …
	Where    string `json:"where"`              // the element, in our names
	Ours     string `json:"ours,omitempty"`     // what ours says
	Upstream string `json:"upstream,omitempty"` // what upstream says
	Name     string `json:"name,omitempty"`     // upstream's name for the element, if upstream has it
	Why      string `json:"why,omitempty"`      // why the difference is deliberate
}

// Since returns what has changed from an older upstream surface to a newer one, including the
// sentences of descriptions. Ours has what the older one says.
func Since(older, newer Surface) []Difference {
	changed := Compare(older, newer)
	for _, name := range slices.Sorted(maps.Keys(newer)) {
		before, now := older[name], newer[name]
		if before == nil {
			continue
		}
		difference := Difference{
			Kind: Different, What: description, Where: name, Name: now.Original,
			Ours: without(before.Said, now.Said), Upstream: without(now.Said, before.Said),
		}
		if difference.Ours+difference.Upstream != "" {
			changed = append(changed, difference)
		}
	}
	return changed
}

// description is the What of a difference in the sentences of a description.
const description = "description"

// without returns the sentences that are not among others, one on each line.
func without(sentences, others []string) string {
	return strings.Join(slices.DeleteFunc(slices.Clone(sentences), func(s string) bool { return slices.Contains(others, s) }), "\n")
}

// Compare returns the differences between two surfaces, sorted.
func Compare(ours, upstream Surface) []Difference {
	var found []Difference
	for name, element := range upstream {
		if ours[name] == nil && (ours[element.Parent] != nil || element.Parent == "") {
			found = append(found, Difference{
				Kind: Missing, What: element.Kind, Where: name, Name: element.Original, Upstream: upstream.summary(element),
			})
		}
	}
	for name, element := range ours {
		switch {
		case upstream[name] != nil:
			found = append(found, compareAspects(element, upstream[name])...)
			found = append(found, compareValues(element, upstream[name])...)
		case upstream[element.Parent] != nil || element.Parent == "":
			found = append(found, Difference{Kind: Gone, What: element.Kind, Where: name, Ours: element.summary()})
		}
	}
	slices.SortFunc(found, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Where, b.Where), cmp.Compare(a.What, b.What), cmp.Compare(a.Kind, b.Kind),
			cmp.Compare(a.Ours+a.Upstream, b.Ours+b.Upstream))
	})
	return found
}

// compareAspects compares the aspects of an element. If the types differ, everything else
// differs, too, so only the type is reported.
func compareAspects(ours, upstream *Element) []Difference {
	var found []Difference
	aspects := []string{aspectName, aspectType, aspectRequired}
	if ours.Aspects[aspectType] == upstream.Aspects[aspectType] {
		aspects = append(aspects, aspectFormat, aspectNullable, aspectClosed)
	}
	for _, aspect := range aspects {
		if o, u := ours.Aspects[aspect], upstream.Aspects[aspect]; o != u {
			found = append(found, Difference{
				Kind: Different, What: aspect, Where: ours.Name, Name: upstream.Original, Ours: o, Upstream: u,
			})
		}
	}
	return found
}

// compareValues compares the known values of an element. If upstream has no known values, ours
// may still have some.
func compareValues(ours, upstream *Element) []Difference {
	if len(upstream.Values) == 0 {
		return nil
	}
	var found []Difference
	add := func(kind, o, u string) {
		found = append(found, Difference{
			Kind: kind, What: "value", Where: ours.Name, Name: upstream.Original, Ours: o, Upstream: u,
		})
	}
	for _, value := range slices.Sorted(maps.Keys(upstream.Values)) {
		schema, ok := ours.Values[value]
		switch {
		case !ok:
			add(Missing, "", value)
		case schema != upstream.Values[value]:
			add(Different, schema, upstream.Values[value])
		}
	}
	for _, value := range slices.Sorted(maps.Keys(ours.Values)) {
		if _, ok := upstream.Values[value]; !ok {
			add(Gone, value, "")
		}
	}
	return found
}
