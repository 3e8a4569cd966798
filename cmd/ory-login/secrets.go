package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

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
	forms   []string       // of all of them, the longest first
	pattern *regexp.Regexp // matches each of the forms, nil if there is none
}

// add adds a secret.
func (s *secrets) add(secret orylogin.Secret) {
	text := strings.TrimSpace(secret.Reveal()) // what is around it may be cut off
	if len(text) < shortest {
		return
	}
	s.forms = append(s.forms, forms(text)...)
	slices.SortFunc(s.forms, func(x, y string) int { return cmp.Compare(len(y), len(x)) })
	quoted := make([]string, len(s.forms))
	for i, form := range s.forms {
		quoted[i] = regexp.QuoteMeta(strings.ToValidUTF8(form, ""))
	}
	s.pattern = regexp.MustCompile("(?i)" + strings.Join(quoted, "|"))
}

// forms returns how texts have a secret: as it is, as a terminal shows it, as URLs write
// it, and as strings of Go and of JSON do.
func forms(text string) []string {
	quoted := strconv.Quote(text)
	document := jsonString(text)
	return []string{
		text, printable(text),
		url.QueryEscape(text), url.PathEscape(text), (&url.URL{Path: text}).EscapedPath(),
		quoted[1 : len(quoted)-1], document[1 : len(document)-1],
	}
}

// hide returns a text without the secrets.
func (s *secrets) hide(text string) string {
	if s.pattern == nil {
		return text
	}
	return s.pattern.ReplaceAllLiteralString(text, redacted)
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
