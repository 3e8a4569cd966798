package orylogin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
	"github.com/orylogin/orylogin/internal/uuid"
)

// The media types of submissions.
const (
	contentTypeJSON = "application/json"
	contentTypeForm = "application/x-www-form-urlencoded"
)

// SubmitForm submits a form as the browser has sent it to the application, with all fields of
// the flow's form. It needs only the id of the flow: the form has the CSRF token, in the
// field csrf_token, if it renders all nodes of the flow.
//
// The error is nil only for a complete login. Otherwise it is an error of [Visit.GetFlow] or
// [Visit.Submit], or the failure that the server has kept for the error page. If the error
// follows from where a redirect leads, its StatusCode is that of the redirect. A failure for
// the error page has its own StatusCode.
//
// SubmitForm makes more than one request, and the client's time limit applies to each of
// them. If this visit has not seen the flow, SubmitForm fetches it first, to know what the
// login is for. The server answers the form with a redirect. SubmitForm does not follow the
// redirect, but makes another request to find out what it means. If that request fails,
// SubmitForm returns its error, although the browser may be logged in. A redirect whose
// meaning it cannot find out is a [*RedirectError].
//
// For a refresh, SubmitForm asks for the browser's session first. A login of another user is
// then a [*SessionChangedError]. Neither applies to a login to an OAuth2 client, since any
// user may log in there.
//
// form is r.PostForm or r.MultipartForm.Value of the request. A form of more than 1,000
// values, or of more than 1 MiB of names and values, returns [ErrRequestTooLarge], and
// nothing is sent.
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) SubmitForm(ctx context.Context, flowID string, form url.Values) (*Login, error) {
	login, err := v.submitForm(ctx, flowID, form)
	v.settle(err)
	return login, err
}

func (v *Visit) submitForm(ctx context.Context, flowID string, form url.Values) (*Login, error) {
	switch {
	case flowID == "":
		return nil, errEmptyFlowID
	case len(form) == 0:
		return nil, invalidCall("orylogin: the form is empty")
	}
	body, err := formBody(form)
	if err != nil {
		return nil, err
	}
	var flow *Flow
	if v != nil {
		flow = v.flow.Reveal()
	}
	if flow == nil || !sameID(flow.ID, flowID) {
		flow, err = v.getFlow(ctx, flowID)
		var answer *APIError
		if errors.As(err, &answer) && answer.StatusCode == http.StatusGone {
			flow, err = &Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{ID: flowID}}, nil // the answer to the submission says more
		}
		if answer != nil && answer.StatusCode == http.StatusForbidden && v.isLoggedIn(ctx) {
			err = v.already(operation.Submit, answer.StatusCode) // otherwise the flow is that of another browser
		}
		if err != nil {
			return nil, err
		}
	}
	r, provider := submitFlow(flow.ID, contentTypeForm, body), form.Get("provider") != ""
	r.accept = acceptHTML // the server answers HTML requests with a redirect
	return v.submit(ctx, flow, r, func(a *answer) (*Login, error) { return v.formLogin(ctx, a, flow, provider) })
}

// formBody encodes a form. It refuses a form beyond the limits.
func formBody(form url.Values) ([]byte, error) {
	fields, size := 0, 0
	for name, values := range form {
		fields += max(len(values), 1)
		size += len(name)*len(values) + sizeOf(values)
	}
	if fields > maxFields || size > maxSubmission {
		return nil, errLongSubmission
	}
	return []byte(form.Encode()), nil
}

// formLogin finds out what the answer to a form means. It looks at the parameters of the
// redirect and at the submission.
func (v *Visit) formLogin(ctx context.Context, answer *answer, flow *Flow, provider bool) (*Login, error) {
	target, ok := answer.seeOther()
	if !ok {
		if _, err := answer.browserLogin(); err != nil {
			return nil, err
		}
		return nil, answer.unknown("it is a login in JSON, but a form was submitted")
	}
	id := target.Query().Get("flow")
	if sameID(id, flow.ID) {
		again, err := v.getFlow(ctx, flow.ID)
		if err == nil {
			err = answer.loginError(again)
		}
		return nil, err
	}
	if answer.setsSession && (flow.OAuth2LoginChallenge == "" || target.Query().Has("login_verifier")) {
		return v.loggedIn(ctx, answer, target.String()) // whatever else the query has
	}
	if err := v.failureAt(ctx, answer, target); err != nil {
		return nil, err
	}
	switch {
	case answer.setsSession:
		return v.loggedIn(ctx, answer, target.String())
	case uuid.Is(id):
		return nil, v.behindOtherFlow(ctx, answer, target)
	case (!provider || flow.isFirst()) && !v.ignoresSession(flow) && v.isLoggedIn(ctx):
		return nil, v.already(answer.operation, answer.status)
	case provider:
		return nil, &LocationChangeError{APIError: answer.apiError(nil), URL: target.String()}
	default:
		return nil, answer.redirect()
	}
}

// seeOther returns the target of a redirect to a browser.
func (a *answer) seeOther() (*url.URL, bool) {
	if a.status != http.StatusFound && a.status != http.StatusSeeOther || a.header.Get("Location") == "" {
		return nil, false
	}
	return a.location()
}

// sameID reports whether two ids are the same. The server accepts ids without dashes, in
// braces, and in upper or lower case.
func sameID(a, b string) bool {
	plain := strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "")
	return a != "" && strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

// behindOtherFlow reads the flow at the target of a redirect. It is the replacement of the flow
// that was submitted to, or a flow to verify an address.
func (v *Visit) behindOtherFlow(ctx context.Context, answer *answer, target *url.URL) error {
	id := target.Query().Get("flow")
	_, err := v.getFlow(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return &VerificationError{
			APIError:     answer.apiError(nil),
			Verification: &api.ContinueWithFlow{ID: id, URL: target.String()},
		}
	case err != nil:
		return err
	default:
		return &ExpiredError{APIError: answer.apiError(nil), UseFlowID: id}
	}
}

// failureAt returns the error that the server has kept for its error page, if the URL is that
// of the error page. Otherwise it returns nil.
func (v *Visit) failureAt(ctx context.Context, answer *answer, target *url.URL) error {
	id := target.Query().Get("id")
	if !uuid.Is(id) {
		return nil
	}
	record, err := v.errorRecord(ctx, id, answer)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil
	case err != nil:
		return err
	}
	return record.Err
}

// loggedIn asks whether the new session is complete.
func (v *Visit) loggedIn(ctx context.Context, answer *answer, target string) (*Login, error) {
	session, err := v.whoami(ctx)
	var owed *SecondFactorError
	switch {
	case errors.As(err, &owed):
		return nil, &SecondFactorError{APIError: answer.apiError(nil), URL: target}
	case err != nil:
		return nil, err
	}
	return &Login{Session: session, RedirectTo: target}, nil
}

// isLoggedIn asks whether the browser has a session.
func (v *Visit) isLoggedIn(ctx context.Context) bool {
	if !v.hasSession() {
		return false
	}
	_, err := v.whoami(ctx)
	outcome := OutcomeOf(err)
	return outcome == OutcomeLoggedIn || outcome == OutcomeSecondFactor
}

// already returns the error for a browser that is logged in already. The server answers it with
// a redirect that says nothing about the flow. The error has the flow, as it has after a
// submission in JSON.
func (v *Visit) already(operation string, status int) error {
	return &APIError{
		Operation: operation, StatusCode: status, Flow: v.flow.Reveal(),
		means: ErrSessionAlreadyAvailable, what: "the browser is logged in already",
	}
}
