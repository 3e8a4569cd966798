package orylogin

import (
	"errors"
	"strings"
)

// The reasons for the message [ErrGeneric]. Servers send one number for all of them, so only
// the English text tells them apart. This module knows the texts of the releases v0.8 to v26.2
// and of Kratos's source after v26.2. An unknown text is just ErrGeneric.
var (
	// ErrBrowserRequest says that the submission to a native flow had a Cookie or an Origin
	// header, so the server treated it as a browser's. Something between client and server
	// must have added the header.
	ErrBrowserRequest = errors.New("the server treated the request as a browser's")

	// ErrTooManyTries says that too many wrong codes were submitted to the flow. The flow
	// accepts no code any more, not even one that is sent again: create another flow.
	ErrTooManyTries = errors.New("too many wrong codes were submitted")

	// ErrUndecodableBody says that the server could not read the submission. Something
	// between client and server must have changed it.
	ErrUndecodableBody = errors.New("the server could not read the request")
)

// genericTexts are the known texts of the generic message. In other answers, two of the reasons
// have ids of their own: a session that exists already, and a registration that is disabled.
var genericTexts = []struct {
	text string // a part of the message
	err  error
}{
	{"A valid session was detected", ErrSessionAlreadyAvailable},
	{`HTTP Request Header included the "Cookie" key`, ErrBrowserRequest},
	{`HTTP Request Header included the "Origin" key`, ErrBrowserRequest},
	{"The request was submitted too often", ErrTooManyTries},
	{"Registration is not allowed because it was disabled", ErrFlowDisabled},
	{"Unable to decode form as JSON", ErrUndecodableBody},
	{"Unable to decode HTTP Request Body", ErrUndecodableBody},
	{"Unable to decode body", ErrUndecodableBody},
	{"Expected JSON sent in request body to be an object", ErrUndecodableBody},
	{`used unknown HTTP Header "Content-Type`, ErrUndecodableBody},
}

// reason returns the reason for a refusal that is not about the credentials or fields. It is
// nil if there is no such reason.
func (m Messages) reason() error {
	for _, message := range m {
		if reason := message.reason(); reason != nil {
			return reason
		}
	}
	return nil
}

func (m Message) reason() error {
	switch m.ID { //nolint:exhaustive // the others are about credentials and fields
	case MessageIdentityDisabled:
		return ErrIdentityDisabled
	case ErrAddressNotVerified:
		return ErrSessionVerifiedAddressRequired
	case ErrGeneric:
		for _, known := range genericTexts {
			if strings.Contains(m.Text, known.text) {
				return known.err
			}
		}
	}
	return nil
}
