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
	// redacted stands where a secret was.
	redacted = "[redacted]"

	// shortest is how many bytes a secret has that is hidden. A shorter one than any code
	// would only make the text unreadable.
	shortest = 4
)

// secrets are what must not be printed: what was typed unseen, and tokens. A server may
// repeat them in whatever it says. The zero value has none.
type secrets struct {
	patterns []string       // of all of them, the longest first
	all      *regexp.Regexp // matches each of them, nil if there is none
}

// add adds a secret, or the beginning of a very long one.
func (s *secrets) add(secret orylogin.Secret) {
	text := strings.TrimSpace(secret.Reveal()) // what is around it may be cut off
	if len(text) < shortest {
		return
	}
	text = text[:min(len(text), maxSecret)]
	s.patterns = append(s.patterns, pattern(text), quoteAll(base64Forms(text)))
	slices.SortFunc(s.patterns, func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	s.all = regexp.MustCompile("(?i)" + strings.Join(s.patterns, "|"))
}

// pattern matches a secret, each of whose characters is as it is or in one of its forms, in
// whatever case.
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

// forms returns how texts have a character: as it is, as a terminal shows it, and as URLs,
// HTML, and strings of Go, JSON and JavaScript write it.
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

// named are the characters that have a name in HTML, or an escape that only some documents
// use.
var named = map[rune][]string{
	'&': {"&amp;"}, '<': {"&lt;"}, '>': {"&gt;"}, '"': {"&quot;"}, '\'': {"&apos;", `\'`}, '/': {`\/`},
}

// base64Forms returns a text in base64, without the end that fills it up.
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

// hideJSON returns a JSON document without the secrets. It has only printable characters,
// the others are escaped.
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

// jsonString writes a text as a string of a JSON document, in printable characters.
func jsonString(text string) string {
	var written bytes.Buffer
	encoder := json.NewEncoder(&written)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a string has a JSON form
	return escaped(strings.TrimSuffix(written.String(), "\n"))
}
