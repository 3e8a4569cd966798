package orylogin

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
)

// What is printed or logged is one short line: known words and numbers, and ids that look
// like the server's. What a server wrote freely may repeat what was submitted.

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

// shownID returns an id if it looks like one.
func shownID(id string) string {
	if id == "" || isID(id) {
		return id
	}
	return "[id]"
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

// Errors print and marshal as their text, whatever the verb and however they are held,
// so that a log or an answer shows no more than that.

// Format prints the error's text.
func (e APIError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e ValidationError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e NextStepError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e SecondFactorError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e VerificationError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e ExpiredError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e LocationChangeError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e RegistrationError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e RedirectError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e TransportError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text.
func (e APIError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e ValidationError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e NextStepError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e SecondFactorError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e VerificationError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e ExpiredError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e LocationChangeError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e RegistrationError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e RedirectError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e TransportError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// Methods print and log as their name.

// Format prints the name of the method.
func (m Password) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m Code) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m TOTP) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m LookupSecret) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m OIDC) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m SAML) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m IdentifierFirst) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m WebAuthn) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m Passkey) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m DeviceAuthn) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// Format prints the name of the method.
func (m Custom) Format(s fmt.State, verb rune) { m.body().Format(s, verb) }

// LogValue shows the name of the method.
func (m Password) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m Code) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m TOTP) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m LookupSecret) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m OIDC) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m SAML) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m IdentifierFirst) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m WebAuthn) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m Passkey) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m DeviceAuthn) LogValue() slog.Value { return m.body().LogValue() }

// LogValue shows the name of the method.
func (m Custom) LogValue() slog.Value { return m.body().LogValue() }
