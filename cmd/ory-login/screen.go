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

// screen is the one way to print: text for people goes to standard error, documents for
// programs go to standard output. It shows no secret that it knows of, and nothing that
// steers a terminal, whatever a server says.
type screen struct {
	asJSON  bool
	secrets secrets
}

// hide has the secret hidden from now on.
func (s *screen) hide(secret orylogin.Secret) { s.secrets.add(secret) }

// say tells people something. The format is the command's own, and the texts may be the
// words of a server.
func (s *screen) say(format string, texts ...string) {
	shown := make([]any, len(texts))
	for i, text := range texts {
		shown[i] = s.safe(text)
	}
	_, _ = fmt.Fprintf(os.Stderr, format+"\n", shown...)
}

// safe returns a text as it may be shown at a terminal.
func (s *screen) safe(text string) string { return s.secrets.hide(printable(text)) }

// print tells programs something.
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

// report tells the user of the problem, if there is one, and returns the exit code.
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

// printable keeps a text from steering the terminal: control characters, line breaks and
// marks for the direction of writing become spaces.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, text)
}

// escaped does so within a JSON string, where they get the form \u0000.
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
