package orylogintest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ExpectNoSecrets fails the test if text, for example a program's log, has a secret. The test
// continues, and its message names the kind of secret without showing it.
//
// These are secrets:
//
//   - the passwords, TOTP secrets and lookup secrets of the identities
//   - the codes that were mailed
//   - the tokens and cookies of sessions, signed sessions, and CSRF tokens
//   - each field of a form or of JSON, and each parameter of a URL, that a client has sent. A
//     few names are known to be harmless, such as identifier, provider, flow and return_to
//   - each cookie that a client has sent
//   - each header that a client has sent, if its name contains authorization, token, key,
//     secret or password
//
// Some values are never secrets, so that ordinary logs do not fail the test:
//
//   - values of fewer than four characters
//   - the words true and false
//   - values in JSON that are not texts
//   - the fields traits, transient_payload and upstream_parameters
//
// A secret is found as it is, and as JSON, Go and URLs write it. If a secret consists of
// digits, such as 123456, a longer number that contains it does not count.
func (s *Server) ExpectNoSecrets(text string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, each := range s.secrets() {
		if each.within(text) {
			found = append(found, each.kind)
		}
	}
	if len(found) > 0 {
		slices.Sort(found)
		s.tb.Errorf("orylogintest: the text holds secrets: %s", strings.Join(slices.Compact(found), ", "))
	}
}

// secret is a text that must not be shown.
type secret struct{ kind, text string }

func (s secret) within(text string) bool {
	if s.common() {
		return false
	}
	inJSON, _ := json.Marshal(s.text) // cannot fail for a string
	forms := []string{
		s.text, url.QueryEscape(s.text), url.PathEscape(s.text),
		unquoted(strconv.Quote(s.text)), unquoted(string(inJSON)),
	}
	return slices.ContainsFunc(forms, func(form string) bool { return contains(text, form) })
}

// contains reports whether a text has a secret. Digits within a longer number, such as a time,
// do not count.
func contains(text, form string) bool {
	if strings.Trim(form, digits) != "" {
		return strings.Contains(text, form)
	}
	for number := range strings.FieldsFuncSeq(text, func(r rune) bool { return !strings.ContainsRune(digits, r) }) {
		if number == form {
			return true
		}
	}
	return false
}

const digits = "0123456789"

// shortest is the least number of characters of a secret.
const shortest = 4

// common reports whether ordinary texts have the same characters as the secret.
func (s secret) common() bool {
	return utf8.RuneCountInString(s.text) < shortest || s.text == "true" || s.text == "false"
}

func unquoted(text string) string { return text[1 : len(text)-1] }

// secrets returns the secrets of the server and those in its requests.
func (s *Server) secrets() []secret {
	var all []secret
	for _, p := range s.people {
		all = append(all, secret{"a password", p.Password}, secret{"a TOTP secret", p.TOTPSecret})
		for _, each := range p.LookupSecrets {
			all = append(all, secret{"a lookup secret", each})
		}
	}
	for _, each := range s.sessions {
		all = append(all, secret{"a session token", each.token}, secret{"a session cookie", each.cookie},
			secret{"a logout token", each.logout})
	}
	for _, each := range s.signed {
		all = append(all, secret{"a signed session", each})
	}
	for _, f := range s.flows {
		all = append(all, secret{"a code", f.mailed.code}, secret{"a CSRF token", f.csrf},
			secret{"a token exchange code", f.exchangeCode}, secret{"a token exchange code", f.returned.code})
	}
	for _, each := range s.requests {
		all = append(all, each.secrets()...)
	}
	return all
}

// kinds say which secret a field, parameter or header has, if its name does not say it.
var kinds = map[string]string{ //nolint:gosec // names of fields
	"password":        "a password",
	"code":            "a code",
	"totp_code":       "a code",
	"lookup_secret":   "a lookup secret",
	"id_token":        "an ID token",
	"csrf_token":      "a CSRF token",
	"session_token":   "a session token",
	"init_code":       "a token exchange code",
	"return_to_code":  "a token exchange code",
	"X-Session-Token": "a session token",
	"X-Csrf-Token":    "a CSRF token",
}

func kindOf(place, name string) string {
	if kind, ok := kinds[name]; ok {
		return kind
	}
	return "the " + place + " " + name
}

// secrets returns the secrets in the request.
func (r Request) secrets() []secret {
	all := secretsIn("field", r.texts())
	all = append(all, secretsIn("parameter", r.query())...)
	for name, values := range r.header() {
		if isCredential(name) {
			for _, value := range values {
				all = append(all, secret{kindOf("header", name), withoutScheme(name, value)})
			}
		}
	}
	for _, cookie := range (&http.Request{Header: r.header()}).Cookies() {
		all = append(all, secret{"the cookie " + cookie.Name, cookie.Value})
	}
	return all
}

// secretsIn returns the values whose names are not known to be harmless.
func secretsIn(place string, values url.Values) []secret {
	var all []secret
	for name, texts := range values {
		if isHarmless(name) {
			continue
		}
		for _, text := range texts {
			all = append(all, secret{kindOf(place, name), text})
		}
	}
	return all
}

// freeForm are the fields in which an application can send anything. In forms, their members
// are fields, too, such as traits.email.
var freeForm = []string{"traits", "transient_payload", "upstream_parameters"}

func isHarmless(name string) bool {
	parent, _, _ := strings.Cut(name, ".")
	return slices.Contains(telling, name) || slices.Contains(freeForm, parent)
}

// isCredential reports whether a header has a credential, by its name.
func isCredential(name string) bool {
	return slices.ContainsFunc([]string{"authorization", "token", "key", "secret", "password"}, func(word string) bool {
		return strings.Contains(strings.ToLower(name), word)
	})
}

// withoutScheme returns the value of a header without a scheme such as "Bearer".
func withoutScheme(name, value string) string {
	if _, credentials, ok := strings.Cut(value, " "); ok && strings.HasSuffix(name, "Authorization") {
		return credentials
	}
	return value
}
