package orylogin

import (
	"fmt"
	"slices"
	"strings"
)

// A printed or logged value is one short line of known words, numbers, and ids that look like
// those of the server. Free text of a server may repeat what was submitted, so it is left out.
//
// Errors print and marshal as their text, for every verb and in every container. So a log or an
// answer shows no more than that text. Methods print and log as their name. For every other
// type that may hold a secret, the method shown returns what is printed and logged. The
// generated functions are in errors.gen.go, method.gen.go and printing.gen.go.

// maxText limits the line, in bytes.
const maxText = 500

// formatText writes the text for every verb, so that no verb shows more.
func formatText(s fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = fmt.Sprintf("%q", text)
	}
	_, _ = fmt.Fprint(s, text)
}

// short cuts off a text that is too long.
func short(text string) string {
	if len(text) <= maxText {
		return text
	}
	return strings.ToValidUTF8(text[:maxText-len("…")], "") + "…"
}

// shownWord returns the word if it is a known one.
func shownWord(word string, known []string) string {
	if word == "" || slices.Contains(known, word) {
		return word
	}
	return "[text]"
}

// The known words of servers.
var (
	flowTypes  = []string{typeNative, "browser"}
	flowStates = []string{"choose_method", "sent_email", "passed_challenge"}
	formFields = []string{
		"identifier", "password_identifier", "password", "code", "totp_code", "lookup_secret", "method", "provider",
		"address", "resend", "csrf_token", "webauthn_login", "passkey_login", "id_token", "client_key_id", "signature",
	}
)
