package api

import (
	"encoding/json"
	"errors"
)

// LoginFlowOrError is the answer to a refused submission. Exactly one of the fields is set
// after decoding.
type LoginFlowOrError struct {
	// Flow is the login flow, with messages or with its next step.
	Flow *SelfServiceLoginFlow

	// Error is the error.
	Error *JSONError
}

// UnmarshalJSON implements [json.Unmarshaler]. An object with the key ui is a flow. Another
// object with the key error is an error.
func (u *LoginFlowOrError) UnmarshalJSON(data []byte) error {
	*u = LoginFlowOrError{}
	return decodeAny(data, "a login flow nor an error", alternative{"ui", &u.Flow}, alternative{"error", &u.Error})
}

// LoginOrFlow is the answer to an accepted submission. Exactly one of the fields is set after
// decoding.
type LoginOrFlow struct {
	// Login is the successful login.
	Login *SuccessfulSelfServiceLoginWithoutBrowser

	// Flow is the login flow with its next step.
	Flow *SelfServiceLoginFlow
}

// UnmarshalJSON implements [json.Unmarshaler]. An object with the key session is a login.
// Another object with the key ui is a flow.
func (u *LoginOrFlow) UnmarshalJSON(data []byte) error {
	*u = LoginOrFlow{}
	return decodeAny(data, "a login nor a login flow", alternative{"session", &u.Login}, alternative{"ui", &u.Flow})
}

// alternative is one form of an answer: the key that tells it from the others, and where to
// decode it.
type alternative struct {
	key    string
	target any
}

// decodeAny decodes the first alternative whose key is there and not null. If there is none,
// it returns an error with the text none.
func decodeAny(data []byte, none string, alternatives ...alternative) error {
	var members map[string]*json.RawMessage
	if err := json.Unmarshal(data, &members); err != nil {
		return err
	}
	for _, each := range alternatives {
		if members[each.key] != nil {
			return json.Unmarshal(data, each.target)
		}
	}
	return errors.New("orylogin/api: the answer is neither " + none)
}
