package orylogin

import (
	"fmt"
	"slices"
	"strings"
)

// What is printed or logged is one short line: known words and numbers, and ids that look
// like the server's. What a server wrote freely may repeat what was submitted.
//
// Errors print and marshal as their text, whatever the verb and however they are held,
// so that a log or an answer shows no more than that. Methods print and log as their name.
// Whatever else may hold a secret prints and logs as its method shown says.
// The functions for that are in errors.gen.go, method.gen.go and printing.gen.go.

// maxText bounds the line, in bytes.
const maxText = 500

// formatText writes text for any verb, so that none of them shows more.
func formatText(s fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = fmt.Sprintf("%q", text)
	}
	_, _ = fmt.Fprint(s, text)
}

// short cuts a text off that is too long.
func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
}

// shownWord returns a word if it is one of those known.
func shownWord(word string, known []string) string {
	if word == "" || slices.Contains(known, word) {
		return word
	}
	return "[text]"
}

// The words that servers use.
var (
	flowTypes  = []string{typeNative, "browser"}
	flowStates = []string{"choose_method", "sent_email", "passed_challenge"}
	formFields = []string{
		"identifier", "password_identifier", "password", "code", "totp_code", "lookup_secret", "method", "provider",
		"address", "resend", "csrf_token", "webauthn_login", "passkey_login", "id_token", "client_key_id", "signature",
	}
)
