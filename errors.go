package orylogin

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/invalid"
	"github.com/orylogin/orylogin/internal/operation"
)

var (
	// ErrInvalidCall says that a call was refused before anything was sent, since an
	// argument or an option is missing or cannot be sent as it is. It is a mistake of
	// the program, or of a user whose input it has passed on, such as a password that
	// is not UTF-8. The error that it is found in says which.
	ErrInvalidCall = invalid.ErrCall

	// ErrUnknownAnswer says that an answer is none that a server gives to the
	// operation; more often than not something between client and server has
	// answered.
	ErrUnknownAnswer = errors.New("not an answer of Ory Kratos")

	// ErrResponseTooLarge says that an answer was over the limit of
	// [WithResponseLimit] and has not been read to its end.
	ErrResponseTooLarge = errors.New("answer larger than the limit")
)

// APIError is an answer that is not what the operation is for. Every error that
// an answer leads to is or wraps an *APIError, so that its status is never
// lost:
//
//	var apiErr *orylogin.APIError
//	if errors.As(err, &apiErr) {
//		log.Print(apiErr.StatusCode)
//	}
//
// The error's text holds nothing that the server wrote freely, since that may
// repeat what was submitted; Message, Reason, Debug and Details have it.
type APIError struct {
	// Operation is the id of the operation in openapi.yaml, for example
	// "submitSelfServiceLoginFlow".
	Operation string

	// StatusCode is the HTTP status. Code can differ from it.
	StatusCode int

	// ID names the error. Servers leave it out of many errors.
	ID ErrorID

	// Code and Status are the HTTP status as the body repeats it.
	Code   int64
	Status string

	// Message and Reason say in English what went wrong, Message in general
	// and Reason in particular. They may repeat what was submitted.
	Message string
	Reason  string

	// Debug and Details are for developers. Details is a JSON object.
	Debug   string
	Details json.RawMessage

	// RequestID is the id by which the server's log knows the request.
	RequestID string

	// RetryAfter is how long the server, or a proxy before it, asks to wait;
	// zero when it does not say.
	RetryAfter time.Duration

	what        string  // the answer's meaning, for Error
	means       ErrorID // the id that the server left out
	canContinue bool
	cause
}

// ValidationError is an answer to a submission whose flow says what was wrong: the
// credentials were refused or a field is not valid. Show the flow's messages and submit
// to it again, with the token if the flow is about a session.
//
// Some answers of this form mean more than a wrong field: ask [errors.Is] for
// [ErrIdentityDisabled], [ErrSessionAlreadyAvailable], [ErrTooManyTries],
// [ErrBrowserRequest] and [ErrUndecodableBody] before you ask [errors.As] for a
// *ValidationError.
type ValidationError struct {
	APIError

	// Flow is the flow as the server has it now.
	Flow *Flow
}

// NextStepError says that a submission was accepted and the login needs another
// one: a code was sent, or the flow now offers the methods of the identifier.
type NextStepError struct {
	APIError

	// Flow is the flow as the server has it now. Submit the next step to it.
	Flow *Flow
}

// SecondFactorError says that the first factor was right and the server asks
// for a second one before the session counts. Call [Client.StepUp] with the Token, or,
// for a mailed code, [Client.Converse] with [FlowOptions].AAL set to [AAL2] and
// [WithSessionToken].
//
// Servers ask for it if session.whoami.required_aal is highest_available and the
// account has a second factor. Otherwise a login with one factor is complete, whatever
// the account has.
type SecondFactorError struct {
	APIError

	// Token is the token of the session that the second factor completes. It
	// is empty where the session is that of a cookie.
	Token Secret

	// Session is that session, whose identity is nil. It is nil itself when the
	// server's answer has no session: that to whoami, and since v1.3 that to the
	// login of a browser.
	Session *Session

	// URL is where a browser with that session gives the second factor. It is
	// empty in the answer to a native login.
	URL string
}

// VerificationError says that the credentials were right, but that an address of
// the account must be verified before it can log in.
type VerificationError struct {
	APIError

	// Verification is the verification flow that the server has started: its
	// id, the address, and the URL of its page. In the answer to a native
	// login it is nil on servers before v25.4.
	Verification *api.ContinueWithFlow

	// Flow is the login flow on servers before v25.4, and nil on later ones.
	Flow *Flow
}

// ExpiredError says that the flow, or the code that was submitted, is too old.
// Nothing has been checked. The replacement is a flow for a first factor, whatever
// the expired one was for, and it has no code for [Client.Exchange]: where that
// matters create a new flow instead.
type ExpiredError struct {
	APIError

	// UseFlowID is the id of a new flow that the server made as replacement,
	// empty when it made none.
	UseFlowID string

	// ExpiredAt is when the flow expired, zero on servers before v0.11.
	ExpiredAt time.Time

	// Since is for how long the flow had been expired.
	Since time.Duration
}

// LocationChangeError says that the login goes on in a browser, usually at an
// OpenID Connect provider.
type LocationChangeError struct {
	APIError

	// URL is where the browser has to go: to a provider as it is configured at
	// the server, or to the server itself. Do not send a session token there.
	URL string
}

// RedirectError is a redirect, which a native login does not expect and the
// Client does not follow. The usual reasons are a base URL of the admin API, a
// proxy that wants https, and a flow that belongs to a browser.
type RedirectError struct {
	APIError

	// Location is the target as an absolute URL, or as it was sent when it
	// is not a URL.
	Location string
}

// SessionChangedError says that a login which was about a session has led to
// another one: somebody else has logged in, or the session had ended. It is not
// the error of an answer.
type SessionChangedError struct {
	// Login is the login that was made instead. Its session has no identity if
	// it owes a second factor.
	Login *Login
}

// TransportError says that no answer arrived: the network failed or the time
// ran out. [errors.Is] and [errors.As] find the cause, context errors included. It
// cannot be unwrapped, since the text of the cause may quote what was sent.
type TransportError struct {
	// Operation is the id of the operation in openapi.yaml, for example
	// "submitSelfServiceLoginFlow".
	Operation string

	// NotSent reports that the request provably never left: no connection to
	// send it on was made. When it is false the server may have acted.
	NotSent bool

	cause
}

// CanContinue reports whether the login can go on after this answer. One that is
// only an *APIError ends it.
func (e *APIError) CanContinue() bool { return e.canContinue }

// CanContinue reports whether the same flow takes another submission, which it does
// unless the error is [ErrTooManyTries].
func (e *ValidationError) CanContinue() bool { return !e.Is(ErrTooManyTries) }

// CanContinue returns true: the flow takes the next step.
func (e *NextStepError) CanContinue() bool { return true }

// CanContinue returns true: a flow of [AAL2] completes the session.
func (e *SecondFactorError) CanContinue() bool { return true }

// CanContinue returns false: the address has to be verified elsewhere first.
func (e *VerificationError) CanContinue() bool { return false }

// CanContinue reports whether there is a flow to submit to instead.
func (e *ExpiredError) CanContinue() bool { return e.UseFlowID != "" }

// CanContinue returns true: a browser goes on at the URL.
func (e *LocationChangeError) CanContinue() bool { return true }

// CanContinue returns false: that login is over.
func (e *SessionChangedError) CanContinue() bool { return false }

// CanContinue returns false: a request without an answer is not a step.
func (e *TransportError) CanContinue() bool { return false }

// Error says what the answer means, its status and its id, on one line.
func (e *APIError) Error() string {
	what := e.what
	if what == "" {
		what = "the server answered with an error"
	}
	status := strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.StatusCode, http.StatusText(e.StatusCode)))
	if e.ID.known() {
		status += ", " + string(e.ID)
	}
	return fmt.Sprintf("orylogin: %s: %s (%s)", operation.Verb(e.Operation), what, status)
}

func (e *SessionChangedError) Error() string {
	return "orylogin: the login was for another session than the token's"
}

// Error says whether the request was sent and why there is no answer.
func (e *TransportError) Error() string {
	what := "no answer"
	if e.NotSent {
		what = "the request was not sent"
	}
	return fmt.Sprintf("orylogin: %s: %s: %s", operation.Verb(e.Operation), what, e.text())
}

// Unwrap returns the APIError.
func (e *ValidationError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *NextStepError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *SecondFactorError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *VerificationError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *ExpiredError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *LocationChangeError) Unwrap() error { return &e.APIError }

// Unwrap returns the APIError.
func (e *RedirectError) Unwrap() error { return &e.APIError }

// Is reports whether target is the error's [ErrorID], or the one that servers
// leave out of such an answer, or what kept the answer from being understood.
func (e *APIError) Is(target error) bool {
	if id, ok := target.(ErrorID); ok {
		return id != "" && (id == e.ID || id == e.means)
	}
	return e.cause.Is(target)
}

// Is reports whether target is the [MessageID] of a message that refuses the
// submission, or what such a message is known to stand for.
func (e *ValidationError) Is(target error) bool {
	for _, message := range e.Flow.Messages().Errors() {
		if target == message.ID || target == message.refusal() {
			return true
		}
	}
	return false
}

// Is reports whether target is [ErrSessionAAL2Required].
func (e *SecondFactorError) Is(target error) bool { return target == ErrSessionAAL2Required }

// Is reports whether target is [ErrAddressNotVerified].
func (e *VerificationError) Is(target error) bool {
	return target == ErrAddressNotVerified
}

// Format prints the error's text, whatever the verb.
func (e APIError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// Format prints the error's text, whatever the verb.
func (e TransportError) Format(s fmt.State, verb rune) { formatText(s, verb, e.Error()) }

// MarshalJSON returns the error's text, so that an error in a log or an answer
// shows no more than that.
func (e APIError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }

// MarshalJSON returns the error's text.
func (e TransportError) MarshalJSON() ([]byte, error) { return json.Marshal(e.Error()) }
