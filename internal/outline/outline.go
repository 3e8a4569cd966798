// Package outline reads what package json does not tell of an answer that it has decoded.
package outline

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// Outline is what the names of a document's members say.
type Outline struct {
	HasError bool // there is a member error that is not null
	Twofold  bool // two members have one name, or a member has that of a known one in another case
}

// Names are the names of the members that documents are decoded into, with a number for
// each.
type Names map[string]int

// deepest is the depth of an identity's members: in the identity, in the session, in the
// document.
const deepest = 3

// members are what is known of the members of one object.
type members struct {
	count bool     // their names decide what the answer means
	seen  [64]bool // the known names, by their number
}

// Of reads the names of the members that decide what an answer means: those of the
// document, and within it those of error, session and identity. Package json takes Session
// for session, and of two members the last one, so that a document could say two things.
// The document is valid JSON. If it is an array, each of its elements is read as a document.
func (n Names) Of(document []byte) Outline {
	var (
		o       Outline
		objects [deepest + 1]members // by depth
		depth   int
		next    = true // the names of the object that comes count
	)
	if bytes.HasPrefix(document, []byte("[")) {
		depth--
	}
	for i := 0; i < len(document); i++ {
		switch document[i] {
		case '{', '[':
			depth++
			if depth <= deepest {
				objects[depth] = members{count: next && document[i] == '{'}
			}
			next = depth == 0
		case ',':
			next = next || depth == 0
		case '}', ']':
			depth--
		case '"':
			end := i + 1 + stringLength(document[i+1:])
			if depth <= deepest && objects[depth].count {
				if value, isName := valueAfter(document[end+1:]); isName {
					next = n.read(&o, document[i:end+1], value, depth, &objects[depth])
				}
			}
			i = end
		}
	}
	return o
}

// read takes in a member by its quoted name and what comes behind the colon. It reports
// whether the names within it count, too.
func (n Names) read(o *Outline, quoted, value []byte, depth int, beside *members) bool {
	const plain = "abcdefghijklmnopqrstuvwxyz0123456789_" // of which no other name can differ in case only
	name := quoted[1 : len(quoted)-1]
	number, known := n[string(name)]
	if !known && len(bytes.Trim(name, plain)) > 0 {
		var text string
		_ = json.Unmarshal(quoted, &text) // it is valid JSON
		o.Twofold = o.Twofold || n.hasVariant(text)
		number, known = n[text]
		name = []byte(text)
	}
	if known {
		o.Twofold = o.Twofold || beside.seen[number]
		beside.seen[number] = true
	}
	isError := depth == 1 && string(name) == "error"
	o.HasError = o.HasError || isError && !bytes.HasPrefix(value, []byte("null"))
	return isError || depth == 1 && string(name) == "session" || string(name) == "identity"
}

// stringLength returns the bytes of a JSON string up to its closing quote.
func stringLength(text []byte) int {
	for length := 0; ; length++ {
		length += bytes.IndexByte(text[length:], '"')
		escapes := 0
		for escapes < length && text[length-1-escapes] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return length
		}
	}
}

// valueAfter returns what follows a colon, if there is one.
func valueAfter(text []byte) ([]byte, bool) {
	text = withoutSpace(text)
	if len(text) == 0 || text[0] != ':' {
		return nil, false
	}
	return withoutSpace(text[1:]), true
}

func withoutSpace(text []byte) []byte {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t' || text[0] == '\r' || text[0] == '\n') {
		text = text[1:]
	}
	return text
}

// hasVariant reports whether package json takes a name for that of a known member.
func (n Names) hasVariant(name string) bool {
	for known := range n {
		if name != known && strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}

// NamesOf returns the names of the members of structs, and of what they have as Error and
// Identity.
func NamesOf(types ...reflect.Type) Names {
	names := Names{}
	for _, each := range types {
		names.add(each)
	}
	return names
}

func (n Names) add(t reflect.Type) {
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	for i := range t.NumField() {
		field := t.Field(i)
		if field.Anonymous {
			n.add(field.Type)
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if _, known := n[name]; name != "" && !known {
			n[name] = len(n)
		}
		if name := field.Name; name == "Error" || name == "Identity" {
			n.add(field.Type)
		}
	}
}
