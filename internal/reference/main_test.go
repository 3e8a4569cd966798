package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// build builds the command.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "reference")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	return binary
}

// run runs the command in a folder with the constants of the module, of whose files the
// edits change one place each. It returns the folder and what the command prints.
func run(t *testing.T, binary string, edits ...edit) (string, string, error) {
	t.Helper()
	folder := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(folder, "docs"), 0o700))
	for _, file := range []string{"errorid.go", "message.go"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(read(t, "../..", file)), 0o600))
	}
	for _, each := range edits {
		text := read(t, folder, each.file)
		require.Contains(t, text, each.old)
		text = strings.Replace(text, each.old, each.text, 1)
		require.NoError(t, os.WriteFile(filepath.Join(folder, each.file), []byte(text), 0o600))
	}
	command := exec.CommandContext(t.Context(), binary)
	command.Dir = folder
	out, err := command.CombinedOutput()
	return folder, string(out), err
}

// edit puts a text in the place of another one.
type edit struct{ file, old, text string }

const (
	firstMessage   = "\tErrFieldRequired                 MessageID = 4000002 // a required field is empty\n"
	firstOther     = "\tMessageReauthenticate       MessageID = 1010003 // the flow asks a signed-in user to log in again\n"
	upstreamFailed = "\tErrUpstream               ErrorID = \"upstream_error\"                        // a provider did not answer as it should\n"
)

func read(t *testing.T, folder, file string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(folder, file))
	require.NoError(t, err)
	return string(text)
}

// TestSameAsInTheModule holds that the constants as they are give the files as they are.
func TestSameAsInTheModule(t *testing.T) {
	t.Parallel()
	folder, out, err := run(t, build(t))
	require.NoError(t, err, out)
	for _, file := range []string{"docs/errors.md", "meaning.gen.go"} {
		require.Equal(t, read(t, "../..", file), read(t, folder, file), `run "make generate"`)
	}
}

// TestSemicolon holds that the text of an error ends at the semicolon of the comment, and
// that the document has all of it.
func TestSemicolon(t *testing.T) {
	t.Parallel()
	folder, out, err := run(t, build(t), edit{"message.go", "a required field is empty\n", "a field is empty; it; had to be there\n"})
	require.NoError(t, err, out)
	require.Contains(t, read(t, folder, "meaning.gen.go"), "\tcase ErrFieldRequired:\n\t\treturn \"a field is empty\"\n")
	require.Contains(t, read(t, folder, "docs/errors.md"), "| 4000002 | `ErrFieldRequired` | A field is empty; it; had to be there | v0.8 | Ask again. |\n")
}

// TestOtherMessages holds that the number of a message decides what it is, and not its
// place, and that labels have no part in errors.
func TestOtherMessages(t *testing.T) {
	t.Parallel()
	folder, out, err := run(t, build(t), edit{"message.go", firstMessage, firstMessage +
		"\tMessageTelepathy MessageID = 1099999 // the flow asks for a thought\n\tLabelTelepathy MessageID = 1099997 // button: think\n"})
	require.NoError(t, err, out)
	_, others, _ := strings.Cut(read(t, folder, "docs/errors.md"), "## Other messages, and labels")
	require.Contains(t, others, "| 1099999 | `MessageTelepathy` | The flow asks for a thought |\n")
	require.Contains(t, others, "| 1099997 | `LabelTelepathy` | Button: think |\n")
	require.Contains(t, read(t, folder, "meaning.gen.go"), "case MessageTelepathy:\n")
	require.NotContains(t, read(t, folder, "meaning.gen.go"), "Label")
}

// TestMistakes holds that the command says what is wrong and writes nothing.
func TestMistakes(t *testing.T) {
	t.Parallel()
	binary := build(t)
	for name, test := range map[string]struct {
		edit  edit
		wants []string
	}{
		"a message without a line": {
			edit{"message.go", firstMessage, firstMessage + "\tErrThoughtUnclear MessageID = 4099998 // the thought is unclear\n"},
			[]string{"internal/reference/advice.go has no complete line for ErrThoughtUnclear (4099998): write \"ErrThoughtUnclear\": {since: "},
		},
		"a message among others without a line": {
			edit{"message.go", firstOther, firstOther + "\tErrThoughtUnclear MessageID = 4099998 // the thought is unclear\n"},
			[]string{"internal/reference/advice.go has no complete line for ErrThoughtUnclear (4099998)"},
		},
		"an id without a line": {
			edit{"errorid.go", upstreamFailed, upstreamFailed + "\tErrSilence ErrorID = \"silence\" // nobody said anything\n"},
			[]string{"internal/reference/advice.go has no complete line for ErrSilence (silence): write \"ErrSilence\": {since: "},
		},
		"a line without a message": {
			edit{"message.go", firstMessage, ""},
			[]string{"internal/reference/advice.go has a line for ErrFieldRequired, which is not", "remove the line"},
		},
		"another name": {
			edit{"message.go", firstMessage, strings.Replace(firstMessage, "ErrFieldRequired", "ErrFieldEmpty", 1)},
			[]string{"has no complete line for ErrFieldEmpty (4000002)", "has a line for ErrFieldRequired"},
		},
		"a message without a comment": {
			edit{"message.go", firstMessage, "\tErrFieldRequired MessageID = 4000002\n"},
			[]string{"message.go: ErrFieldRequired has no comment; write what it means"},
		},
		"no Go": {edit{"message.go", "package orylogin", "orylogin"}, []string{"message.go:1:1: expected 'package'"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			folder, out, err := run(t, binary, test.edit)
			require.Error(t, err)
			for _, want := range test.wants {
				require.Contains(t, out, want)
			}
			require.NoFileExists(t, filepath.Join(folder, "docs/errors.md"))
			require.NoFileExists(t, filepath.Join(folder, "meaning.gen.go"))
		})
	}
}
