package orylogin

import (
	"encoding/json"
	"fmt"
)

// Errors print and marshal as their text, whatever the verb and however they are held,
// so that a log or an answer shows no more than that.

// Format prints the error's text.
func (e APIError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e ValidationError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e NextStepError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e SecondFactorError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e VerificationError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e ExpiredError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e LocationChangeError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e RedirectError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text.
func (e TransportError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text.
func (e APIError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e ValidationError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e NextStepError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e SecondFactorError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e VerificationError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e ExpiredError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e LocationChangeError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e RedirectError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e TransportError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
