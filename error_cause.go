package orylogin

import causes "github.com/orylogin/orylogin/internal/cause"

// cause is the error behind one of ours. Only its reason is printed.
type cause = causes.Cause

func newCause(err error) cause {
	return causes.New(err, errTimeLimit, errSentOnce, ErrResponseTooLarge, ErrUnknownAnswer)
}

// why returns the reason of a cause. It is empty if there is none.
func why(c cause) string { return causes.Text(c) }
