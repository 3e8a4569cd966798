// Package plain prints what strangers write, such as servers and whoever a mail is for, so
// that it steers no terminal.
package plain

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

// Text returns a text with a space in place of each character that does not print, but for
// line breaks: control characters, and marks for the direction of writing.
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

// Writer returns a writer that writes plain text to w. A character has to come whole.
func Writer(w io.Writer) io.Writer { return writer{w} }

type writer struct{ to io.Writer }

// Write writes the text, and reports all of it as written unless there is an error.
func (w writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(w.to, Text(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}
