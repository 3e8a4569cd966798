package orylogin

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/api"
)

// What submissions are sent as.
const (
	contentTypeJSON = "application/json"
	contentTypeForm = "application/x-www-form-urlencoded"
)

// SubmitForm submits a form as the browser has sent it to the application, with all
// fields of the flow's form. It takes the id of the flow only, since the CSRF token is
// in the form, as the field csrf_token, if the form has all nodes of the flow.
//
// The server answers a form with a redirect. SubmitForm does not follow it: it makes one
// more request to find out what the redirect means. If the browser has a session, it asks
// for that first, so that a login of another user is a [*SessionChangedError]. The client's
// time limit applies to each request. The error is nil only for a complete login;
// otherwise it is one of those of [Visit.Submit], with the status of the redirect, or that
// of the failure which an error page is to show. If the request after the submission fails, it is the error of that request, and the browser
// may be logged in all the same. Any other redirect is a [*RedirectError].
//
// The form is that of the request, r.PostForm or r.MultipartForm.Value, however it was
// parsed. If it has more than 1,000 values, or more than 1 MiB of names and values, the
// error is [ErrRequestTooLarge], and nothing is sent.
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
	before, err := v.sessionBefore(ctx, true)
	if err != nil {
		return nil, err
	}
	answer, err := v.submit(ctx, flowID, contentTypeForm, body)
	if err != nil {
		return nil, err
	}
	login, err := v.formLogin(ctx, answer, flowID, form.Get("provider") != "")
	v.client.observe(ctx, answer, err)
	if err != nil {
		return nil, err
	}
	return sameUser(login, before)
}

// formBody encodes a form whose names and values are within the limits.
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

// formLogin finds out what the answer to a form means.
func (v *Visit) formLogin(ctx context.Context, answer *answer, flowID string, provider bool) (*Login, error) {
	target, ok := answer.formRedirect()
	if !ok {
		if _, err := answer.browserLogin(); err != nil {
			return nil, err
		}
		return nil, answer.unknown("it is a login in JSON, which answers no form")
	}
	switch classifyRedirect(target, flowID, v.setsSession(answer), provider) {
	case toSameFlow:
		return nil, v.behindSameFlow(ctx, answer, flowID)
	case toReturnURL:
		return v.loggedIn(ctx, answer, target.String())
	case toOtherFlow:
		return nil, v.behindOtherFlow(ctx, answer, target)
	case toErrorPage:
		return nil, v.behindError(ctx, answer, target.Query().Get("id"))
	case toProvider:
		return nil, &LocationChangeError{APIError: answer.apiError(nil), URL: target.String()}
	case toElsewhere:
	}
	return nil, v.elsewhere(ctx, answer, flowID)
}

// formRedirect returns the target of the redirect by which the server answers a form.
func (a *answer) formRedirect() (*url.URL, bool) {
	if a.status != http.StatusFound && a.status != http.StatusSeeOther || a.header.Get("Location") == "" {
		return nil, false
	}
	return a.location()
}

// destination is what the redirect after the submission of a form leads to.
type destination int

const (
	toElsewhere destination = iota
	toSameFlow              // the form that was submitted, with messages
	toReturnURL             // the end of the login
	toOtherFlow             // the flow that replaces an expired one, or one to verify an address
	toErrorPage             // an error that the server has kept
	toProvider              // the login goes on there
)

// classifyRedirect tells the destinations apart, by the parameters of the target and by
// what the submission was.
func classifyRedirect(target *url.URL, flowID string, setsSession, forProvider bool) destination {
	query := target.Query()
	switch {
	case sameID(query.Get("flow"), flowID):
		return toSameFlow
	case setsSession:
		return toReturnURL
	case isID(query.Get("flow")):
		return toOtherFlow
	case isID(query.Get("id")):
		return toErrorPage
	case forProvider:
		return toProvider
	default:
		return toElsewhere
	}
}

// sameID reports whether two ids are the same: the server takes them without dashes, in
// braces and in any case.
func sameID(a, b string) bool {
	plain := strings.NewReplacer("-", "", "{", "", "}", "", "urn:uuid:", "")
	return a != "" && strings.EqualFold(plain.Replace(a), plain.Replace(b))
}

// isID tells the server's ids, which are UUIDs, from what a provider's URL may hold.
func isID(text string) bool {
	const digits = "0123456789abcdefABCDEF-"
	return len(text) == 36 && strings.Count(text, "-") == 4 && strings.Trim(text, digits) == ""
}

// behindSameFlow reads the flow that was submitted to, which has messages now.
func (v *Visit) behindSameFlow(ctx context.Context, answer *answer, flowID string) error {
	flow, err := v.getFlow(ctx, flowID)
	if err != nil {
		return err
	}
	return answer.loginError(flow)
}

// behindOtherFlow reads the flow that a redirect leads to: the one that replaces the flow
// that was submitted to, or one to verify an address, which is no login flow.
func (v *Visit) behindOtherFlow(ctx context.Context, answer *answer, target *url.URL) error {
	id := target.Query().Get("flow")
	flow, err := v.getFlow(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return &VerificationError{
			APIError:     answer.apiError(nil),
			Verification: &api.ContinueWithFlow{ID: id, URL: target.String()},
		}
	case err != nil:
		return err
	case len(flow.Messages().ID(ErrPreviousFlowExpired)) > 0:
		return &ExpiredError{APIError: answer.apiError(nil), UseFlowID: id}
	default:
		return answer.redirect()
	}
}

// behindError reads the error that a redirect leads to.
func (v *Visit) behindError(ctx context.Context, answer *answer, id string) error {
	kept, err := v.keptError(ctx, id)
	switch {
	case err == nil:
		return answer.failedBy(kept)
	case errors.Is(err, ErrNotFound):
		return answer.redirect()
	default:
		return err
	}
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

// elsewhere reads a redirect that says nothing of the flow: it is how the server answers
// a browser that is logged in already. As in JSON, the error has the flow.
func (v *Visit) elsewhere(ctx context.Context, answer *answer, flowID string) error {
	if !v.hasSession() {
		return answer.redirect()
	}
	_, err := v.whoami(ctx)
	if outcome := OutcomeOf(err); outcome != OutcomeLoggedIn && outcome != OutcomeSecondFactor {
		return answer.redirect()
	}
	already := answer.apiError(nil)
	already.means, already.what = ErrSessionAlreadyAvailable, "the browser is logged in already"
	already.Flow, _ = v.getFlow(ctx, flowID) // which may be gone, or of another browser
	return &already
}
