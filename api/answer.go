package api

import (
	"encoding/json"
	"errors"
)

// Errors of answers that are none of their alternatives.
var (
	errNoFlowOrError = errors.New("orylogin/api: the answer is neither a login flow nor an error")
	errNoLoginOrFlow = errors.New("orylogin/api: the answer is neither a login nor a login flow")
)

// LoginFlowOrError is what a refused submission is answered with. Exactly one of the fields is set after decoding.
type LoginFlowOrError struct {
	// Flow is the login flow, with messages or with its next step.
	Flow *SelfServiceLoginFlow

	// Error is the error.
	Error *JSONError
}

// UnmarshalJSON implements [json.Unmarshaler]. An object with the key ui is a flow, another one with the key error an
// error.
func (u *LoginFlowOrError) UnmarshalJSON(data []byte) error {
	keys, err := topLevel(data)
	if err != nil {
		return err
	}
	*u = LoginFlowOrError{}
	switch {
	case bool(keys.UI):
		return json.Unmarshal(data, &u.Flow)
	case bool(keys.Error):
		return json.Unmarshal(data, &u.Error)
	default:
		return errNoFlowOrError
	}
}

// LoginOrFlow is what an accepted submission is answered with. Exactly one of the fields is set after decoding.
type LoginOrFlow struct {
	// Login is the successful login.
	Login *SuccessfulSelfServiceLoginWithoutBrowser

	// Flow is the login flow with its next step.
	Flow *SelfServiceLoginFlow
}

// UnmarshalJSON implements [json.Unmarshaler]. An object with the key session is a login, another one with the key ui a
// flow.
func (u *LoginOrFlow) UnmarshalJSON(data []byte) error {
	keys, err := topLevel(data)
	if err != nil {
		return err
	}
	*u = LoginOrFlow{}
	switch {
	case bool(keys.Session):
		return json.Unmarshal(data, &u.Login)
	case bool(keys.UI):
		return json.Unmarshal(data, &u.Flow)
	default:
		return errNoLoginOrFlow
	}
}

// present is true for a key that is there with anything but null.
type present bool

// UnmarshalJSON implements [json.Unmarshaler].
func (p *present) UnmarshalJSON(data []byte) error {
	*p = string(data) != "null"
	return nil
}

// answerKeys are the keys that tell the alternatives apart.
type answerKeys struct {
	UI      present `json:"ui"`
	Error   present `json:"error"`
	Session present `json:"session"`
}

// topLevel tells which keys the object has.
func topLevel(data []byte) (answerKeys, error) {
	var keys answerKeys
	err := json.Unmarshal(data, &keys)
	return keys, err
}
