// Package outline reads from a JSON answer what package json does not tell about it.
package outline

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
)

// Outline says what the names of a document's members mean for the answer.
type Outline struct {
	HasError bool // there is a member "error" that is not null
	Twofold  bool // two members have the same name, or a name is a known one in another case
}

// Names are the names of the members that documents are decoded into. Each has a number.
type Names map[string]int

// deepest is the depth of an identity's members: the identity is in the session, and the
// session is in the document.
const deepest = 3

// members is what is known about the members of one object.
type members struct {
	count bool     // the names of the members decide what the answer means
	seen  [64]bool // the known names that were read, by their number
}

// Of reads the names of the members that decide what an answer means: those of the document,
// and those of its error, session and identity. Package json accepts Session as session, and
// takes the last of two members with the same name, so one document could say two different
// things. The document must be valid JSON. If it is an array, Of reads each element as a
// document.
func (n Names) Of(document []byte) Outline {
	var (
		o       Outline
		objects [deepest + 1]members // by depth
		depth   int
		next    = true // whether the names in the next object count
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

// read reads a member from its quoted name and the text behind the colon. It reports whether
// the names in the member's value count, too.
func (n Names) read(o *Outline, quoted, value []byte, depth int, beside *members) bool {
	const plain = "abcdefghijklmnopqrstuvwxyz0123456789_" // a name of only these characters cannot be a known name in another case
	name := quoted[1 : len(quoted)-1]
	number, known := n[string(name)]
	if !known && len(bytes.Trim(name, plain)) > 0 {
		var text string
		_ = json.Unmarshal(quoted, &text) // cannot fail: the document is valid JSON
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

// stringLength returns the number of bytes before the closing quote of a JSON string.
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

// valueAfter returns what follows a colon. It reports false if there is no colon.
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

// hasVariant reports whether package json would accept a name as that of another known member.
func (n Names) hasVariant(name string) bool {
	for known := range n {
		if name != known && strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}

// NamesOf returns the names of the members of structs, and of the structs in their fields Error
// and Identity.
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
