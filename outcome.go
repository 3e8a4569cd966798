package orylogin

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/orylogin/orylogin/internal/operation"
)

// Outcome is the result of a call in one stable word: for a switch, for metrics and for logs.
// Each error has exactly one. Later versions can add outcomes.
type Outcome string

// The outcomes after which the login continues, or that the user can act on.
const (
	OutcomeLoggedIn        Outcome = "logged_in"           // the login is complete
	OutcomeRefused         Outcome = "refused"             // ValidationError: the credentials or a field
	OutcomeNextStep        Outcome = "next_step"           // NextStepError: a code was sent, or methods are known
	OutcomeSecondFactor    Outcome = "second_factor"       // SecondFactorError: a second factor is needed
	OutcomeLocationChange  Outcome = "location_change"     // LocationChangeError: the login continues in a browser
	OutcomeVerification    Outcome = "verification"        // VerificationError: an address is not verified
	OutcomeRegistration    Outcome = "registration"        // RegistrationError: the provider's account needs a registration
	OutcomeExpired         Outcome = "expired"             // ExpiredError: the flow or the code
	OutcomeAlreadyLoggedIn Outcome = "already_logged_in"   // ErrSessionAlreadyAvailable
	OutcomeNoSession       Outcome = "no_session"          // ErrSessionInactive, ErrSessionAAL1Required, ErrUnknownToken
	OutcomeSessionChanged  Outcome = "session_changed"     // SessionChangedError: the login led to another session
	OutcomeDisabled        Outcome = "disabled"            // ErrIdentityDisabled: the account; ErrFlowDisabled: the registration that the login needs
	OutcomeTooManyTries    Outcome = "too_many_tries"      // ErrTooManyTries: the flow accepts no code any more; ErrTooManySteps: a conversation has had 16 steps
	OutcomeCSRF            Outcome = "csrf"                // ErrCSRFViolation: the flow of another browser, or no cookies
	OutcomeForbiddenReturn Outcome = "forbidden_return_to" // ErrReturnToForbidden
	OutcomeNotFound        Outcome = "not_found"           // ErrNotFound: a flow, a code to exchange, an error record
	OutcomeRateLimited     Outcome = "rate_limited"        // ErrRateLimited: wait for RetryAfter
)

// The outcomes that only operators or programmers can act on.
const (
	OutcomeMisconfigured Outcome = "misconfigured"  // RedirectError, ErrBrowserRequest, ErrUndecodableBody, ErrInvalidConfiguration
	OutcomeUnsupported   Outcome = "unsupported"    // errors.ErrUnsupported: the server is too old for the operation, or the base URL is wrong
	OutcomeUnavailable   Outcome = "unavailable"    // the server, or a proxy in front of it, has failed: a status from 500 on
	OutcomeUnknownAnswer Outcome = "unknown_answer" // ErrUnknownAnswer, ErrResponseTooLarge
	OutcomeNoAnswer      Outcome = "no_answer"      // TransportError: the network, or a time limit
	OutcomeCanceled      Outcome = "canceled"       // the caller's context was canceled
	OutcomeInvalidCall   Outcome = "invalid_call"   // ErrInvalidCall: nothing was sent
	OutcomeDone          Outcome = "done"           // only in an Event: a request that is no login, such as whoami, succeeded
	OutcomeOther         Outcome = "other"          // any other answer, or an error of another package
)

// Event is one request and its outcome. It has no secrets.
type Event struct {
	// Operation is the id of the operation in openapi.yaml, for example
	// "submitSelfServiceLoginFlow".
	Operation string

	// StatusCode is the HTTP status, zero if there was no answer.
	StatusCode int

	// Duration is how long the request took, to the last byte of the answer.
	Duration time.Duration

	// Outcome is the outcome of the request. The answer to a browser's form is a redirect;
	// its outcome is what the redirect means.
	Outcome Outcome
}

// OutcomeOf returns the outcome of a call by its error: OutcomeLoggedIn for nil, and
// OutcomeOther for an error of another package, with three exceptions: [context.Canceled] is
// OutcomeCanceled, [context.DeadlineExceeded] is OutcomeNoAnswer, and an [http.MaxBytesError]
// is OutcomeInvalidCall.
func OutcomeOf(err error) Outcome {
	var typed interface {
		error
		outcome() Outcome
	}
	switch {
	case err == nil:
		return OutcomeLoggedIn
	case errors.Is(err, ErrInvalidCall):
		return OutcomeInvalidCall
	case errors.As(err, &typed):
		return typed.outcome()
	default:
		return outcomeWithoutAnswer(err)
	}
}

// The outcomes of these errors have names of their own. Those of the other errors are in
// errors.gen.go.

func (*ValidationError) outcome() Outcome     { return OutcomeRefused }
func (*RedirectError) outcome() Outcome       { return OutcomeMisconfigured }
func (*SessionChangedError) outcome() Outcome { return OutcomeSessionChanged }

// outcome returns the outcome of an answer without a type of its own.
func (e *APIError) outcome() Outcome {
	for _, known := range meanings {
		if e.Is(known.target) {
			return known.outcome
		}
	}
	switch {
	case e.StatusCode >= http.StatusInternalServerError, e.Code >= http.StatusInternalServerError:
		return OutcomeUnavailable // servers answer some of their own failures with 400
	case e.Is(ErrUnknownAnswer), e.Is(ErrResponseTooLarge):
		return OutcomeUnknownAnswer
	case why(e.cause) != "":
		return outcomeWithoutAnswer(e) // the answer is incomplete
	default:
		return OutcomeOther
	}
}

// meanings are the targets of answers that have no type of their own.
var meanings = []struct {
	target  error
	outcome Outcome
}{
	{ErrRateLimited, OutcomeRateLimited},
	{ErrSessionAlreadyAvailable, OutcomeAlreadyLoggedIn},
	{ErrSessionInactive, OutcomeNoSession},
	{ErrSessionAAL1Required, OutcomeNoSession},
	{ErrUnknownToken, OutcomeNoSession},
	{ErrIdentityDisabled, OutcomeDisabled},
	{ErrFlowDisabled, OutcomeDisabled},
	{ErrTooManyTries, OutcomeTooManyTries},
	{ErrCSRFViolation, OutcomeCSRF},
	{ErrReturnToForbidden, OutcomeForbiddenReturn},
	{ErrNotFound, OutcomeNotFound},
	{errors.ErrUnsupported, OutcomeUnsupported},
	{ErrBrowserRequest, OutcomeMisconfigured},
	{ErrUndecodableBody, OutcomeMisconfigured},
	{ErrInvalidConfiguration, OutcomeMisconfigured},
}

func outcomeWithoutAnswer(err error) Outcome {
	var transport *TransportError
	var answer *APIError
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &long):
		return OutcomeInvalidCall // the form is larger than the application accepts
	case errors.Is(err, context.Canceled):
		return OutcomeCanceled
	case errors.As(err, &transport), errors.As(err, &answer), errors.Is(err, context.DeadlineExceeded):
		return OutcomeNoAnswer
	case errors.Is(err, ErrSessionInactive):
		return OutcomeNoSession
	case errors.Is(err, ErrTooManySteps):
		return OutcomeTooManyTries
	default:
		return OutcomeOther
	}
}

// observe reports the outcome of a request to the Client's observer.
func (a *answer) observe(ctx context.Context, err error) {
	if a.observer == nil {
		return
	}
	outcome := OutcomeOf(err)
	if err == nil && a.operation != operation.Submit && a.operation != operation.Exchange {
		outcome = OutcomeDone
	}
	a.observer(ctx, Event{Operation: a.operation, StatusCode: a.status, Duration: a.took, Outcome: outcome})
}
