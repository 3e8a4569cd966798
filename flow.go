package orylogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/orylogin/orylogin/api"
)

// AAL is an authenticator assurance level: [AAL1] after one factor, [AAL2]
// after two.
type AAL = api.AAL

// The assurance levels that a session can have.
const (
	AAL1 = api.AAL1
	AAL2 = api.AAL2
)

// Flow is a login flow: an attempt to log in, with the form that the server
// wants filled in. Programs use its fields ID, ExpiresAt, RequestedAAL, State,
// SessionTokenExchangeCode (see [FlowOptions].TokenExchange) and, to render the
// form, UI.Nodes and UI.Action; [api.SelfServiceLoginFlow] has them all. A field is
// empty on releases that do not send it.
//
// The fields are a read-only view of the server's document, whose JSON a Flow
// marshals to unchanged, members unknown to this module included. That JSON can
// hold secrets, such as the CSRF token of a browser flow. Formatted or logged by itself,
// a Flow shows only its id, type and state; as a part of something else, package slog's
// JSON shows the document. A Flow is safe for concurrent use as long as its fields do
// not change.
type Flow struct {
	api.SelfServiceLoginFlow
	document document
	status   int // of the answer that it came with
}

// FlowOptions says what kind of login a new flow is for. The zero value is a
// first login with one factor.
type FlowOptions struct {
	// AAL asks for an assurance level. AAL2 adds a second factor to the
	// session of [WithSessionToken], which it needs.
	AAL AAL

	// Refresh logs the session of [WithSessionToken] in again, which makes it
	// privileged; it needs that token.
	Refresh bool

	// ReturnTo is where the browser ends after a login with a provider. The
	// server must allow the URL.
	ReturnTo string

	// TokenExchange puts a code into the flow that [Client.Exchange] turns
	// into a session after a login with a provider.
	TokenExchange bool

	// Via names the address that gets the code of a second factor.
	Via string

	// Organization is the id of the organization to log in to.
	Organization string

	// IdentitySchema is the id of the identity schema to log in with.
	IdentitySchema string
}

// Methods returns the names of the methods that the flow offers, in the order
// of its form and without repetition: "password", "code", "totp" and so on, the
// value of their member method. A method of which the form has hidden fields only
// is not offered: it has been used, or waits for something else. A flow of [AAL2]
// offers nothing to an account without a second factor.
func (f *Flow) Methods() []string {
	if f == nil || f.UI == nil {
		return nil
	}
	var methods []string
	for i := range f.UI.Nodes {
		group, hidden := f.UI.Nodes[i].Group, f.UI.Nodes[i].Attributes.Type == "hidden"
		if group != "" && !hidden && group != "default" && !slices.Contains(methods, group) {
			methods = append(methods, group)
		}
	}
	return methods
}

// Choices returns the values that the form offers for a field, in its order and as
// text: for "provider" the ids of the providers, and for "address" where the code of
// a second factor can be sent.
func (f *Flow) Choices(field string) []string {
	if f == nil || f.UI == nil {
		return nil
	}
	var choices []string
	for i := range f.UI.Nodes {
		attributes := &f.UI.Nodes[i].Attributes
		if value := attributes.Value.Text(); attributes.Name == field && value != "" {
			choices = append(choices, value)
		}
	}
	return choices
}

// CodeSent reports whether the server has sent a code, which the next step has to
// submit. Servers of v26 send one when a flow for a second factor is created and
// there is one address to send it to.
func (f *Flow) CodeSent() bool { return f != nil && f.State == "sent_email" }

// Format prints id, type and state of the flow, whatever the verb.
func (f Flow) Format(s fmt.State, verb rune) {
	formatText(s, verb, fmt.Sprintf("login flow %s (%s, %s)", f.ID, f.Type, f.State))
}

// LogValue shows id, type and state of the flow. Log a Flow only if it is not nil: package
// slog reports a panic in place of a nil one.
func (f Flow) LogValue() slog.Value {
	return slog.GroupValue(
		slog.String("id", f.ID),
		slog.String("type", f.Type),
		slog.String("state", f.State),
	)
}

// MarshalJSON returns the server's document.
func (f Flow) MarshalJSON() ([]byte, error) {
	if f.document.isZero() {
		return json.Marshal(f.SelfServiceLoginFlow)
	}
	return f.document.bytes()
}

// UnmarshalJSON reads a flow that a server sent or a Flow was marshalled to.
func (f *Flow) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var flow api.SelfServiceLoginFlow
	if err := readDocument(data, &flow, &flow.ID); err != nil {
		return fmt.Errorf("orylogin: flow: %w", err)
	}
	*f = Flow{SelfServiceLoginFlow: flow, document: newDocument(data, "")}
	return nil
}

func (o FlowOptions) validate(token Secret) error {
	switch {
	case o.Refresh && token.IsZero():
		return errors.New("orylogin: FlowOptions.Refresh needs WithSessionToken")
	case o.AAL != "" && o.AAL != AAL1 && token.IsZero():
		return fmt.Errorf("orylogin: FlowOptions.AAL %s needs WithSessionToken", o.AAL)
	}
	return nil
}

func (o FlowOptions) params(token Secret) *api.InitializeSelfServiceLoginFlowWithoutBrowserParams {
	return &api.InitializeSelfServiceLoginFlowWithoutBrowserParams{
		AAL:                            optional(string(o.AAL)),
		Refresh:                        flag(o.Refresh),
		ReturnTo:                       optional(o.ReturnTo),
		ReturnSessionTokenExchangeCode: flag(o.TokenExchange),
		Via:                            optional(o.Via),
		Organization:                   optional(o.Organization),
		IdentitySchema:                 optional(o.IdentitySchema),
		XSessionToken:                  optional(token.Reveal()),
	}
}

// optional leaves an empty parameter out of the request.
func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}

func flag(value bool) *string {
	if !value {
		return nil
	}
	return optional("true")
}
