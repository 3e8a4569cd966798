package api

import (
	"fmt"
	"io"
	"log/slog"
)

// LoginBody is the body of a submission of a login flow: the credentials of one method. The implementations are the types
// SubmitSelfServiceLoginFlowWith…MethodBody of this package, whose field Method must be set, and CustomLoginBody.
//
// Printing or logging a LoginBody shows the method only. Encoding it as JSON shows everything, and so does printing a
// value that holds it in an unexported field, since package fmt calls no methods there.
type LoginBody interface {
	fmt.Formatter
	slog.LogValuer

	// loginBody keeps other types out: the server knows no others.
	loginBody()
}

// CustomLoginBody is the body for a method that this package has no type for: its members by name, the member method among
// them. A Secret within would be sent as [redacted].
type CustomLoginBody map[string]any

func (CustomLoginBody) loginBody() {}

// Format implements [fmt.Formatter] and shows that it is a custom method only.
func (CustomLoginBody) Format(f fmt.State, _ rune) { formatBody(f, "custom") }

// LogValue implements [slog.LogValuer] and shows that it is a custom method only.
func (CustomLoginBody) LogValue() slog.Value { return logBody("custom") }

// redactedBody is what is shown instead of a request body.
func redactedBody(kind string) string { return kind + " submission " + redacted }

// formatBody prints what is shown instead of a request body.
func formatBody(f fmt.State, kind string) { _, _ = io.WriteString(f, redactedBody(kind)) }

// logBody returns what is logged instead of a request body.
func logBody(kind string) slog.Value { return slog.StringValue(redactedBody(kind)) }

// Every method of signing in has a body.
var (
	_ LoginBody = SubmitSelfServiceLoginFlowWithPasswordMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithOIDCMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithTOTPMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithWebAuthnMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithLookupSecretMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithCodeMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithPasskeyMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithSAMLMethodBody{}
	_ LoginBody = SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody{}
)

func (SubmitSelfServiceLoginFlowWithPasswordMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithPasswordMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "password")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithPasswordMethodBody) LogValue() slog.Value {
	return logBody("password")
}

func (SubmitSelfServiceLoginFlowWithOIDCMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithOIDCMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "oidc")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithOIDCMethodBody) LogValue() slog.Value { return logBody("oidc") }

func (SubmitSelfServiceLoginFlowWithTOTPMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithTOTPMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "totp")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithTOTPMethodBody) LogValue() slog.Value { return logBody("totp") }

func (SubmitSelfServiceLoginFlowWithWebAuthnMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithWebAuthnMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "webauthn")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithWebAuthnMethodBody) LogValue() slog.Value {
	return logBody("webauthn")
}

func (SubmitSelfServiceLoginFlowWithLookupSecretMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithLookupSecretMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "lookup_secret")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithLookupSecretMethodBody) LogValue() slog.Value {
	return logBody("lookup_secret")
}

func (SubmitSelfServiceLoginFlowWithCodeMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithCodeMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "code")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithCodeMethodBody) LogValue() slog.Value { return logBody("code") }

func (SubmitSelfServiceLoginFlowWithPasskeyMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithPasskeyMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "passkey")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithPasskeyMethodBody) LogValue() slog.Value {
	return logBody("passkey")
}

func (SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "identifier_first")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithIdentifierFirstMethodBody) LogValue() slog.Value {
	return logBody("identifier_first")
}

func (SubmitSelfServiceLoginFlowWithSAMLMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithSAMLMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "saml")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithSAMLMethodBody) LogValue() slog.Value { return logBody("saml") }

func (SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody) loginBody() {}

// Format implements [fmt.Formatter] and shows the method only.
func (SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody) Format(f fmt.State, _ rune) {
	formatBody(f, "deviceauthn")
}

// LogValue implements [slog.LogValuer] and shows the method only.
func (SubmitSelfServiceLoginFlowWithDeviceAuthnMethodBody) LogValue() slog.Value {
	return logBody("deviceauthn")
}

// Format implements [fmt.Formatter] and hides the session token.
func (SubmitSelfServiceLogoutFlowWithoutBrowserBody) Format(f fmt.State, _ rune) {
	formatBody(f, "logout")
}

// LogValue implements [slog.LogValuer] and hides the session token.
func (SubmitSelfServiceLogoutFlowWithoutBrowserBody) LogValue() slog.Value { return logBody("logout") }
