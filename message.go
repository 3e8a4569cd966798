package orylogin

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/orylogin/orylogin/api"
)

// Message is a text for the user, about the whole flow or about one field.
type Message struct {
	ID   MessageID
	Type string // "info", "success" or "error"
	Text string // in English; may repeat what the user submitted

	// Field is the name of the field that the message is about. It is empty for the whole
	// flow.
	Field string

	// Context has the values in Text as a JSON object, for translations.
	Context json.RawMessage
}

// Messages are the messages of a flow.
type Messages []Message

// shown is what [Message.Format] prints of each message, on one line that is cut off if it
// is long.
func (m Messages) shown() string {
	first, more := m.first()
	return short(fmt.Sprint([]Message(first)) + more)
}

// Field returns the messages about the field with that name. An empty name selects the
// messages about the whole flow.
func (m Messages) Field(name string) Messages {
	return m.filter(func(message Message) bool { return message.Field == name })
}

// ID returns the messages with that number.
func (m Messages) ID(id MessageID) Messages {
	return m.filter(func(message Message) bool { return message.ID == id })
}

// Errors returns the messages that refuse a submission.
func (m Messages) Errors() Messages {
	return m.filter(func(message Message) bool { return message.Type == "error" })
}

// meanings says what the messages mean, for the text of an error.
func (m Messages) meanings() string {
	first, more := m.first()
	meanings := make([]string, len(first))
	for i, message := range first {
		meanings[i] = message.meaning()
	}
	return strings.Join(meanings, ", ") + more
}

// first returns the messages that a line has room for, and how many more there are.
func (m Messages) first() (Messages, string) {
	const few = 5
	if len(m) <= few {
		return m, ""
	}
	return m[:few], fmt.Sprintf(", and %d more", len(m)-few)
}

func (m Messages) filter(keep func(Message) bool) Messages {
	var kept Messages
	for _, message := range m {
		if keep(message) {
			kept = append(kept, message)
		}
	}
	return kept
}

// meaning says what the message means in this module's words.
func (m Message) meaning() string {
	if reason := m.reason(); m.ID == ErrGeneric && reason != nil {
		return fmt.Sprintf("%v [%d]", reason, int64(m.ID))
	}
	return m.ID.Error()
}

// shown is what the message means and its field: its Text and Context may repeat what was
// submitted.
func (m Message) shown() string {
	if m.Field != "" {
		return shownWord(m.Field, formFields) + ": " + m.meaning()
	}
	return m.meaning()
}

// Messages returns the flow's messages: first those about the whole flow, then those about
// its fields from top to bottom.
func (f *Flow) Messages() Messages {
	if f == nil || f.UI == nil {
		return nil
	}
	messages := messagesAbout("", nil, f.UI.Messages)
	for i := range f.UI.Nodes {
		messages = messagesAbout(f.UI.Nodes[i].Attributes.Name, messages, f.UI.Nodes[i].Messages)
	}
	return messages
}

// messagesAbout appends the texts about a field to messages.
func messagesAbout(field string, messages Messages, texts []api.UIText) Messages {
	for _, text := range texts {
		id := MessageID(text.ID)
		messages = append(messages, Message{ID: id, Type: text.Type, Text: text.Text, Field: field, Context: text.Context})
	}
	return messages
}

// MessageID is the number of a server's message or label. It is the same in every release. As
// an error it is a target for [errors.Is], which finds it in a [ValidationError] among the
// messages that refuse the submission.
type MessageID int64

// Error returns the meaning of the message, in this module's words, and its number.
func (id MessageID) Error() string {
	if meaning := id.meaning(); meaning != "" {
		return fmt.Sprintf("%s [%d]", meaning, int64(id))
	}
	return fmt.Sprintf("message %d", int64(id))
}

// Messages that refuse a submission.
const (
	ErrGeneric                       MessageID = 4000001 // a reason that only the text of the message tells; see the variables ErrBrowserRequest, ErrTooManyTries and ErrUndecodableBody; since v0.8
	ErrFieldRequired                 MessageID = 4000002 // a required field is empty; since v0.8
	ErrFieldTooShort                 MessageID = 4000003 // a field is too short; since v0.8
	ErrFieldFormat                   MessageID = 4000004 // a field does not match its pattern; since v0.8
	ErrInvalidCredentials            MessageID = 4000006 // identifier or password is wrong; also sent when the server's storage is broken; since v0.8
	ErrDuplicateCredentials          MessageID = 4000007 // another account has the credential; sent after a login with a provider; since v0.8
	ErrInvalidTOTP                   MessageID = 4000008 // the TOTP code or the answer of a security key or passkey is wrong; since v0.8
	ErrIdentifierMissing             MessageID = 4000009 // the identifier is missing; since v0.8
	ErrAddressNotVerified            MessageID = 4000010 // an address must be verified first; see VerificationError; since v0.8
	ErrNoTOTP                        MessageID = 4000011 // the account has no authenticator app; since v0.8
	ErrLookupSecretUsed              MessageID = 4000012 // the lookup secret has been used; on v0.8 also a wrong one; since v0.8
	ErrNoWebAuthn                    MessageID = 4000013 // the account has no security key; since v0.8
	ErrNoLookupSecrets               MessageID = 4000014 // the account has no lookup secrets; since v0.8
	ErrUnknownWebAuthnUser           MessageID = 4000015 // no account with that identifier has a security key; since v0.9
	ErrInvalidLookupSecret           MessageID = 4000016 // the lookup secret is wrong; since v0.9
	ErrFieldTooLong                  MessageID = 4000017 // a field is too long; since v0.13
	ErrBelowMinimum                  MessageID = 4000018 // a number is too small; since v0.13
	ErrNotAboveMinimum               MessageID = 4000019 // a number is not greater than the limit; since v0.13
	ErrAboveMaximum                  MessageID = 4000020 // a number is too large; since v0.13
	ErrNotBelowMaximum               MessageID = 4000021 // a number is not less than the limit; since v0.13
	ErrNotMultiple                   MessageID = 4000022 // a number is not a multiple of the one required; since v0.13
	ErrTooManyItems                  MessageID = 4000023 // a list is too long; since v0.13
	ErrTooFewItems                   MessageID = 4000024 // a list is too short; since v0.13
	ErrItemsNotUnique                MessageID = 4000025 // a list has an item twice; since v0.13
	ErrWrongType                     MessageID = 4000026 // a field has the wrong JSON type; since v0.13
	ErrLinkedToAnotherAccount        MessageID = 4000027 // the provider's account is linked to another account; since v0.13
	ErrDuplicateCredentialsWithHints MessageID = 4000028 // another account has the credential; like ErrDuplicateCredentials, but the message's Context names the methods of that account; since v1.1
	ErrNotConstant                   MessageID = 4000029 // a field does not have the one value allowed; since v1.1
	ErrNotConstantHidden             MessageID = 4000030 // a field does not have the one value allowed; like ErrNotConstant, but its text does not say the value; since v1.1
	ErrPasswordTooLong               MessageID = 4000033 // the password is longer than the server can hash; since v1.1
	ErrNoCodeAccount                 MessageID = 4000035 // no account can log in with a code sent to that address; since v1.1
	ErrAccountNotFound               MessageID = 4000037 // no account has that identifier; since v1.3
	ErrCaptcha                       MessageID = 4000038 // the captcha was not solved; Ory Network, since v1.3
	ErrNotEmail                      MessageID = 4000040 // a field is not an e-mail address; since v26.2
	ErrNotPhone                      MessageID = 4000041 // a field is not a phone number; since v26.2
	ErrNoDeviceKey                   MessageID = 4000042 // the account has no device key; Ory Network, after v26.2
	ErrInvalidWebAuthn               MessageID = 4000043 // the answer of the security key or passkey is wrong; after v26.2
	ErrInvalidDeviceKey              MessageID = 4000044 // the answer of the device key is wrong; Ory Network, after v26.2
	ErrDeviceAttestation             MessageID = 4000045 // the device key's attestation is no longer accepted; Ory Network, after v26.2
	ErrDeviceKeyReenrollment         MessageID = 4000046 // the device key must be enrolled again; Ory Network, after v26.2
	ErrPreviousFlowExpired           MessageID = 4010001 // the flow before this one had expired; since v0.8
	ErrNoMethod                      MessageID = 4010002 // the flow does not offer the method; since v0.8
	ErrInvalidCode                   MessageID = 4010008 // the code is wrong, has been used or has expired; up to v26.2 an expired one is an ExpiredError; since v1.1
	ErrLinkedCredentialsMismatch     MessageID = 4010009 // the login was not with the account to be linked; since v1.1
	ErrUnknownCodeAddress            MessageID = 4010010 // the account has no such address; since v1.1
	MessageIdentityDisabled          MessageID = 4010011 // the account is disabled; match it by ErrIdentityDisabled; after v26.2
	ErrNoMethodAvailable             MessageID = 5000002 // no method is available; since v26.2
	ErrNoProviderAvailable           MessageID = 5000003 // the organization has no provider; after v26.2
)

// Messages that say what a flow is for or how far it is.
const (
	MessageReauthenticate       MessageID = 1010003 // the flow asks a signed-in user to log in again
	MessageSecondFactor         MessageID = 1010004 // the flow asks for a second factor
	MessageWebAuthnPasswordless MessageID = 1010012 // the flow asks for a security key
	MessageCodeSent             MessageID = 1010014 // a code was sent
	MessageLinkAccount          MessageID = 1010016 // the login adds a credential to the account
	MessageCodeAddressHint      MessageID = 1010020 // where the code of a second factor goes; v1.1 and v1.2
	MessageCodeSentToUser       MessageID = 1010025 // a code was sent to the user of the session; after v26.2
	MessageCaptcha              MessageID = 1070015 // the text of a captcha; Ory Network
)
