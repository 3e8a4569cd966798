package orylogin

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"sync"
)

// outline is what package json does not tell of a document that it has decoded.
type outline struct {
	hasError bool // there is a member error that is not null
	variant  bool // a member has the name of a known one, but for its case
}

// outlineOf reads the names of the members that decide what an answer means: those of the
// document, and within it those of error, session and identity. Package json takes Session
// for session, so that a document could say two things. The document is valid JSON.
func outlineOf(document []byte) outline {
	var (
		o       outline
		watched uint // a bit by depth: the names of this object count
		depth   int
		next    = true // the object that comes is one whose names count
	)
	for i := 0; i < len(document); i++ {
		switch document[i] {
		case '{', '[':
			depth++
			watched &^= 1 << depth
			if next && document[i] == '{' {
				watched |= 1 << depth
			}
			next = false
		case '}', ']':
			depth--
		case '"':
			end := i + 1 + stringLength(document[i+1:])
			if value, isName := valueAfter(document[end+1:]); isName {
				next = false
				if watched&(1<<depth) != 0 {
					next = o.read(document[i:end+1], value, depth)
				}
			}
			i = end
		}
	}
	return o
}

// read takes in a member by its quoted name and what comes behind the colon. It reports
// whether the names within it count, too.
func (o *outline) read(quoted, value []byte, depth int) bool {
	name := quoted[1 : len(quoted)-1]
	if !isPlainName(name) {
		var text string
		_ = json.Unmarshal(quoted, &text) // it is valid JSON
		o.variant = o.variant || isVariant(text)
		return false
	}
	switch string(name) {
	case "error":
		o.hasError = o.hasError || depth == 1 && !bytes.HasPrefix(value, []byte("null"))
		return depth == 1
	case "session":
		return depth == 1
	case "identity":
		return true
	default:
		return false
	}
}

// stringLength returns the bytes of a JSON string up to its closing quote.
func stringLength(text []byte) int {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			return i
		}
	}
	return len(text) - 1
}

// valueAfter returns what follows a colon, if there is one.
func valueAfter(text []byte) ([]byte, bool) {
	const space = " \t\r\n"
	text = bytes.TrimLeft(text, space)
	if len(text) == 0 || text[0] != ':' {
		return nil, false
	}
	return bytes.TrimLeft(text[1:], space), true
}

// isPlainName reports whether a name can be no other one in another case.
func isPlainName(name []byte) bool {
	for _, char := range name {
		if (char < 'a' || char > 'z') && (char < '0' || char > '9') && char != '_' {
			return false
		}
	}
	return true
}

// isVariant reports whether package json takes a name for that of a known member.
func isVariant(name string) bool {
	for _, known := range knownNames() {
		if name != known && strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}

// knownNames are the names of the members that answers are decoded into.
var knownNames = sync.OnceValue(func() []string {
	var names []string
	var add func(reflect.Type)
	add = func(t reflect.Type) {
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		for i := range t.NumField() {
			field := t.Field(i)
			if field.Anonymous {
				add(field.Type)
				continue
			}
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
				names = append(names, name)
			}
			if name := field.Name; name == "Error" || name == "Identity" {
				add(field.Type)
			}
		}
	}
	add(reflect.TypeFor[loginMembers]())
	add(reflect.TypeFor[sessionMembers]())
	return names
})
