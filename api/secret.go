package api

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"log/slog"
)

// redacted is what is shown instead of a secret.
const redacted = "[redacted]"

// errRedacted is returned when the text that is shown instead of a secret is read as a secret.
var errRedacted = errors.New("orylogin/api: " + redacted +
	" stands for a secret that was not stored and cannot be read back")

// Secret is a text that must not be shown, such as a session token. Printing, logging and encoding a Secret gives
// "[redacted]"; only [Secret.Reveal] gives the text.
//
// The zero Secret holds no text. Secrets cannot be compared with ==; use [Secret.Equal].
type Secret struct {
	_ [0]func() // A comparison with == would compare pointers, and not in constant time.

	// Package fmt does not call methods of unexported fields. It prints a pointer in there as an address.
	text *string
}

// NewSecret returns a Secret that holds the text. An empty text gives the zero Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{text: &text}
}

// Reveal returns the text.
func (s Secret) Reveal() string {
	if s.text == nil {
		return ""
	}
	return *s.text
}

// IsZero reports whether the Secret holds no text.
func (s Secret) IsZero() bool {
	return s.text == nil || *s.text == ""
}

// Equal reports whether both Secrets hold the same text. The time it takes depends on the lengths only.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Format implements [fmt.Formatter]. Every verb prints "[redacted]".
func (s Secret) Format(f fmt.State, _ rune) {
	_, _ = io.WriteString(f, redacted)
}

// LogValue implements [slog.LogValuer] and gives "[redacted]".
func (s Secret) LogValue() slog.Value {
	return slog.StringValue(redacted)
}

// MarshalText implements [encoding.TextMarshaler] and gives "[redacted]". Encoders for JSON and XML call it.
func (s Secret) MarshalText() ([]byte, error) {
	return []byte(redacted), nil
}

// UnmarshalText implements [encoding.TextUnmarshaler] and reads the text. It fails on "[redacted]", because that is what
// a Secret is encoded as.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return errRedacted
	}
	*s = NewSecret(string(text))
	return nil
}
