package orylogin

import causes "github.com/orylogin/orylogin/internal/cause"

// cause is the error behind one of ours, of which nothing is printed but why.
type cause = causes.Cause

func newCause(err error) cause {
	return causes.New(err, errTimeLimit, ErrResponseTooLarge, ErrUnknownAnswer)
}

// why says what a cause is, empty for none.
func why(c cause) string { return causes.Text(c) }
