package session

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
)

const (
	firstPause    = time.Second
	longestPause  = time.Minute
	longestWaited = time.Hour // if the server asks to wait
)

// ErrStopped says that a [Source] makes no login until [Source.Reset], since the next login
// would fail like the last. An error that matches ErrStopped also wraps the error of that
// login.
var ErrStopped = errors.New("orylogin/session: the source has stopped logging in")

// setback is the state after failed logins.
type setback struct {
	err     error     // of the last login, as callers get it; nil if the login succeeded
	count   int       // how many logins failed in a row
	until   time.Time // when the next login may be made
	stopped bool      // until Reset, no login may be made
}

// holds reports whether the source must not log in at the time.
func (b setback) holds(now time.Time) bool {
	return b.stopped || now.Before(b.until)
}

// after returns the setback after another login has failed.
func (b setback) after(err error, now time.Time) setback {
	if final(err) {
		return setback{err: fmt.Errorf("%w: %w", ErrStopped, err), stopped: true}
	}
	return setback{
		err:   fmt.Errorf("orylogin/session: the login failed: %w", err),
		count: b.count + 1,
		until: now.Add(max(pause(b.count+1), asked(err))),
	}
}

// final reports whether another login would be useless or harmful: it may lock an account. That
// is so if the server has checked the submission and refuses it or demands something else. All
// other failures may pass. A submission may not have reached the server, its answer may be
// incomplete, the server may have failed, or the flow may be gone.
func final(err error) bool {
	switch orylogin.OutcomeOf(err) { //nolint:exhaustive // the others are not final
	case orylogin.OutcomeRefused, orylogin.OutcomeNextStep, orylogin.OutcomeSecondFactor,
		orylogin.OutcomeLocationChange, orylogin.OutcomeVerification, orylogin.OutcomeRegistration, orylogin.OutcomeSessionChanged,
		orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeNoSession, orylogin.OutcomeDisabled,
		orylogin.OutcomeTooManyTries, orylogin.OutcomeCSRF, orylogin.OutcomeForbiddenReturn,
		orylogin.OutcomeInvalidCall:
		return true
	case orylogin.OutcomeMisconfigured, orylogin.OutcomeOther:
		return isRefusal(err)
	default:
		return false
	}
}

// isRefusal reports whether the server itself has refused the request, for a reason that has no
// outcome of its own.
func isRefusal(err error) bool {
	var answer *orylogin.APIError
	var redirect *orylogin.RedirectError
	if !errors.As(err, &answer) || errors.As(err, &redirect) {
		return false
	}
	switch answer.StatusCode {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusGone, http.StatusTooEarly:
		return false
	default:
		return answer.StatusCode < http.StatusInternalServerError
	}
}

// pause returns how long to wait after failures in a row. It doubles with each failure. A
// random part of up to a half is taken off, so that programs that failed together do not try
// again together.
func pause(failures int) time.Duration {
	longest := longestPause
	if doublings := failures - 1; doublings < 6 {
		longest = min(firstPause<<doublings, longestPause)
	}
	return longest - scatter(longest/2)
}

// asked returns how long the server asks to wait, plus a short random time.
func asked(err error) time.Duration {
	var answer *orylogin.APIError
	if !errors.As(err, &answer) || answer.RetryAfter <= 0 {
		return 0
	}
	wait := min(answer.RetryAfter, longestWaited)
	return wait + scatter(wait/10)
}

// scatter returns a random duration up to the limit.
func scatter(limit time.Duration) time.Duration {
	return rand.N(limit + 1) //nolint:gosec // no secret depends on it
}
