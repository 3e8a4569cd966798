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
	// ErrInvalidCall says that a call was refused before anything was sent: an argument or an
	// option is missing or cannot be sent. It is a mistake of the program, or of a user whose
	// input the program has passed on, such as a password that is not UTF-8. The error's text
	// names the argument or option.
	ErrInvalidCall = errors.New("the call is not valid")

	// ErrRequestTooLarge says that a call was refused because its request is larger than a
	// login needs. The limits are 1 MiB and 1,000 fields for a submission, 64 KiB and 1,000
	// for cookies, and 128 KiB for parameters and headers. It matches ErrInvalidCall, too. If
	// a browser has sent that much, answer it with status 413.
	ErrRequestTooLarge = errors.New("larger than a login needs")

	// ErrUnknownAnswer says that the answer is not one that Kratos gives to the operation.
	// Most often, something between client and server has answered.
	ErrUnknownAnswer = errors.New("not an answer of Ory Kratos")

	// ErrResponseTooLarge says that an answer is larger than [WithResponseLimit] allows; it
	// was not read to its end. It also says that a JSON document has more than 10,000 opening
	// braces and commas together. The document is an answer, or what [Flow.UnmarshalJSON] or
	// [Session.UnmarshalJSON] reads.
	ErrResponseTooLarge = errors.New("answer larger than the limit")

	// ErrNotFound says that the server does not know the flow or other object of the call, or
	// that the configuration of the server disables the login method. The 404 of a proxy
	// matches it only if its body has a member "error" that is an object, as a 404 of Kratos
	// has.
	ErrNotFound = errors.New("the server does not know it")

	// ErrRateLimited says that the server, or something in front of it, got too many
	// requests. The error is an [*APIError] whose RetryAfter says how long to wait.
	ErrRateLimited = errors.New("too many requests")

	// ErrUnknownToken says that the server does not know the token to revoke: it has never
	// issued the token, or has deleted its session since.
	ErrUnknownToken = errors.New("the server does not know the token")
)

// APIError is the common part of all errors of an answer. It is also the whole error of an
// answer that has no type of its own, for example for a disabled account. [errors.Is] tells
// what that answer means, and [OutcomeOf] tells it in one word.
//
//	var apiErr *orylogin.APIError
//	if errors.As(err, &apiErr) {
//		log.Print(apiErr.StatusCode)
//	}
//
// The error's text has no free text of the server, since that may repeat what was submitted.
// Message, Reason, Debug and Details have it.
type APIError struct {
	// Operation is the id of the operation in openapi.yaml, for example
	// "submitSelfServiceLoginFlow".
	Operation string

	// StatusCode is the HTTP status. It can differ from Code.
	StatusCode int

	// ID names the error. Many errors of servers have none.
	ID ErrorID

	// Code and Status are the HTTP status as the body repeats it.
	Code   int64
	Status string

	// Message and Reason say in English what went wrong: Message in general, Reason in
	// particular. They may repeat what was submitted.
	Message string
	Reason  string

	// Debug and Details are for developers. Details is a JSON object.
	Debug   string
	Details json.RawMessage

	// RequestID is the id of the request in the server's log.
	RequestID string

	// RetryAfter is how long the server, or a proxy in front of it, asks to wait: by
	// Retry-After or, with a 429, by X-Ratelimit-Reset. It is zero if the answer does not
	// say.
	RetryAfter time.Duration

	// Flow is the flow as the server has it now, with messages for the user. It is set in a
	// [*ValidationError], in a [*NextStepError], and where a submission was refused for
	// another reason, such as [ErrTooManyTries]. It is nil if the answer has no flow. It is
	// usually nil if the browser has logged in in another tab: the server no longer shows the
	// flows from before that login.
	Flow *Flow

	what  string // the answer's meaning, for Error
	means error  // the target that the server has left out
	cause
}

// ValidationError says that the credentials were refused or that a field is not valid. Show
// the messages of Flow and submit to Flow again. If the first submission had
// [WithSessionToken], the next one needs it, too.
type ValidationError struct{ APIError }

// NextStepError says that a submission was accepted and that the login needs another one: the
// server has sent a code, or the flow now offers the methods of the identifier. Submit the
// next step to Flow.
type NextStepError struct{ APIError }

// SecondFactorError says that the first factor was right and that the server demands a second
// factor. It matches [ErrSessionAAL2Required]. In a native client call [Client.StepUp] with
// the Token or, for a mailed code, [Client.Converse] with [FlowOptions].AAL set to [AAL2] and
// [WithSessionToken]. For a browser call [Visit.CreateFlow] with [FlowOptions].AAL set to
// [AAL2].
//
// Servers demand it if session.whoami.required_aal is highest_available and the account has a
// second factor. Otherwise a login with one factor is complete, whatever the account has.
type SecondFactorError struct {
	APIError

	// Token is the token of the session that the second factor completes. It is empty if the
	// session is in a cookie.
	Token Secret

	// Session is that session, without its identity. It is nil if the answer has no session.
	// The answer to whoami has none. Since v1.3 the answer to a browser's login has none
	// either.
	Session *Session

	// URL is where a browser with that session gives the second factor. It is empty in the
	// answer to a native login.
	URL string
}

// VerificationError says that the credentials were right, but the user must verify an address
// before the login. It matches [ErrSessionVerifiedAddressRequired]. Flow is the login flow on
// servers before v25.4 and nil on later ones.
type VerificationError struct {
	APIError

	// Verification is the verification flow that the server has started: its id, the address,
	// and the URL of its page. It is nil in the answer to a native login on servers before
	// v25.4.
	Verification *api.ContinueWithFlow
}

// ExpiredError says that the flow, or the submitted code, is too old. The server has checked
// nothing. It matches [ErrFlowExpired]. The replacement is a flow for a first factor,
// whatever the expired flow was for. It has no code for [Client.Exchange] and no login
// challenge. If you need one of these, create a new flow instead, as [Visit.Start] does.
type ExpiredError struct {
	APIError

	// UseFlowID is the id of the new flow that replaces the expired one. It is empty if the
	// server made none.
	UseFlowID string

	// ReturnTo is the return_to of a browser's flow that was fetched. It is empty if the flow
	// had none.
	ReturnTo string

	// ExpiredAt is when the flow of a submission expired. It is zero for a flow that was
	// fetched, and on servers before v0.11.
	ExpiredAt time.Time

	// Since is the time between the flow's expiry and the submission. It is zero for a flow
	// that was fetched.
	Since time.Duration
}

// LocationChangeError says that the login continues in a browser, usually at an OpenID
// Connect provider. It matches [ErrLocationChangeRequired].
type LocationChangeError struct {
	APIError

	// URL is where the browser must go: to a provider of the server's configuration, or to
	// the server itself. Do not send a session token there.
	URL string
}

// RegistrationError says that no account is linked to the provider's account yet, and that the
// provider did not tell all that the server needs for a new account. The login continues in a
// registration. This module has no registration: use another client, such as ory/client-go.
// Flow is nil. Only servers after v26.2 send this answer, and only to the request of
// [Client.Exchange] and [Client.Callback].
type RegistrationError struct {
	APIError

	// FlowID is the id of the registration flow.
	FlowID string

	// URL is where the registration's form is submitted, as JSON.
	URL string
}

// RedirectError says that the answer is a redirect, which the Client does not follow. The
// usual reasons are a base URL of the admin API, a proxy that wants https, and a flow that
// belongs to a browser.
type RedirectError struct {
	APIError

	// Location is the target as an absolute URL. If it is not a URL, it is as the server sent
	// it.
	Location string

	admin bool // it looks like one of the admin API
}

// SessionChangedError says that a refresh or a second factor of a session has led to another
// session: another user has logged in, or the session had ended. It has no [*APIError], since
// the server accepted the login.
type SessionChangedError struct {
	// Login is the login to the other session. If it needs a second factor, its Session has no
	// Identity, or, after [Visit.SubmitForm], its Session is nil. A browser keeps its earlier
	// session.
	Login *Login
}

// TransportError says that no answer arrived: the network failed, or the time ran out.
// [errors.Is] and [errors.As] find the cause, context errors included. The error does not
// unwrap, since the text of the cause may quote what was sent.
type TransportError struct {
	// Operation is the id of the operation in openapi.yaml, for example
	// "submitSelfServiceLoginFlow".
	Operation string

	// NotSent reports that the request certainly was not sent: there was no connection to
	// send it on. If it is false, the server may have acted.
	NotSent bool

	cause
}

// Error says what the answer means, its status and its id, in one line.
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
		return e.text("a code was sent; the next step needs it")
	}
	return e.text("the login needs another step")
}

// Error says that a second factor is needed.
func (e *SecondFactorError) Error() string { return e.text("the session needs a second factor") }

// Error says that an address is not verified.
func (e *VerificationError) Error() string {
	return e.text("an address of the account is not verified")
}

// Error says that the flow has expired.
func (e *ExpiredError) Error() string { return e.text("the flow has expired") }

// Error says that the login continues in a browser.
func (e *LocationChangeError) Error() string { return e.text("the login continues in a browser") }

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

// Error says that the login has led to another session.
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

// Is reports whether the answer means target. The target is an [ErrorID], the [MessageID] of
// a message that refuses the submission, or one of the errors of this package.
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

// invalidCall returns an error with the text that matches ErrInvalidCall.
func invalidCall(text string) error { return callError{errors.New(text)} }

// tooLarge returns an error that matches ErrInvalidCall and ErrRequestTooLarge.
func tooLarge(what string) error { return refused(fmt.Errorf("%s: %w", what, ErrRequestTooLarge)) }

// refused returns an error with the text of err that matches ErrInvalidCall and err. It
// returns nil for nil.
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
