package main

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/orylogin/orylogin"
)

const (
	// redacted replaces a secret.
	redacted = "[redacted]"

	// shortest is the least length of a hidden secret, in bytes. It is shorter than any code.
	// If shorter secrets were hidden, the text would only become unreadable.
	shortest = 4
)

// secrets are the texts that must not be printed: tokens, and what was typed without being
// shown. A server may repeat them in any text. The zero value has none.
type secrets struct {
	patterns []string       // of all secrets, the longest first
	all      *regexp.Regexp // matches each of them; nil if there are none
}

// add adds a secret. Of a very long one it adds the beginning.
func (s *secrets) add(secret orylogin.Secret) {
	text := strings.TrimSpace(secret.Reveal()) // a server may cut off the space around it
	if len(text) < shortest {
		return
	}
	text = text[:min(len(text), maxSecret)]
	s.patterns = append(s.patterns, pattern(text), quoteAll(base64Forms(text)))
	slices.SortFunc(s.patterns, func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	s.all = regexp.MustCompile("(?i)" + strings.Join(s.patterns, "|"))
}

// pattern returns a pattern that matches a secret. It matches each character as it is or in one
// of its forms, in upper or lower case.
func pattern(text string) string {
	var written strings.Builder
	for _, r := range text {
		all := forms(r)
		for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
			all = append(all, forms(other)...)
		}
		written.WriteString("(?:" + quoteAll(all) + ")")
	}
	return written.String()
}

// forms returns the forms of a character: as it is, as a terminal shows it, and as it is
// written in URLs, HTML, and strings of Go, JSON and JavaScript.
func forms(r rune) []string {
	text := string(r)
	quoted, ascii, document := strconv.Quote(text), strconv.QuoteToASCII(text), jsonString(text)
	var percent, units strings.Builder
	for _, b := range []byte(text) {
		fmt.Fprintf(&percent, "%%%02x", b)
	}
	for _, unit := range utf16.Encode([]rune{r}) {
		fmt.Fprintf(&units, `\u%04x`, unit)
	}
	all := []string{
		text, printable(text), percent.String(), url.QueryEscape(text),
		quoted[1 : len(quoted)-1], ascii[1 : len(ascii)-1], document[1 : len(document)-1], units.String(),
		fmt.Sprintf("&#%d;", r), fmt.Sprintf("&#%03d;", r), fmt.Sprintf("&#x%x;", r), fmt.Sprintf(`\x%02x`, r),
	}
	return append(all, named[r]...)
}

// named are the characters with a name in HTML or with an escape that only some documents use.
var named = map[rune][]string{
	'&': {"&amp;"}, '<': {"&lt;"}, '>': {"&gt;"}, '"': {"&quot;"}, '\'': {"&apos;", `\'`}, '/': {`\/`},
}

// base64Forms returns a text in base64 without the padding.
func base64Forms(text string) []string {
	return []string{base64.RawStdEncoding.EncodeToString([]byte(text)), base64.RawURLEncoding.EncodeToString([]byte(text))}
}

// quoteAll returns a pattern that matches each of the texts, the longest first.
func quoteAll(texts []string) string {
	slices.SortFunc(texts, func(x, y string) int { return cmp.Or(cmp.Compare(len(y), len(x)), cmp.Compare(x, y)) })
	texts = slices.Compact(texts)
	for i, text := range texts {
		texts[i] = regexp.QuoteMeta(text)
	}
	return strings.Join(texts, "|")
}

// hide returns a text without the secrets.
func (s *secrets) hide(text string) string {
	if s.all == nil {
		return text
	}
	return s.all.ReplaceAllLiteralString(text, redacted)
}

// literal matches a string or a number of a JSON document.
var literal = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|-?[0-9][0-9.eE+-]*`)

// hideJSON returns a JSON document without the secrets. It escapes all characters that are not
// printable.
func (s *secrets) hideJSON(document []byte) []byte {
	return literal.ReplaceAllFunc(document, func(found []byte) []byte {
		var text string
		if err := json.Unmarshal(found, &text); err == nil {
			return []byte(jsonString(s.hide(text)))
		}
		if number := string(found); s.hide(number) != number {
			return []byte(jsonString(redacted))
		}
		return found
	})
}

// jsonString returns a text as a JSON string of printable characters.
func jsonString(text string) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // cannot fail for a string
	return escaped(strings.TrimSuffix(written.String(), "\n"))
}
