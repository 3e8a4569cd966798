package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/orylogin/orylogin"
)

// screen prints everything that the program prints. Text for people goes to standard error, and
// documents for programs go to standard output. It shows no secret that it knows and no control
// sequence, whatever a server has sent.
type screen struct {
	asJSON  bool
	secrets secrets
}

// hide hides the secret from now on.
func (s *screen) hide(secret orylogin.Secret) { s.secrets.add(secret) }

// say prints a text for people. The format is the program's own. The texts may come from a
// server.
func (s *screen) say(format string, texts ...string) {
	shown := make([]any, len(texts))
	for i, text := range texts {
		shown[i] = s.safe(text)
	}
	_, _ = fmt.Fprintf(os.Stderr, format+"\n", shown...)
}

// safe returns a text that a terminal can show.
func (s *screen) safe(text string) string { return s.secrets.hide(printable(text)) }

// print prints a document for programs.
func (s *screen) print(value any) error {
	document, err := json.Marshal(value)
	if err != nil {
		return err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, s.secrets.hideJSON(document), "", "  "); err != nil {
		return err
	}
	_, err = fmt.Println(indented.String())
	return err
}

// report prints the problem, if there is one, and returns the exit code.
func (s *screen) report(err error) int {
	if err == nil {
		return exitOK
	}
	p := explain(err)
	if s.asJSON {
		if err := s.print(map[string]*problem{"error": p}); err != nil {
			return exitOther
		}
		return p.Exit
	}
	s.say("ory-login: %s", p.What)
	for _, line := range []struct{ name, text string }{
		{"server", p.said()}, {"request", p.Request}, {"next", p.Next},
	} {
		if line.text != "" {
			s.say(fmt.Sprintf("  %-8s ", line.name)+"%s", line.text)
		}
	}
	return p.Exit
}

// printable replaces control characters, line breaks and marks for the direction of writing
// with spaces.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// escaped escapes such characters within a JSON string as \u0000.
func escaped(text string) string {
	var written strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			written.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&written, `\u%04x`, unit)
		}
	}
	return written.String()
}
