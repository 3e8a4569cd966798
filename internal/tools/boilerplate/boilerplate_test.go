package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// parsed returns the declarations of a file with the text.
func parsed(t *testing.T, text string) source {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.go")
	require.NoError(t, os.WriteFile(file, []byte("package a\n"+text), 0o600))
	found, err := parse(file)
	require.NoError(t, err)
	return found
}

// TestNewErrors checks that each exported error gets its functions, and that nothing else does.
func TestNewErrors(t *testing.T) {
	t.Parallel()
	text := errorFile(parsed(t, `
type VoiceError struct{ APIError }
func (e *VoiceError) Error() string { return "" }
type LineError struct{ Line string }
func (e *LineError) Error() string { return "" }
type inner struct{ APIError }
func (e *inner) Error() string { return "" }
type Line struct{ APIError }
`))
	require.Equal(t, errorHead+`
// Format prints the error's text.
func (e VoiceError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text.
func (e VoiceError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// Unwrap returns the APIError.
func (e *VoiceError) Unwrap() error { return &e.APIError }

func (*VoiceError) outcome() Outcome { return OutcomeVoice }

// Format prints the error's text.
func (e LineError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text.
func (e LineError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
`, text)
}

// TestNewMethod checks that a body has each field of its method. A method with a field that the
// body lacks is an error.
func TestNewMethod(t *testing.T) {
	t.Parallel()
	body := structure{"VoiceBody", []field{{"Method", "string"}, {"Recording", "string"}, {"TOTPCode", "string"}}}
	for name, test := range map[string]struct {
		method   structure
		want     string
		mistaken string
	}{
		"a secret and a text": {
			method: structure{"Voice", []field{{"Recording", "Secret"}, {"TOTPCode", "string"}}},
			want: "\nfunc (m Voice) body() api.LoginBody {\n\treturn api.VoiceBody{\n\t\tMethod: \"voice\",\n" +
				"\t\tRecording: m.Recording.Reveal(),\n\t\tTOTPCode: m.TOTPCode,\n\t}\n}\n",
		},
		"another name": {
			method: structure{"TOTP", []field{{"Code", "Secret"}}},
			want:   "\nfunc (m TOTP) body() api.LoginBody {\n\treturn api.VoiceBody{\n\t\tMethod: \"voice\",\n\t\tTOTPCode: m.Code.Reveal(),\n\t}\n}\n",
		},
		"no place": {
			method:   structure{"Voice", []field{{"Pitch", "string"}}},
			mistaken: "api.VoiceBody has no field Pitch: name the one that Voice.Pitch goes to",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, err := bodyText(test.method, body, "voice")
			if test.mistaken != "" {
				require.ErrorContains(t, err, test.mistaken)
				return
			}
			require.NoError(t, err)
			require.Equal(t, test.want, text)
		})
	}
}

// TestNewPrinting checks that a type with a method shown prints and logs as that method says. A
// type with attributes also marshals, and a pointer may be nil.
func TestNewPrinting(t *testing.T) {
	t.Parallel()
	text := printingFile(parsed(t, `
type Voice struct{}
// shown is the voice's pitch: its text may repeat
// what was said.
func (v Voice) shown() string { return "" }
type Choir struct{}
// shown is how many sing.
func (c *Choir) shown() string { return "" }
func (c *Choir) attributes() []slog.Attr { return nil }
func (c *Choir) Document() []byte { return nil }
type inner struct{}
func (i inner) shown() string { return "" }
`))
	require.Equal(t, printingHead+`
// Format prints, whatever the verb, the voice's pitch: its text may repeat
// what was said.
func (v Voice) Format(state fmt.State, verb rune) { formatText(state, verb, v.shown()) }

// LogValue shows the voice's pitch: its text may repeat
// what was said.
func (v Voice) LogValue() slog.Value { return slog.StringValue(v.shown()) }

// Format prints, whatever the verb, how many sing.
func (c Choir) Format(state fmt.State, verb rune) { formatText(state, verb, c.shown()) }

// MarshalJSON returns what Format prints. [Choir.Document] is what the server sent.
func (c Choir) MarshalJSON() ([]byte, error) { return json.Marshal(c.shown()) }

// LogValue shows how many sing.
func (c *Choir) LogValue() slog.Value {
	if c == nil {
		return slog.StringValue("no choir")
	}
	return slog.GroupValue(c.attributes()...)
}
`, text)
}
