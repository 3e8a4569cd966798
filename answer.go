package orylogin

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// answer is what came back for one request. Its methods say what it means: the
// shape of the body decides (a session, a flow or an error), then the status.
type answer struct {
	operation string
	url       *url.URL // that was asked
	status    int
	header    http.Header
	body      []byte
	err       error // what kept the body from being read to its end
}

// login reads the answer to a submission or a token exchange.
func (a *answer) login() (*Login, error) {
	var members loginMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	success, err := a.success(&members)
	switch {
	case err != nil:
		return nil, err
	case success.SessionToken.IsZero():
		return nil, a.unknown("it has a session, but no session token")
	}
	session, err := a.completeSession(success)
	if err != nil {
		return nil, err
	}
	return &Login{Token: success.SessionToken, Session: session, ContinueWith: success.ContinueWith}, nil
}

// success returns the members of an answer that has a session, and the error that
// any other one is.
func (a *answer) success(members *loginMembers) (*api.SuccessfulSelfServiceLoginWithoutBrowser, error) {
	success := members.SuccessfulSelfServiceLoginWithoutBrowser
	hasSession := success != nil && success.Session.ID != ""
	switch hasFlow := members.hasFlow(); {
	case hasSession && (hasFlow || members.hasError()):
		return nil, a.unknown("it has a session and more that contradicts it")
	case hasSession && !a.succeeded():
		return nil, a.unknown("it has a session, but not the status of a success")
	case hasSession:
		return success, nil
	case hasFlow:
		return nil, a.flowError(members.SelfServiceLoginFlow)
	default:
		return nil, a.errorOf(&members.errorMembers)
	}
}

// browserLogin reads the answer to the submission of a browser flow, whose session
// is in a cookie.
func (a *answer) browserLogin() (*Session, []api.ContinueWith, error) {
	var members loginMembers
	if err := a.decode(&members); err != nil {
		return nil, nil, err
	}
	success, err := a.success(&members)
	if err != nil {
		return nil, nil, err
	}
	session, err := a.completeSession(success)
	return session, success.ContinueWith, err
}

// flow reads the answer to the creation or the fetching of a flow.
func (a *answer) flow() (*Flow, error) {
	var members loginMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	switch {
	case !members.hasFlow():
		return nil, a.errorOf(&members.errorMembers)
	case !a.succeeded():
		return nil, a.flowError(members.SelfServiceLoginFlow)
	default:
		return a.newFlow(members.SelfServiceLoginFlow), nil
	}
}

// flowHead reads the answer to the creation of a flow whose form nobody looks at:
// the flow has its id and its type only. Decoding the form takes most of the time
// of a login.
func (a *answer) flowHead() (*Flow, error) {
	var members struct {
		ID   string    `json:"id"`
		Type string    `json:"type"`
		UI   *struct{} `json:"ui"`
		errorMembers
	}
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	if members.ID == "" || members.UI == nil || !a.succeeded() {
		return a.flow()
	}
	return &Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{ID: members.ID, Type: members.Type}}, nil
}

// session reads the answer to whoami, which was asked for token.
func (a *answer) session(token Secret) (*Session, error) {
	var members sessionMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	switch {
	case members.hasError() && a.status == http.StatusUnauthorized:
		apiErr := a.apiError(members.Error, "there is no valid session")
		apiErr.means = ErrSessionInactive
		return nil, &apiErr
	case members.hasError() && a.status == http.StatusForbidden && members.lacksSecondFactor():
		return nil, &SecondFactorError{
			APIError: a.progress(members.Error, "the session needs a second factor"),
			Token:    token,
			URL:      members.RedirectBrowserTo,
		}
	case members.hasError() || !a.succeeded() || !complete(&members.Session):
		return nil, a.errorOf(&members.errorMembers)
	}
	return &Session{Session: members.Session, document: newDocument(a.body, "")}, nil
}

// loggedOut reads the answer to a logout.
func (a *answer) loggedOut() error {
	if a.status == http.StatusNoContent {
		return nil
	}
	var members errorMembers
	if err := a.decode(&members); err != nil {
		return err
	}
	return a.errorOf(&members)
}

// completeSession tells a complete session from one that owes a second factor. The
// server hides the identity of the latter.
func (a *answer) completeSession(success *api.SuccessfulSelfServiceLoginWithoutBrowser) (*Session, error) {
	session := &Session{Session: success.Session, document: newDocument(a.body, "session")}
	switch {
	case session.Active && session.Identity == nil:
		return nil, &SecondFactorError{
			APIError: a.progress(nil, secondFactorOwed),
			Token:    success.SessionToken,
			Session:  session,
		}
	case !complete(&success.Session):
		return nil, a.unknown("its session is not active or belongs to nobody")
	}
	return session, nil
}

// complete reports whether a session says who is logged in.
func complete(session *api.Session) bool {
	return session.ID != "" && session.Active && session.Identity != nil && session.Identity.ID != ""
}

// flowError tells a refused submission from progress: a flow says the former by
// an error message. Its status is 400 for both.
func (a *answer) flowError(wire *api.SelfServiceLoginFlow) error {
	return a.loginError(a.newFlow(wire))
}

func (a *answer) loginError(flow *Flow) error {
	refusals := flow.Messages().Errors()
	switch {
	case len(refusals) == 0 && flow.CodeSent():
		return &NextStepError{APIError: a.progress(nil, "a code was sent, which the next step needs"), Flow: flow}
	case len(refusals) == 0:
		return &NextStepError{APIError: a.progress(nil, "the login needs another step"), Flow: flow}
	case len(refusals.ID(ErrAddressNotVerified)) > 0:
		apiErr := a.apiError(nil, addressNotVerified)
		apiErr.means = ErrSessionVerifiedAddressRequired
		return &VerificationError{APIError: apiErr, Flow: flow}
	default:
		return &ValidationError{
			APIError: a.progress(nil, "the submission was refused: "+refusals.meanings()),
			Flow:     flow,
		}
	}
}

const (
	addressNotVerified = "an address of the account is not verified"
	secondFactorOwed   = "the login needs a second factor"
)

// errorOf reads the error bodies.
func (a *answer) errorOf(members *errorMembers) error {
	return a.errorWith(a.status, members)
}

// errorWith is errorOf with the status that the error had when it was made, which a
// redirect to an error page hides.
func (a *answer) errorWith(status int, members *errorMembers) error {
	switch {
	case !members.hasError():
		return a.unknown("it has none of the expected members")
	case status == http.StatusGone:
		apiErr := a.apiError(members.Error, "the flow has expired")
		apiErr.canContinue = members.UseFlowID != ""
		return &ExpiredError{
			APIError:  apiErr,
			UseFlowID: members.UseFlowID,
			ExpiredAt: members.ExpiredAt,
			Since:     members.Since,
		}
	case status == http.StatusUnprocessableEntity && members.RedirectBrowserTo != "":
		return &LocationChangeError{
			APIError: a.progress(members.Error, "the login goes on in a browser"),
			URL:      members.RedirectBrowserTo,
		}
	case ErrorID(members.Error.ID) == ErrSessionVerifiedAddressRequired:
		return &VerificationError{
			APIError:     a.apiError(members.Error, addressNotVerified),
			Verification: verificationFlow(members.Error.Details),
		}
	case a.operation == operation.Submit && status == http.StatusUnauthorized && members.Error.ID == "":
		apiErr := a.apiError(members.Error, "the account is disabled")
		apiErr.means = ErrIdentityDisabled
		return &apiErr
	default:
		apiErr := a.apiError(members.Error, "the server answered with an error")
		return &apiErr
	}
}

// verificationFlow returns the verification flow in an error's details, nil if
// there is none.
func verificationFlow(details json.RawMessage) *api.ContinueWithFlow {
	var members struct {
		ContinueWith []api.ContinueWith `json:"continue_with"`
	}
	if err := json.Unmarshal(details, &members); err != nil {
		return nil
	}
	for _, next := range members.ContinueWith {
		if next.Action == "show_verification_ui" {
			return next.Flow
		}
	}
	return nil
}

func (a *answer) redirect(location string) *RedirectError {
	what := "the answer is a redirect"
	if target, err := a.url.Parse(location); err == nil {
		location = target.String()
		if a.fromAdmin(target) {
			what += "; the base URL looks like the admin API's, the client needs the public one"
		}
	}
	return &RedirectError{APIError: a.apiError(nil, what), Location: location}
}

// fromAdmin reports whether a redirect is the one by which the admin API sends
// a client to the public API: the same path there, or that path below /admin.
func (a *answer) fromAdmin(target *url.URL) bool {
	return a.status == http.StatusTemporaryRedirect &&
		(target.Path == "/admin"+a.url.Path || target.Path == a.url.Path && target.Scheme == a.url.Scheme)
}

func (a *answer) unknown(why string) error {
	apiErr := a.apiError(nil, ErrUnknownAnswer.Error()+": "+why)
	apiErr.cause = cause{ErrUnknownAnswer}
	return &apiErr
}

func (a *answer) unreadable(err error) error {
	apiErr := a.apiError(nil, "the answer could not be read: "+cause{err}.text())
	apiErr.cause = cause{err}
	return &apiErr
}

// progress is apiError for an answer after which the login can go on.
func (a *answer) progress(generic *api.GenericError, what string) APIError {
	apiErr := a.apiError(generic, what)
	apiErr.canContinue = true
	return apiErr
}

// apiError returns the part that all errors of an answer share. The generic
// error is nil for bodies that have none.
func (a *answer) apiError(generic *api.GenericError, what string) APIError {
	if generic == nil {
		generic = &api.GenericError{}
	}
	return APIError{
		Operation:  a.operation,
		StatusCode: a.status,
		ID:         ErrorID(generic.ID),
		Code:       generic.Code,
		Status:     generic.Status,
		Message:    generic.Message,
		Reason:     generic.Reason,
		Debug:      generic.Debug,
		Details:    generic.Details,
		RequestID:  generic.Request,
		RetryAfter: retryAfter(a.header.Get("Retry-After"), time.Now()),
		what:       what,
	}
}

func (a *answer) newFlow(wire *api.SelfServiceLoginFlow) *Flow {
	return &Flow{SelfServiceLoginFlow: *wire, document: newDocument(a.body, ""), status: a.status}
}

func (a *answer) succeeded() bool { return a.status/100 == 2 }

// retryAfter reads the header's two forms, seconds and a date.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(value, 10, 32); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil && date.After(now) {
		return date.Sub(now)
	}
	return 0
}
