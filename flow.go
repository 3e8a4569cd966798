package orylogin

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/uuid"
)

// AAL is an authenticator assurance level: [AAL1] after one factor, [AAL2] after two.
type AAL = api.AAL

// The assurance levels that a session can have.
const (
	AAL1 = api.AAL1
	AAL2 = api.AAL2
)

// Flow is a login flow: an attempt to log in, with the form that the server wants filled in.
// Programs use its fields ID, ExpiresAt, RequestedAAL, State, SessionTokenExchangeCode (see
// [FlowOptions].TokenExchange) and, to render the form, UI.Nodes and UI.Action;
// [api.SelfServiceLoginFlow] lists all fields. A field that a release does not send is empty.
// Type is "api" for the flow of a native client and "browser" for that of a browser.
//
// The fields are a read-only view of the server's document. [Flow.Document] returns the
// document, with the members that this module does not know. Formatted, logged or marshalled,
// a Flow shows only its id, type and state. A Flow is safe for concurrent use as long as
// nobody changes its fields.
type Flow struct {
	api.SelfServiceLoginFlow
	document document
	status   int // of the answer with the flow
}

// Document returns the JSON that the server sent, for a front end that renders the form. It
// can hold secrets, such as the CSRF token. It returns nil if the Flow was not read from
// JSON.
func (f *Flow) Document() json.RawMessage {
	if f == nil {
		return nil
	}
	return f.document.raw()
}

// UnmarshalJSON reads the document of a flow. It refuses the output of MarshalJSON.
func (f *Flow) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var flow api.SelfServiceLoginFlow
	if err := readDocument("flow", data, &flow, &flow.ID); err != nil {
		return err
	}
	*f = Flow{SelfServiceLoginFlow: flow, document: newDocument(data, "")}
	return nil
}

// shown is the flow's id, type and state.
func (f *Flow) shown() string {
	return fmt.Sprintf("login flow %s (%s, %s)", uuid.Shown(f.ID), shownWord(f.Type, flowTypes), shownWord(f.State, flowStates))
}

func (f *Flow) attributes() []slog.Attr {
	return []slog.Attr{
		slog.String("id", uuid.Shown(f.ID)),
		slog.String("type", shownWord(f.Type, flowTypes)),
		slog.String("state", shownWord(f.State, flowStates)),
	}
}

// isFirst reports whether the flow is for a first factor and not about a session.
func (f *Flow) isFirst() bool { return f != nil && !f.Refresh && f.RequestedAAL != AAL2 }

// withoutSession returns the error for a flow that needs a session and has none.
func (f *Flow) withoutSession(operation string) error {
	return &APIError{Operation: operation, StatusCode: f.status, means: ErrSessionInactive, what: "there is no valid session"}
}
