package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// someValue is what is shown instead of a value.
const someValue = "[value]"

// Value is what an input of a form holds: a JSON string, number or boolean, or nothing.
//
// Printing or logging a Value gives "[value]", because an input may hold a secret: the anti-CSRF token is one. Reflection
// finds no more in it than in a [Secret].
type Value struct {
	raw Secret // JSON
}

// Text returns the value as a text: a string without its quotes, anything else as it was sent, and an empty text if there
// is no value.
func (v Value) Text() string {
	var text string
	if json.Unmarshal([]byte(v.raw.Reveal()), &text) == nil {
		return text
	}
	return v.raw.Reveal()
}

// IsZero reports whether there is no value. An empty string is a value.
func (v Value) IsZero() bool { return v.raw.IsZero() }

// Equal reports whether both are the same, as JSON writes them.
func (v Value) Equal(other Value) bool { return v.raw.Equal(other.raw) }

// Format implements [fmt.Formatter]. Every verb prints "[value]".
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, someValue) }

// LogValue implements [slog.LogValuer] and gives "[value]".
func (v Value) LogValue() slog.Value { return slog.StringValue(someValue) }

// MarshalJSON implements [json.Marshaler] and gives the JSON that the server sent. Unlike a [Secret] a Value is encoded
// in the clear: a front end needs the form as it is, and sends the values of hidden inputs back.
func (v Value) MarshalJSON() ([]byte, error) {
	if v.IsZero() {
		return []byte("null"), nil
	}
	return []byte(v.raw.Reveal()), nil
}

// UnmarshalJSON implements [json.Unmarshaler]. Null gives the zero Value.
func (v *Value) UnmarshalJSON(data []byte) error {
	*v = Value{}
	if raw := string(data); raw != "null" {
		v.raw = NewSecret(raw)
	}
	return nil
}
