package orylogin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

var (
	// ErrInvalidCall says that a call was refused before anything was sent, since an
	// argument or an option is missing or cannot be sent as it is. It is a mistake of
	// the program, or of a user whose input it has passed on, such as a password that
	// is not UTF-8. The error's text says which.
	ErrInvalidCall = errors.New("the call is not valid")

	// ErrRequestTooLarge says that a call was refused since it would send more than a login
	// needs: a submission of more than 1 MiB or 1,000 fields, more than 64 KiB or 1,000
	// cookies, or more than 128 KiB of parameters and headers. It is ErrInvalidCall, too. If a browser has sent that much,
	// answer it with 413.
	ErrRequestTooLarge = errors.New("larger than a login needs")

	// ErrUnknownAnswer says that an answer is none that a server gives to the
	// operation. As a rule something between client and server has answered.
	ErrUnknownAnswer = errors.New("not an answer of Ory Kratos")

	// ErrResponseTooLarge says that an answer was over the limit of
	// [WithResponseLimit] and has not been read to its end, or that it, or a document, has
	// more than 10,000 objects and commas.
	ErrResponseTooLarge = errors.New("answer larger than the limit")

	// ErrNotFound says that the server does not know what it was asked for, such as a
	// flow, or that the method is switched off. It is never said of a proxy's 404.
	ErrNotFound = errors.New("the server does not know it")

	// ErrRateLimited says that there were too many requests, be it for the server or
	// for something in between: an [*APIError] whose RetryAfter is how long to wait.
	ErrRateLimited = errors.New("too many requests")

	// ErrUnknownToken says that the server does not know the token that was to be
	// revoked, or knows it no longer.
	ErrUnknownToken = errors.New("the server does not know the token")
)

// APIError is the part that all errors of an answer share. It is also the error of an
// answer that has no type of its own, such as a disabled account: [errors.Is] tells what
// that means, and [OutcomeOf] in one word.
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

	// RetryAfter is how long the server, or a proxy before it, asks to wait by Retry-After
	// or, with a 429, by X-Ratelimit-Reset; zero when it does not say.
	RetryAfter time.Duration

	// Flow is the flow as the server has it now: in a [*ValidationError], in a
	// [*NextStepError], and where a submission was refused for another reason, such as
	// [ErrTooManyTries]. Its messages are texts for the user. It is nil if the answer has
	// none, and for a browser that is logged in already as a rule, whose other tabs cannot
	// fetch their flows any more.
	Flow *Flow

	what  string // the answer's meaning, for Error
	means error  // the target that the server has left out
	cause
}

// ValidationError says that the credentials were refused, or that a field is not valid:
// show the messages of Flow, and submit to it again, with the token if the flow is about
// a session.
type ValidationError struct{ APIError }

// NextStepError says that a submission was accepted and the login needs another
// one: a code was sent, or the flow now offers the methods of the identifier. Submit the
// next step to Flow.
type NextStepError struct{ APIError }

// SecondFactorError says that the first factor was right and the server asks
// for a second one before the session counts. Call [Client.StepUp] with the Token, or,
// for a mailed code, [Client.Converse] with [FlowOptions].AAL set to [AAL2] and
// [WithSessionToken]. For a browser, call [Visit.CreateFlow] with [FlowOptions].AAL set to
// [AAL2]. It is [ErrSessionAAL2Required].
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
// the account must be verified before it can log in. It is
// [ErrSessionVerifiedAddressRequired]. Flow is the login flow on servers before v25.4,
// and nil on later ones.
type VerificationError struct {
	APIError

	// Verification is the verification flow that the server has started: its
	// id, the address, and the URL of its page. In the answer to a native
	// login it is nil on servers before v25.4.
	Verification *api.ContinueWithFlow
}

// ExpiredError says that the flow, or the code that was submitted, is too old.
// Nothing has been checked. It is [ErrFlowExpired]. The replacement is a flow for a first
// factor, whatever the expired one was for, and it has no code for [Client.Exchange] and
// no login challenge: where that matters create a new flow instead. See [Next].
type ExpiredError struct {
	APIError

	// UseFlowID is the id of a new flow that the server made as replacement,
	// empty when it made none.
	UseFlowID string

	// ReturnTo is the return_to of a browser's flow that was fetched, if it had one.
	ReturnTo string

	// ExpiredAt is when the flow that was submitted to has expired. It is zero for one
	// that was fetched, and on servers before v0.11.
	ExpiredAt time.Time

	// Since is for how long the flow that was submitted to had been expired, zero for one
	// that was fetched.
	Since time.Duration
}

// LocationChangeError says that the login goes on in a browser, usually at an
// OpenID Connect provider. It is [ErrLocationChangeRequired].
type LocationChangeError struct {
	APIError

	// URL is where the browser has to go: to a provider as it is configured at
	// the server, or to the server itself. Do not send a session token there.
	URL string
}

// RegistrationError says that nobody has the provider's account yet, and that the
// server has to know more than the provider told before it makes an account. The login goes
// on in a registration, which other clients are for, such as ory/client-go. Flow is nil.
// Servers after v26.2 answer so to [Client.Exchange].
type RegistrationError struct {
	APIError

	// FlowID is the id of the registration flow.
	FlowID string

	// URL is where the form of the registration is submitted, in JSON.
	URL string
}

// RedirectError is a redirect, which the Client does not follow. The usual reasons are a
// base URL of the admin API, a proxy that wants https, and a flow that belongs to a
// browser.
type RedirectError struct {
	APIError

	// Location is the target as an absolute URL, or as it was sent when it
	// is not a URL.
	Location string

	admin bool // it looks like one of the admin API
}

// SessionChangedError says that a login which was about a session has led to
// another one: somebody else has logged in, or the session had ended. It is not
// the error of an answer.
type SessionChangedError struct {
	// Login is the login that was made instead. Its session has no identity if
	// it owes a second factor, and after a form there is none then. A browser keeps the
	// session that it had.
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

// Error says what the answer means, its status and its id, on one line.
func (e *APIError) Error() string {
	what := "the server answered with an error"
	if e.StatusCode == http.StatusTooManyRequests {
		what = ErrRateLimited.Error()
	}
	return e.text(cmp.Or(e.what, what))
}

// Error says what was refused.
func (e *ValidationError) Error() string {
	what := "the submission was refused"
	if refusals := e.Flow.Messages().Errors(); len(refusals) > 0 {
		what += ": " + refusals.meanings()
	}
	return e.text(what)
}

// Error says what the next step is.
func (e *NextStepError) Error() string {
	if e.Flow.CodeSent() {
		return e.text("a code was sent, which the next step needs")
	}
	return e.text("the login needs another step")
}

// Error says that a second factor is owed.
func (e *SecondFactorError) Error() string { return e.text("the session needs a second factor") }

// Error says that an address is not verified.
func (e *VerificationError) Error() string {
	return e.text("an address of the account is not verified")
}

// Error says that the flow has expired.
func (e *ExpiredError) Error() string { return e.text("the flow has expired") }

// Error says that the login goes on in a browser.
func (e *LocationChangeError) Error() string { return e.text("the login goes on in a browser") }

// Error says that a registration is needed.
func (e *RegistrationError) Error() string {
	return e.text("the provider's account needs a registration")
}

// Error says that the answer is a redirect.
func (e *RedirectError) Error() string {
	what := "the answer is a redirect"
	if e.admin {
		what += "; the base URL looks like the admin API's, the client needs the public one"
	}
	return e.text(what)
}

// Error says that the session is another one.
func (e *SessionChangedError) Error() string { return "orylogin: the login has led to another session" }

// Error says whether the request was sent and why there is no answer.
func (e *TransportError) Error() string {
	what := "no answer"
	if e.NotSent {
		what = "the request was not sent"
	}
	if reason := why(e.cause); reason != "" {
		what += ": " + reason
	}
	return short(prefix(e.Operation) + what)
}

// text makes a line of what an answer means.
func (e *APIError) text(what string) string {
	var details []string
	if e.StatusCode != 0 {
		details = append(details, strings.TrimSpace(fmt.Sprintf("HTTP %d %s", e.StatusCode, http.StatusText(e.StatusCode))))
	}
	if e.ID.known() {
		details = append(details, string(e.ID))
	}
	text := prefix(e.Operation) + what
	if len(details) > 0 {
		text += " (" + strings.Join(details, ", ") + ")"
	}
	return short(text)
}

func prefix(id string) string {
	if id == "" {
		return "orylogin: "
	}
	return "orylogin: " + operation.Verb(id) + ": "
}

// Is reports whether the answer means target: an [ErrorID], the [MessageID] of a message
// that refuses the submission, or one of the errors of this package.
func (e *APIError) Is(target error) bool {
	switch target := target.(type) {
	case ErrorID:
		return target != "" && (target == e.ID || target == e.means)
	case MessageID:
		return len(e.Flow.Messages().Errors().ID(target)) > 0
	}
	switch target {
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound && e.ID == "" && e.Flow == nil && e.means == nil && why(e.cause) == ""
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	default:
		return target == e.means || e.cause.Is(target)
	}
}

// Is reports whether target is [ErrSessionAAL2Required].
func (e *SecondFactorError) Is(target error) bool { return target == ErrSessionAAL2Required }

// Is reports whether target is [ErrSessionVerifiedAddressRequired] or
// [ErrAddressNotVerified].
func (e *VerificationError) Is(target error) bool {
	return target == ErrSessionVerifiedAddressRequired || target == ErrAddressNotVerified
}

// Is reports whether target is [ErrFlowExpired].
func (e *ExpiredError) Is(target error) bool { return target == ErrFlowExpired }

// Is reports whether target is [ErrLocationChangeRequired].
func (e *LocationChangeError) Is(target error) bool { return target == ErrLocationChangeRequired }

// invalidCall returns an error with a text that is ErrInvalidCall.
func invalidCall(text string) error { return callError{errors.New(text)} }

// tooLarge returns an error that is ErrInvalidCall and ErrRequestTooLarge.
func tooLarge(what string) error { return refused(fmt.Errorf("%s: %w", what, ErrRequestTooLarge)) }

// refused returns an error that is ErrInvalidCall and err, with its text, and nil for nil.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return callError{fmt.Errorf("orylogin: %w", err)}
}

type callError struct{ error }

// Is reports whether target is ErrInvalidCall.
func (callError) Is(target error) bool { return target == ErrInvalidCall }

// Unwrap returns the error with the text.
func (e callError) Unwrap() error { return e.error }
