// Package uuid tells the ids of a server from other text.
package uuid

import "strings"

// Is reports whether a text is a UUID, as all ids of the server are.
func Is(text string) bool {
	const digits = "0123456789abcdefABCDEF-"
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(text, digits) == ""
}

// Shown returns what is printed or logged of an id. Other text than a UUID may repeat what was
// submitted.
func Shown(id string) string {
	if id == "" || Is(id) {
		return id
	}
	return "[id]"
}
