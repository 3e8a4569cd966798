package orylogin

import (
	"errors"
	"strings"
)

// What the message [ErrGeneric] can stand for. Servers tell these reasons apart
// by an English text only, which this module knows from the releases v0.8 to
// v26.2; a text that it does not know is just ErrGeneric.
var (
	// ErrBrowserRequest says that the server took the submission of a native
	// flow for a browser's because it came with a Cookie or an Origin header,
	// which something between client and server must have added.
	ErrBrowserRequest = errors.New("the server took the request for a browser's")

	// ErrTooManyTries says that too many wrong codes were submitted to the flow. It
	// takes no code any more, not even one that is sent again: create another flow.
	ErrTooManyTries = errors.New("too many wrong codes were submitted")

	// ErrUndecodableBody says that the server could not read the submission,
	// which something between client and server must have changed.
	ErrUndecodableBody = errors.New("the server could not read the request")
)

// refusals are the texts of the generic message that are known. A session that
// is there already has an id of its own elsewhere, but not on a submission.
var refusals = []struct {
	text string // a part of the message
	err  error
}{
	{"A valid session was detected", ErrSessionAlreadyAvailable},
	{`HTTP Request Header included the "Cookie" key`, ErrBrowserRequest},
	{`HTTP Request Header included the "Origin" key`, ErrBrowserRequest},
	{"The request was submitted too often", ErrTooManyTries},
	{"Unable to decode form as JSON", ErrUndecodableBody},
	{"Unable to decode HTTP Request Body", ErrUndecodableBody},
	{"Unable to decode body", ErrUndecodableBody},
	{"Expected JSON sent in request body to be an object", ErrUndecodableBody},
	{`used unknown HTTP Header "Content-Type`, ErrUndecodableBody},
}

// refusal returns what a message refuses a submission for, apart from its
// number; nil if there is nothing to add to that.
func (m Message) refusal() error {
	if m.ID == MessageIdentityDisabled {
		return ErrIdentityDisabled
	}
	for _, known := range refusals {
		if m.ID == ErrGeneric && strings.Contains(m.Text, known.text) {
			return known.err
		}
	}
	return nil
}
