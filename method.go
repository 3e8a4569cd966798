package orylogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"reflect"

	"github.com/orylogin/orylogin/api"
)

// Method is one way to log in, or one step of it: [Password], [Code], [TOTP],
// [LookupSecret], [OIDC], [IdentifierFirst], [WebAuthn], [Passkey], [SAML],
// [DeviceAuthn], or [Custom] for one to come. The set is closed. Each struct holds
// what its method submits. A field that is needed and empty is left to the
// server, whose message says what is missing. Printed or logged, a method shows its name and
// nothing that it submits; as JSON it has its secrets as [redacted]. A method is a value that
// any number of calls can use at once.
type Method interface {
	// body is what is sent, the secrets in the clear. That of a method whose fields are
	// copied as they are is in method.gen.go.
	body() api.LoginBody

	// Format and LogValue show the name of the method only: a text that was typed into a
	// form may be a secret in the wrong field.
	fmt.Formatter
	slog.LogValuer
}

// Password logs in with an identifier (an e-mail address, a user name, …) and a
// password.
type Password struct {
	Identifier string
	Password   Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// Code logs in with a code that the server sends by e-mail or SMS. The first
// submission names the Identifier and makes the server send a code; the second
// repeats the Identifier and adds the Code.
type Code struct {
	Identifier string
	Code       Secret

	// Address chooses where the code of a second factor is sent, when the flow
	// offers addresses instead of asking for an identifier: see [Flow.Choices].
	Address string

	// Resend asks for another code. It cannot be combined with Code.
	Resend bool

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// TOTP proves a second factor with the current code of an authenticator app.
type TOTP struct {
	// Code is the code, without the spaces that some apps show.
	Code Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// LookupSecret proves a second factor with a lookup secret, one of the account's
// backup codes. Each works once.
type LookupSecret struct {
	Secret Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	// Servers up to v26.2.0 ignore it here.
	TransientPayload json.RawMessage
}

// OIDC logs in with an OpenID Connect or OAuth2 provider. Without an IDToken
// the server answers with a [LocationChangeError] that names where a browser
// has to go.
type OIDC struct {
	// Provider is the provider's id in the server's configuration, one of the
	// [Flow.Choices] of "provider".
	Provider string

	// IDToken is a token that a native provider SDK has issued already, and
	// IDTokenNonce the nonce it was issued with.
	IDToken      Secret
	IDTokenNonce Secret

	// Traits are offered to the registration that follows when the account
	// does not exist yet.
	Traits json.RawMessage

	// UpstreamParameters are passed on to the provider, for example
	// {"prompt":"login"}. Servers after v26.2 leave out login_hint.
	UpstreamParameters json.RawMessage

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// SAML logs in with a SAML provider; the server needs the feature.
type SAML struct {
	// Provider is the provider's id in the server's configuration.
	Provider string

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// IdentifierFirst names the account and makes the server answer with a
// [NextStepError] whose flow offers the methods of that account. The server
// needs the identifier-first style.
type IdentifierFirst struct {
	Identifier string

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// WebAuthn logs in with a security key, which answers a challenge of the flow: see
// [Passkey]. A native flow in which the server does not take it is [ErrNoMethod].
type WebAuthn struct {
	// Identifier names the account, also for a second factor, where the flow's
	// node of that name has it.
	Identifier string

	// Response is the JSON of the browser's PublicKeyCredential.
	Response Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// Passkey logs in with a passkey, which answers a challenge of the flow: the form has it
// in the field passkey_challenge. So it is for [Client.Submit], [Visit.Submit] and
// [Client.Converse], and not for a call that creates the flow by itself, such as
// [Client.Login]. Servers since v26.2 take it in native flows, too; earlier ones refuse it
// there with [ErrNoMethod].
type Passkey struct {
	// Response is the JSON of the browser's PublicKeyCredential.
	Response Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	// Servers up to v26.2.0 ignore it here.
	TransientPayload json.RawMessage
}

// DeviceAuthn logs in with a key that is bound to a device. Only Ory Network
// offers it.
type DeviceAuthn struct {
	ClientKeyID string

	// Signature answers the flow's challenge, in standard base64.
	Signature Secret

	// PINProof proves knowledge of the device's PIN, in standard base64.
	PINProof Secret

	// TransientPayload is handed to the server's web hooks and never stored.
	TransientPayload json.RawMessage
}

// Custom submits a method that this module has no struct for.
type Custom struct {
	// Name is the value of the member method.
	Name string

	// Fields are the other members. Hold secrets as [Secret] values: they are
	// sent as they are and shown as [redacted]. A Secret within a list or
	// another value is an error, since it would be sent as [redacted].
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
			return errors.New("a field of Custom has a Secret within, which would be sent as [redacted]; reveal it")
		}
	}
	return nil
}

func (m Code) check() error {
	if m.Resend && !m.Code.IsZero() {
		return errors.New("Code.Resend asks for another code and cannot be combined with Code.Code")
	}
	return nil
}

func (m OIDC) check() error {
	if m.IDToken.IsZero() && !m.IDTokenNonce.IsZero() {
		return errors.New("OIDC.IDTokenNonce needs OIDC.IDToken")
	}
	return nil
}
