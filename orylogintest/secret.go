package orylogintest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// ExpectNoSecrets fails the test, and goes on, if a text, such as what a program has
// logged, holds a secret that the server knows: a password, code or token of an
// identity, or one that was submitted, a session cookie and a CSRF token included. It
// finds them as they are, and as JSON and URLs have them, and names the kind of what it
// has found.
func (s *Server) ExpectNoSecrets(text string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for _, each := range s.secrets() {
		if each.within(text) && !slices.Contains(found, each.kind) {
			found = append(found, each.kind)
		}
	}
	if len(found) > 0 {
		s.tb.Errorf("orylogintest: the text holds secrets: %s", strings.Join(found, ", "))
	}
}

// secret is a text that nobody must see.
type secret struct{ kind, text string }

func (s secret) within(text string) bool {
	inJSON, _ := json.Marshal(s.text) // a string always can be
	forms := []string{s.text, url.QueryEscape(s.text), unquoted(strconv.Quote(s.text)), unquoted(string(inJSON))}
	return s.text != "" && slices.ContainsFunc(forms, func(form string) bool { return strings.Contains(text, form) })
}

func unquoted(text string) string { return text[1 : len(text)-1] }

// secrets are those of the server and those that it was sent.
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
	for _, f := range s.flows {
		all = append(all, secret{"a code", f.mailed.code}, secret{"a CSRF token", f.csrf},
			secret{"a token exchange code", f.exchangeCode})
	}
	for _, each := range s.requests {
		all = append(all, each.secrets()...)
	}
	return all
}

// submitted are the fields and parameters that hold secrets, with their kinds.
var submitted = map[string]string{ //nolint:gosec // names of fields
	"password":       "a password",
	"code":           "a code",
	"totp_code":      "a code",
	"lookup_secret":  "a lookup secret",
	"id_token":       "an ID token",
	"csrf_token":     "a CSRF token",
	"session_token":  "a session token",
	"init_code":      "a token exchange code",
	"return_to_code": "a token exchange code",
}

func (r Request) secrets() []secret {
	all := []secret{
		{"a session token", r.Header("X-Session-Token")},
		{"a session token", strings.TrimPrefix(r.Header("Authorization"), "Bearer ")},
	}
	fields := r.fields()
	for name, kind := range submitted {
		all = append(all, secret{kind, fields[name]}, secret{kind, r.Query(name)})
	}
	for _, cookie := range (&http.Request{Header: r.header()}).Cookies() {
		all = append(all, secret{"the cookie " + cookie.Name, cookie.Value})
	}
	return all
}
