// Package invalid makes the errors of calls that are refused before anything is sent.
package invalid

import "errors"

// ErrCall is what all of them are.
var ErrCall = errors.New("the call is not valid")

// New returns an error with a text that is ErrCall.
func New(text string) error { return callError{errors.New(text)} }

// Wrap returns an error with the text of err that is ErrCall and err, and nil for nil.
func Wrap(err error) error {
	if err == nil {
		return nil
	}
	return callError{err}
}

type callError struct{ error }

// Is reports whether target is ErrCall.
func (callError) Is(target error) bool { return target == ErrCall }

// Unwrap returns the error with the text.
func (e callError) Unwrap() error { return e.error }
