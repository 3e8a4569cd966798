package compare

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Kinds of elements.
const (
	kindOperation = "operation"
	kindParameter = "parameter"
	kindBody      = "body"
	kindStatus    = "status"
	kindHeader    = "header"
	kindMediaType = "media type"
	kindErrorID   = "error id"
	kindSchema    = "schema"
	kindProperty  = "property"
	kindItems     = "items"
)

// Aspects of elements.
const (
	aspectName     = "name"
	aspectType     = "type"
	aspectFormat   = "format"
	aspectRequired = "required"
	aspectNullable = "nullable"
	aspectClosed   = "closed"
)

// Element is a named part of a description, such as an operation or a property.
type Element struct {
	Kind     string
	Name     string            // in the words of our openapi.yaml
	Original string            // in the words of its own description
	Parent   string            // the Name of the element that has it, if any
	Aspects  map[string]string // the properties of the element, such as its type
	Values   map[string]string // the known values; for a union, with the schema of each
	Said     []string          // the sentences of its descriptions
	methods  []string          // the unions whose methods are among its values
	sources  int               // how many schemas of the description became this element
}

// sentenceEnd matches the end of a sentence or of an item in a list.
var sentenceEnd = regexp.MustCompile(`([.:;])\s+|\s+(- )`)

// say adds the sentences of a description to an element.
func (e *Element) say(description string) {
	line := strings.Join(strings.Fields(description), " ")
	for sentence := range strings.SplitSeq(sentenceEnd.ReplaceAllString(line, "$1\n$2"), "\n") {
		if sentence != "" && !slices.Contains(e.Said, sentence) {
			e.Said = append(e.Said, sentence)
		}
	}
}

// summary describes an element in a few words.
func (e *Element) summary() string {
	words := []string{e.Aspects[aspectType]}
	if format := e.Aspects[aspectFormat]; format != "" {
		words = append(words, "("+format+")")
	}
	if e.Aspects[aspectRequired] == yes {
		words = append(words, "required")
	}
	if len(e.Values) > 0 {
		words = append(words, "of "+strings.Join(slices.Sorted(maps.Keys(e.Values)), ", "))
	}
	return strings.TrimSpace(strings.Join(words, " "))
}

// The two states of an aspect that is true or false.
const (
	yes = "yes"
	no  = "no"
)

func yesNo(holds bool) string {
	if holds {
		return yes
	}
	return no
}

// set sets an aspect of an element. If several schemas say something about the same aspect, the
// result is true for all of them.
func (e *Element) set(aspect, state string) {
	before, said := e.Aspects[aspect]
	switch {
	case !said || before == state:
	case aspect == aspectRequired || aspect == aspectClosed:
		state = no
	case aspect == aspectNullable:
		state = yes
	case before == "" || slices.Contains(strings.Split(before, " or "), state):
		state = before
	default:
		state = before + " or " + state
	}
	e.Aspects[aspect] = state
}

// Surface is everything that a description says about the login operations, by name.
type Surface map[string]*Element

// add returns the element with a name. It makes the element if there is none. If an element has
// several original names, it keeps the first in alphabetical order.
func (s Surface) add(kind, name, original, parent string) *Element {
	element, ok := s[name]
	if !ok {
		element = &Element{
			Kind: kind, Name: name, Original: original, Parent: parent,
			Aspects: map[string]string{}, Values: map[string]string{},
		}
		s[name] = element
	}
	element.Original = min(element.Original, original)
	element.sources++
	return element
}

// summary describes an element and its properties in a few words.
func (s Surface) summary(element *Element) string {
	var properties []string
	for _, part := range s {
		if part.Kind == kindProperty && part.Parent == element.Name {
			properties = append(properties, strings.TrimPrefix(part.Name, element.Name+"."))
		}
	}
	if len(properties) == 0 {
		return element.summary()
	}
	slices.Sort(properties)
	return element.summary() + " with " + strings.Join(properties, ", ")
}

// settle finishes the surface. If several schemas became one element, properties that only some
// of them have become optional. Elements get their values from elsewhere in the description.
func (s Surface) settle() {
	for _, element := range s {
		for _, union := range element.methods {
			if s[union] != nil {
				for value := range s[union].Values {
					element.Values[value] = ""
				}
			}
		}
		parent := s[element.Parent]
		if element.Kind == kindProperty && parent != nil && element.sources < parent.sources {
			element.Aspects[aspectRequired] = no
		}
	}
}
