package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"github.com/orylogin/orylogin/internal/hidden"
)

// redacted is the text to show instead of a secret.
const redacted = "[redacted]"

// errRedacted says that the text "[redacted]" was read as a secret.
var errRedacted = errors.New("orylogin/api: " + redacted +
	" stands for a secret that was not stored and cannot be read back")

// Secret is a text that must not be shown, such as a session token. It prints, logs and
// encodes as "[redacted]"; only [Secret.Reveal] returns the text. Reflection, such as in the
// message of a failed test, finds a number instead of the text. The number is the same for
// the same text, and different in each process.
//
// The zero Secret holds no text. Secrets cannot be compared with ==: use [Secret.Equal].
// [reflect.DeepEqual] compares their texts.
type Secret struct {
	_ [0]func() // A comparison with == would not be in constant time.

	digest uint64 // of the text, for comparisons by reflection
	text   hidden.Value[string]
}

// NewSecret returns a Secret that holds the text. For an empty text it returns the zero
// Secret.
func NewSecret(text string) Secret {
	if text == "" {
		return Secret{}
	}
	return Secret{digest: digest(text), text: hidden.New(text)}
}

// digestKey makes the digests of a process its own.
var digestKey = rand.Text()

// digest returns a number that stands for a text. Without the key nobody can find the text,
// even if there are few texts to try.
func digest(text string) uint64 {
	const enough = 512 // for the texts that are usual, so that they need no memory
	sum := sha256.Sum256(append(append(make([]byte, 0, enough), digestKey...), text...))
	return binary.BigEndian.Uint64(sum[:])
}

// Reveal returns the text.
func (s Secret) Reveal() string { return s.text.Reveal() }

// IsZero reports whether the Secret holds no text.
func (s Secret) IsZero() bool { return s.text.IsZero() }

// Equal reports whether both Secrets hold the same text. Its time depends only on the
// lengths.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// Format implements [fmt.Formatter]. Every verb prints "[redacted]".
func (s Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, redacted) }

// LogValue implements [slog.LogValuer]. It returns "[redacted]".
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }

// MarshalText implements [encoding.TextMarshaler]. It returns "[redacted]". Encoders for JSON
// and XML call it.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// UnmarshalText implements [encoding.TextUnmarshaler]. It reads the text, and fails on
// "[redacted]", the encoding of a Secret.
func (s *Secret) UnmarshalText(text []byte) error {
	if string(text) == redacted {
		return errRedacted
	}
	*s = NewSecret(string(text))
	return nil
}
