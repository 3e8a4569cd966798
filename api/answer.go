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
	var has keys
	if err := json.Unmarshal(data, &has); err != nil {
		return err
	}
	*u = LoginFlowOrError{}
	switch {
	case has.UI != nil:
		return json.Unmarshal(data, &u.Flow)
	case has.Error != nil:
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
	var has keys
	if err := json.Unmarshal(data, &has); err != nil {
		return err
	}
	*u = LoginOrFlow{}
	switch {
	case has.Session != nil:
		return json.Unmarshal(data, &u.Login)
	case has.UI != nil:
		return json.Unmarshal(data, &u.Flow)
	default:
		return errNoLoginOrFlow
	}
}

// keys are those that tell the alternatives apart. Each is nil for a key that is missing or null.
type keys struct {
	UI      *json.RawMessage `json:"ui"`
	Error   *json.RawMessage `json:"error"`
	Session *json.RawMessage `json:"session"`
}
