// Package uuid tells the ids of a server from other text.
package uuid

import "strings"

// Is reports whether a text is a UUID, as all ids of the server are.
func Is(text string) bool {
	const digits = "0123456789abcdefABCDEF-"
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(text, digits) == ""
}

// Shown returns an id as it may be printed or logged. A text that is not a UUID may repeat what
// was submitted.
func Shown(id string) string {
	if id == "" || Is(id) {
		return id
	}
	return "[id]"
}
