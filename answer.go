package orylogin

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/header"
	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/operation"
	tokens "github.com/orylogin/orylogin/internal/token"
)

// answer is the answer to one request. Its methods find out what it means. The shape of the
// body decides first: a session, a flow or an error. Then the status decides.
type answer struct {
	operation string
	token     Secret   // the token that was sent; empty for none
	url       *url.URL // the URL of the request
	status    int
	header    http.Header
	body      []byte
	err       error // why the body was not read to its end
	took      time.Duration
	observer  func(context.Context, Event) // nil for none

	hasMore     bool // the body also has an error or a second document
	setsSession bool // the answer sets a session cookie
}

// login reads the answer to a native submission or a token exchange.
func (a *answer) login() (*Login, error) { return a.anyLogin(true) }

// anyLogin reads the answer to a submission. If needsToken is true, the answer must have a
// session token. Otherwise the session is that of a cookie.
func (a *answer) anyLogin(needsToken bool) (*Login, error) {
	var members loginMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	success, err := a.success(&members)
	if err != nil {
		return nil, err
	}
	if needsToken && !validToken(success.SessionToken.Reveal()) {
		return nil, a.unknown("it has a session, but no session token that can be sent")
	}
	return a.completeLogin(success)
}

// success returns the members of an answer with a session. For any other answer it returns the
// error.
func (a *answer) success(members *loginMembers) (*api.SuccessfulSelfServiceLoginWithoutBrowser, error) {
	success := members.SuccessfulSelfServiceLoginWithoutBrowser
	hasSession := success != nil && success.Session.ID != ""
	switch hasFlow := members.hasFlow(); {
	case hasSession && (hasFlow || a.hasMore):
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

// flow reads the answer to the creation or the fetching of a flow.
func (a *answer) flow() (*Flow, error) {
	var members loginMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	switch {
	case !members.hasFlow():
		return nil, a.errorOf(&members.errorMembers)
	case a.hasMore:
		return nil, a.unknown("it has a flow and more that contradicts it")
	case !a.succeeded():
		return nil, a.flowError(members.SelfServiceLoginFlow)
	default:
		return a.loginFlow(members.SelfServiceLoginFlow)
	}
}

// flowHead reads the answer to the creation of a flow whose form is not needed. The result has
// only the flow's id. The decoding of the form would be most of the time of a login.
func (a *answer) flowHead() (*Flow, error) {
	var members struct {
		ID string    `json:"id"`
		UI *struct{} `json:"ui"`
		errorMembers
	}
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	if members.ID == "" || isLong(members.ID) || members.UI == nil || !a.succeeded() || a.hasMore {
		return a.flow()
	}
	return &Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{ID: members.ID}}, nil
}

// session reads the answer to whoami.
func (a *answer) session() (*Session, error) {
	var members sessionMembers
	if err := a.decode(&members); err != nil {
		return nil, err
	}
	switch {
	case members.hasError() && a.status == http.StatusUnauthorized:
		return nil, a.meaning(ErrSessionInactive, members.Error, "there is no valid session")
	case members.hasError() && a.status == http.StatusForbidden && members.lacksSecondFactor():
		return nil, &SecondFactorError{APIError: a.apiError(members.Error), Token: a.token, URL: members.RedirectBrowserTo}
	case members.hasError() || !a.succeeded() || !complete(&members.Session):
		return nil, a.errorOf(&members.errorMembers)
	case a.hasMore:
		return nil, a.unknown("it has a session and more that contradicts it")
	}
	return &Session{Session: members.Session, document: newDocument(a.body, "")}, nil
}

// loggedOut reads the answer to a logout and returns what the browser should clear.
func (a *answer) loggedOut() (string, error) {
	if a.status == http.StatusNoContent {
		return a.header.Get("Clear-Site-Data"), nil
	}
	var members errorMembers
	if err := a.decode(&members); err != nil {
		return "", err
	}
	return "", a.errorOf(&members)
}

// completeLogin returns the login of a complete session. If the server hides the session's
// identity, the login needs a second factor.
func (a *answer) completeLogin(success *api.SuccessfulSelfServiceLoginWithoutBrowser) (*Login, error) {
	session := &Session{Session: success.Session, document: newDocument(a.body, "session")}
	switch {
	case session.Active && session.Identity == nil:
		return nil, &SecondFactorError{APIError: a.apiError(nil), Token: success.SessionToken, Session: session}
	case !complete(&success.Session):
		return nil, a.unknown("its session is not active or has no identity")
	}
	login := &Login{Token: success.SessionToken, Session: session, ContinueWith: success.ContinueWith}
	for _, next := range login.ContinueWith {
		if isLong(next.OrySessionToken.Reveal()) || next.Flow != nil && isLong(next.Flow.ID) {
			return nil, a.unknown(longer)
		}
		if next.Action == "redirect_browser_to" {
			login.RedirectTo = next.RedirectBrowserTo
		}
	}
	return login, nil
}

// typeNative is the type of the flows of native clients.
const typeNative = "api"

// complete reports whether a session says who is logged in.
func complete(session *api.Session) bool {
	return session.ID != "" && session.Active && session.Identity != nil && session.Identity.ID != ""
}

// flowError returns the error for a flow. A flow with an error message is a refusal, any other
// is progress. Both have the status 400.
func (a *answer) flowError(wire *api.SelfServiceLoginFlow) error {
	flow, err := a.loginFlow(wire)
	if err != nil {
		return err
	}
	return a.loginError(flow)
}

// loginFlow returns a login flow and refuses flows of other kinds. Only the action of the form
// tells them apart.
func (a *answer) loginFlow(wire *api.SelfServiceLoginFlow) (*Flow, error) {
	flow := &Flow{SelfServiceLoginFlow: *wire, document: newDocument(a.body, ""), status: a.status}
	if isLong(flow.ID, flow.ReturnTo, flow.RequestURL, flow.OAuth2LoginChallenge, flow.SessionTokenExchangeCode.Reveal()) || flow.Type != typeNative && isLong(flow.csrfToken()) {
		return nil, a.unknown(longer)
	}
	_, kind, _ := strings.Cut(wire.UI.Action, "/self-service/")
	switch kind, _, _ = strings.Cut(kind, "?"); kind {
	case "", "login":
		return flow, nil
	case "registration":
		return nil, &RegistrationError{APIError: a.apiError(nil), FlowID: wire.ID, URL: wire.UI.Action}
	default:
		return nil, a.unknown("its flow is not a login flow")
	}
}

func (a *answer) loginError(flow *Flow) error {
	apiErr := a.apiError(nil)
	apiErr.Flow = flow
	refusals := flow.Messages().Errors()
	switch reason := refusals.reason(); {
	case len(refusals) == 0:
		return &NextStepError{APIError: apiErr}
	case reason == nil:
		return &ValidationError{APIError: apiErr}
	case errors.Is(reason, ErrSessionVerifiedAddressRequired):
		return &VerificationError{APIError: apiErr}
	case errors.Is(reason, ErrSessionAlreadyAvailable) && a.hasExpired(flow):
		return &ExpiredError{APIError: apiErr}
	default:
		other := apiErr
		other.means, other.what = reason, refusals.meanings()
		return &other
	}
}

// hasExpired is for a flow that the server refuses because of a session. It reports whether the
// flow, or its code, has expired. Before that, a session does not get in the way of a refresh,
// nor of a flow for a second factor unless the session has that factor.
func (a *answer) hasExpired(flow *Flow) bool {
	if flow.RequestedAAL != AAL2 {
		return flow.Refresh
	}
	date, err := http.ParseTime(a.header.Get("Date"))
	if err != nil {
		date = time.Now()
	}
	return flow.CodeSent() || flow.ExpiresAt.Before(date.Add(time.Second)) // the Date header has no fractions of a second
}

// errorOf returns the error for an error body.
func (a *answer) errorOf(members *errorMembers) error {
	switch {
	case !members.hasError():
		return a.unknown("it has none of the expected members")
	case a.succeeded():
		return a.unknown("it has an error, but the status of a success")
	case a.status == http.StatusGone:
		returnTo := detailsOf(members.Error).ReturnTo
		if isLong(members.UseFlowID, returnTo) {
			return a.unknown(longer)
		}
		return &ExpiredError{
			APIError:  a.apiError(members.Error),
			UseFlowID: members.UseFlowID,
			ReturnTo:  returnTo,
			ExpiredAt: members.ExpiredAt,
			Since:     members.Since,
		}
	case a.status == http.StatusUnprocessableEntity && members.RedirectBrowserTo != "":
		return &LocationChangeError{APIError: a.apiError(members.Error), URL: members.RedirectBrowserTo}
	case a.idOf(members.Error) == ErrSessionVerifiedAddressRequired:
		flow := detailsOf(members.Error).verificationFlow()
		if flow != nil && isLong(flow.ID) {
			return a.unknown(longer)
		}
		return &VerificationError{APIError: a.apiError(members.Error), Verification: flow}
	case a.idOf(members.Error) != "":
		return a.meaning(nil, members.Error, "")
	case (a.operation == operation.Submit || a.operation == operation.GetError) && a.status == http.StatusUnauthorized:
		return a.meaning(ErrIdentityDisabled, members.Error, "the account is disabled")
	case a.operation == operation.Logout && a.status == http.StatusForbidden:
		return a.meaning(ErrUnknownToken, members.Error, ErrUnknownToken.Error())
	default:
		return a.meaning(nil, members.Error, "")
	}
}

// longer is the text for an answer with a value that is too long for the next request.
const longer = "it has an id, a code, a token or a URL that is too long"

// isLong reports whether a value from a server is too long for the next request.
func isLong(words ...string) bool {
	return slices.ContainsFunc(words, func(word string) bool { return len(word) > tokens.Longest })
}

// errorDetails are the details of an error that are about the login.
type errorDetails struct {
	ContinueWith []api.ContinueWith `json:"continue_with"`
	ReturnTo     string             `json:"return_to"`
}

func detailsOf(generic *api.GenericError) errorDetails {
	var details errorDetails
	_ = json.Unmarshal(generic.Details, &details) // details may have any form
	return details
}

// verificationFlow returns the flow for the verification of an address, nil if there is none.
func (d errorDetails) verificationFlow() *api.ContinueWithFlow {
	for _, next := range d.ContinueWith {
		if next.Action == "show_verification_ui" {
			return next.Flow
		}
	}
	return nil
}

// redirect returns the error for a redirect. No redirect is followed.
func (a *answer) redirect() *RedirectError {
	location := a.header.Get("Location")
	redirect := &RedirectError{APIError: a.apiError(nil), Location: location}
	if target, ok := a.location(); ok {
		redirect.Location = target.String()
		redirect.admin = a.fromAdmin(target)
	}
	return redirect
}

// location returns the target of a redirect. It returns false if the target is not a URL or is
// too long.
func (a *answer) location() (*url.URL, bool) {
	location := a.header.Get("Location")
	if len(location) > host.MaxRedirect {
		return nil, false
	}
	target, err := a.url.Parse(location)
	return target, err == nil
}

// fromAdmin reports whether the redirect looks like one from the admin API to the public API.
// Such a redirect leads to the same path, or to that path below /admin.
func (a *answer) fromAdmin(target *url.URL) bool {
	return a.status == http.StatusTemporaryRedirect &&
		(target.Path == "/admin"+a.url.Path || target.Path == a.url.Path && target.Scheme == a.url.Scheme)
}

// unknown returns the error for an answer that no Kratos gives.
func (a *answer) unknown(reason string) error {
	apiErr := a.apiError(nil)
	apiErr.what, apiErr.cause = ErrUnknownAnswer.Error()+": "+reason, newCause(ErrUnknownAnswer)
	return &apiErr
}

func (a *answer) unreadable(err error) error {
	apiErr := a.apiError(nil)
	apiErr.cause = newCause(err)
	apiErr.what = "the answer could not be read: " + why(apiErr.cause)
	return &apiErr
}

// meaning returns the error for an answer without a type of its own. It matches means, the
// error that the server has not named itself, if any. what is its text.
func (a *answer) meaning(means error, generic *api.GenericError, what string) error {
	apiErr := a.apiError(generic)
	apiErr.means, apiErr.what = means, what
	return &apiErr
}

// apiError returns the common part of all errors of an answer. The generic error is nil if the
// body has none.
func (a *answer) apiError(generic *api.GenericError) APIError {
	if generic == nil {
		generic = &api.GenericError{}
	}
	return APIError{
		Operation:  a.operation,
		StatusCode: a.status,
		ID:         a.idOf(generic),
		Code:       generic.Code,
		Status:     generic.Status,
		Message:    generic.Message,
		Reason:     generic.Reason,
		Debug:      generic.Debug,
		Details:    generic.Details,
		RequestID:  generic.Request,
		RetryAfter: header.RetryAfter(a.header, a.status, time.Now()),
	}
}

// idOf returns the id of an error. An id about the login counts only with the status of a
// refusal, and not with that of a rate limit or a failure.
func (a *answer) idOf(generic *api.GenericError) ErrorID {
	id, refused := ErrorID(generic.ID), a.status/100 == 4 && a.status != http.StatusTooManyRequests
	if id.known() && !refused && id != ErrUpstream && id != ErrInvalidConfiguration {
		return ""
	}
	return id
}

func (a *answer) succeeded() bool { return a.status/100 == 2 }
