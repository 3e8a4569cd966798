package api

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
)

// someValue is the text to show instead of a value.
const someValue = "[value]"

// Value is the value of a form's input: a JSON string, number or boolean, or nothing.
//
// A Value prints and logs as "[value]", since an input may hold a secret, such as the CSRF
// token. Reflection finds no more in it than in a [Secret].
type Value struct {
	raw Secret // JSON
}

// Text returns the value as a text: a string without its quotes, and anything else as it was
// sent. If there is no value, it returns an empty text.
func (v Value) Text() string {
	var text string
	if json.Unmarshal([]byte(v.raw.Reveal()), &text) == nil {
		return text
	}
	return v.raw.Reveal()
}

// IsZero reports whether there is no value. An empty string is a value.
func (v Value) IsZero() bool { return v.raw.IsZero() }

// Equal reports whether both values have the same JSON.
func (v Value) Equal(other Value) bool { return v.raw.Equal(other.raw) }

// Format implements [fmt.Formatter]. Every verb prints "[value]".
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, someValue) }

// LogValue implements [slog.LogValuer]. It returns "[value]".
func (v Value) LogValue() slog.Value { return slog.StringValue(someValue) }

// MarshalJSON implements [json.Marshaler]. It returns the JSON that the server sent. Unlike a
// [Secret] a Value is encoded in the clear: a front end needs the form as it is, and sends
// back the values of hidden inputs.
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
