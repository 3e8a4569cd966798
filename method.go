package orylogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"github.com/orylogin/orylogin/api"
)

// Method is one way to log in, or one step of it: [Password], [Code], [TOTP], [LookupSecret],
// [OIDC], [IdentifierFirst], [WebAuthn], [Passkey], [SAML], [DeviceAuthn], or [Custom] for
// any other method. The set is closed. Each struct holds what its method submits. If a field
// is needed and empty, the server's message says so. A method prints and logs as its name
// only. As JSON it shows its secrets as [redacted]. A method is a value that any number of
// calls can use at once.
type Method interface {
	// body returns what is sent, with the secrets as text. method.gen.go has the body of each
	// method whose fields are copied without a change.
	body() api.LoginBody

	// Format and LogValue show only the name of the method: a text that was typed into the
	// wrong field of a form may be a secret.
	fmt.Formatter
	slog.LogValuer
}

// Password logs in with an identifier (an e-mail address, a user name, …) and a
// password.
type Password struct {
	Identifier string
	Password   Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// Code logs in with a code that the server sends by e-mail or SMS. The first submission has
// the Identifier, or for a second factor the Address, and makes the server send a code. The
// next submission has the Identifier and the Code.
type Code struct {
	// Identifier is what the user types to get a code. The submission of the code needs it,
	// too: when [Flow.CodeSent] is true, it is the first of the [Flow.Choices] of
	// "identifier". For a second factor the user types no identifier, and these
	// choices have it, too.
	Identifier string

	// Code is the code that the server has sent.
	Code Secret

	// Address says where to send the code of a second factor. It is one of the [Flow.Choices]
	// of "address". Servers of v1.1 and v1.2 offer none, and take the Identifier.
	Address string

	// Resend asks for another code. It needs the Identifier or the Address, and cannot be
	// combined with Code. The code before does not count any more.
	Resend bool

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// TOTP gives a second factor: the current code of an authenticator app.
type TOTP struct {
	// Code is the code, without the spaces that some apps show.
	Code Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// LookupSecret gives a second factor: a lookup secret, one of the account's backup codes.
// Each works once.
type LookupSecret struct {
	Secret Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	// Servers up to v26.2.0 ignore it here.
	TransientPayload json.RawMessage
}

// OIDC logs in with an OpenID Connect or OAuth2 provider. Without an IDToken the server
// answers with a [LocationChangeError], whose URL the browser must go to.
type OIDC struct {
	// Provider is the provider's id in the server's configuration, one of the [Flow.Choices]
	// of "provider".
	Provider string

	// IDToken is a token that a provider's native SDK has issued. IDTokenNonce is its nonce.
	IDToken      Secret
	IDTokenNonce Secret

	// Traits are traits for the registration that follows if the account does not exist yet.
	Traits json.RawMessage

	// UpstreamParameters are passed on to the provider, for example {"prompt":"login"}.
	// Servers after v26.2 leave out login_hint.
	UpstreamParameters json.RawMessage

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// SAML logs in with a SAML provider. The server must have the feature.
type SAML struct {
	// Provider is the provider's id in the server's configuration.
	Provider string

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// IdentifierFirst names the account. The server answers with a [NextStepError] whose flow
// offers the methods of that account. The server must use the identifier-first style.
type IdentifierFirst struct {
	Identifier string

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// WebAuthn logs in with a security key, which answers a challenge of the flow. The challenge
// is in the form's field webauthn_login_trigger: in its value or, on older servers, in the
// script of its onclick. Like a [Passkey], a WebAuthn is not for a call that creates the flow
// itself. Kratos does not accept it in native flows, and refuses it there with [ErrNoMethod].
type WebAuthn struct {
	// Identifier names the account. A second factor needs it, too: there it is the first of
	// the [Flow.Choices] of "identifier".
	Identifier string

	// Response is the JSON of the browser's PublicKeyCredential.
	Response Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// Passkey logs in with a passkey, which answers a challenge of the flow. The challenge is in
// the form's field passkey_challenge. So a Passkey is for [Client.Submit], [Visit.Submit] and
// [Client.Converse], and not for a call that creates the flow itself, such as [Client.Login].
// Servers since v26.2 accept it in native flows, too. Earlier ones refuse it there with
// [ErrNoMethod].
type Passkey struct {
	// Response is the JSON of the browser's PublicKeyCredential.
	Response Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	// Servers up to v26.2.0 ignore it here.
	TransientPayload json.RawMessage
}

// DeviceAuthn logs in with a key that is bound to a device. Only Ory Network offers it.
type DeviceAuthn struct {
	// ClientKeyID is the id of the device's key.
	ClientKeyID string

	// Signature answers the flow's challenge, in standard base64.
	Signature Secret

	// PINProof proves knowledge of the device's PIN, in standard base64.
	PINProof Secret

	// TransientPayload is passed to the server's web hooks and not stored.
	TransientPayload json.RawMessage
}

// Custom submits a method that this module has no struct for.
type Custom struct {
	// Name is the value of the member method.
	Name string

	// Fields are the other members. Pass secrets as [Secret] values: they are sent as their
	// text and shown as [redacted]. A Secret inside a list or another value is
	// [ErrInvalidCall], since it would be sent as [redacted].
	Fields map[string]any
}

func (m Code) body() api.LoginBody {
	body := api.SubmitSelfServiceLoginFlowWithCodeMethodBody{
		Method:           "code",
		Identifier:       m.Identifier,
		Address:          m.Address,
		Code:             m.Code.Reveal(),
		TransientPayload: m.TransientPayload,
	}
	if m.Resend {
		body.Resend = "code"
	}
	return body
}

func (m Custom) body() api.LoginBody {
	body := make(api.CustomLoginBody, len(m.Fields)+1)
	for name, value := range m.Fields {
		if secret, ok := value.(Secret); ok {
			value = secret.Reveal()
		}
		body[name] = value
	}
	body["method"] = m.Name
	return body
}

func (m Custom) check() error {
	if _, ok := m.Fields["method"]; ok || m.Name == "" {
		return errors.New("the method's name belongs in Custom.Name")
	}
	for _, value := range m.Fields {
		if _, top := value.(Secret); !top && anyWithin(reflect.ValueOf(value), isSecret) {
			return errors.New("a field of Custom contains a Secret, which would be sent as [redacted]; use Secret.Reveal")
		}
	}
	return nil
}

func (m Code) check() error {
	switch {
	case m.Resend && !m.Code.IsZero():
		return errors.New("Code.Resend asks for another code and cannot be combined with Code.Code")
	case m.Resend && m.Identifier == "" && m.Address == "":
		return errors.New(`Code.Resend needs Code.Identifier, which Flow.Choices("identifier") has`)
	}
	return nil
}

func (m OIDC) check() error {
	if m.IDToken.IsZero() && !m.IDTokenNonce.IsZero() {
		return errors.New("OIDC.IDTokenNonce needs OIDC.IDToken")
	}
	return nil
}
