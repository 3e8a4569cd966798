// Package plain prints texts from others, such as servers and the people who get a mail,
// without control characters for a terminal.
package plain

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// Text returns a text in which a space replaces each character that does not print, such as a
// control character or a mark for the direction of writing. Line breaks stay.
func Text(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || r == '\n' {
			return r
		}
		return ' '
	}, text)
}

// Printf prints plain text on standard output.
func Printf(format string, args ...any) { _, _ = fmt.Fprintf(Writer(os.Stdout), format, args...) }

// Println prints plain text, a line, on standard output.
func Println(args ...any) { _, _ = fmt.Fprintln(Writer(os.Stdout), args...) }

// Failure prints plain text, a line, on standard error.
func Failure(args ...any) { _, _ = fmt.Fprintln(Writer(os.Stderr), args...) }

// Writer returns a writer that writes plain text to w. Each call of Write must have whole
// characters.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ to io.Writer }

// Write writes the text. It reports all of it as written unless there is an error.
func (w writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}
