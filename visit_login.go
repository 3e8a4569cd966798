package orylogin

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// Submit submits a method to a flow of the visit's browser: one that [Visit.GetFlow] or
// [Visit.CreateFlow] has returned, or that of an error. It takes the flow, and not its id
// as [Client.Submit] does, since it sends the CSRF token that is in the flow.
//
// The error is nil only for a complete login whose session cookie the browser has.
// Otherwise it is one of those of [Client.Submit]. When a second factor is owed, the
// session is in the cookies and the [*SecondFactorError] has no Token: create a flow with
// [AAL2]. For the flow of another browser the error is an [*APIError] that is
// [ErrCSRFViolation]; a native flow is [ErrInvalidCall]. If a flow with Refresh has logged
// in another user, the error is a [*SessionChangedError], and the browser stays with the
// session that it had.
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (v *Visit) Submit(ctx context.Context, flow *Flow, method Method) (*Login, error) {
	login, err := v.submitMethod(ctx, flow, method)
	v.settle(err)
	return login, err
}

func (v *Visit) submitMethod(ctx context.Context, flow *Flow, method Method) (*Login, error) {
	switch {
	case flow == nil || flow.ID == "":
		return nil, errEmptyFlowID
	case flow.Type == typeNative:
		return nil, invalidCall("orylogin: the flow is that of a native client")
	}
	body, err := browserBody(method, flow.csrfToken())
	if err != nil {
		return nil, err
	}
	before, err := v.sessionBefore(ctx, flow.Refresh)
	if err != nil {
		return nil, err
	}
	answer, err := v.submit(ctx, flow.ID, contentTypeJSON, body)
	if err != nil {
		return nil, err
	}
	login, err := answer.browserLogin()
	if err == nil {
		err = v.confirm(ctx, answer, login.Session)
	}
	v.client.observe(ctx, answer, err)
	if err != nil {
		return nil, err
	}
	return sameUser(login, before)
}

// browserBody adds the CSRF token to the body of a method.
func browserBody(method Method, csrfToken string) ([]byte, error) {
	body, err := wireBody(method)
	if err != nil {
		return nil, err
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(body, &members); err != nil {
		return nil, fmt.Errorf("orylogin: the members of %T: %w", method, err)
	}
	if members["csrf_token"], err = json.Marshal(csrfToken); err != nil {
		return nil, fmt.Errorf("orylogin: %w", err)
	}
	return json.Marshal(members)
}

// submit posts a body. The server answers a form with redirects.
func (v *Visit) submit(ctx context.Context, flowID, contentType string, body []byte) (*answer, error) {
	var accept string
	if contentType == contentTypeForm {
		accept = acceptHTML
	}
	return v.send(ctx, request{operation: operation.Submit, accept: accept, body: body},
		func(ctx context.Context, server *api.Client, cookie *string) (*http.Response, error) {
			params := &api.SubmitSelfServiceLoginFlowParams{Flow: flowID, Cookie: cookie}
			return server.SubmitSelfServiceLoginFlowWithBody(ctx, params, contentType, nil)
		})
}

// sessionBefore returns the session that a flow is about to refresh; nil if there is none,
// or nothing to refresh.
func (v *Visit) sessionBefore(ctx context.Context, refreshes bool) (*Session, error) {
	if !refreshes || v == nil || !v.hasSession() {
		return nil, nil //nolint:nilnil // there need not be one
	}
	session, err := v.whoami(ctx)
	if outcome := OutcomeOf(err); outcome == OutcomeNoSession || outcome == OutcomeSecondFactor {
		err = nil
	}
	return session, err
}

// sameUser tells the login of the user whose session was there from another user's.
func sameUser(login *Login, before *Session) (*Login, error) {
	if before != nil && before.Identity.ID != login.Session.Identity.ID {
		return nil, &SessionChangedError{Login: login}
	}
	return login, nil
}

// confirm holds that the browser has the cookie of the session: from this answer, or from
// one before.
func (v *Visit) confirm(ctx context.Context, answer *answer, session *Session) error {
	if v.setsSession(answer) {
		return nil
	}
	if !v.hasSession() {
		return answer.unknown("it has a session, but sets no session cookie")
	}
	there, err := v.whoami(ctx)
	if err == nil && there.ID != session.ID {
		err = answer.unknown("it has a session, but the session cookie is that of another one")
	}
	return err
}
