package api

import (
	"fmt"
	"io"
	"log/slog"
	"strings"
)

// LoginBody is the body of a submission: the credentials of one method. The implementations
// are the types SubmitSelfServiceLoginFlowWith…MethodBody of this package, whose field Method
// must be set, and CustomLoginBody.
//
// A LoginBody prints and logs as its method only. Its JSON shows everything, and so does
// printing a value that holds it in an unexported field, since package fmt calls no methods
// there.
type LoginBody interface {
	fmt.Formatter
	slog.LogValuer

	// loginBody keeps other types out: the server knows no others.
	loginBody()
}

// CustomLoginBody is the body for a method that this package has no type for: its members by
// name, with the member method. A Secret inside would be sent as [redacted].
type CustomLoginBody map[string]any

func (CustomLoginBody) loginBody() {}

// Format implements [fmt.Formatter]. It shows only that it is a custom method.
func (CustomLoginBody) Format(f fmt.State, _ rune) { formatBody(f, "Custom") }

// LogValue implements [slog.LogValuer]. It shows only that it is a custom method.
func (CustomLoginBody) LogValue() slog.Value { return logBody("Custom") }

// redactedBody returns the text to show instead of a body or the parameters of a request:
// what it submits, by the name of the type.
func redactedBody(typeName string) string {
	if operation, ok := strings.CutSuffix(typeName, "Params"); ok {
		return operation + " parameters " + redacted
	}
	kind := strings.TrimPrefix(typeName, "SubmitSelfService")
	kind = strings.TrimPrefix(kind, "LoginFlowWith")
	return strings.TrimSuffix(kind, "MethodBody") + " submission " + redacted
}

// formatBody prints the text to show instead of a request.
func formatBody(f fmt.State, typeName string) { _, _ = io.WriteString(f, redactedBody(typeName)) }

// logBody returns the value to log instead of a request.
func logBody(typeName string) slog.Value { return slog.StringValue(redactedBody(typeName)) }
