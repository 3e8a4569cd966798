package orylogin

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"

	"github.com/orylogin/orylogin/internal/operation"
)

// Callback completes a native login at a provider in a browser. flow is the flow of
// [Client.CreateFlow] with [FlowOptions].TokenExchange. called is the URL at which the
// browser came back to the application. The Flow in an error of Callback keeps the code to
// exchange, so it can be passed to the next Callback. The Flow in an error of another method
// has no such code.
//
// Give the flow a ReturnTo with a random value in its query. Anybody can make a user's browser
// open a URL of the application, with the flow of another login. Without the random value, the
// attacker's account at the provider could be linked to the user's account here, and the
// attacker could then log in as the user. Callback returns [ErrCSRFViolation] if the URL lacks
// the query of ReturnTo, or if it names a flow that has another ReturnTo.
//
// The error is nil only for a complete login. Otherwise it is an error of
// [Client.Exchange], most often:
//
//   - a [*ValidationError]: the user has denied the login, or the provider has failed; the
//     messages of its Flow say which
//   - a [*NextStepError] with another Flow: an account has the e-mail address that the
//     provider names, but is not linked to the provider yet. A login to that Flow links it
//   - a [*NextStepError] with the same Flow: the server does not tell why the browser came
//     back. Servers up to v26.2 answer so if a registration is needed
//   - a [*RegistrationError]: a registration is needed; after v26.2
//   - [ErrFlowDisabled]: an account is needed, and registration is disabled
//   - [ErrNotFound]: the server does not know the codes or the flow
//
// API: GET /sessions/token-exchange (exchangeSessionToken)
//
// API: GET /self-service/login/flows (getSelfServiceLoginFlow)
func (c *Client) Callback(ctx context.Context, flow *Flow, called *url.URL, opts ...CallOption) (*Login, error) {
	if flow == nil || flow.SessionTokenExchangeCode.IsZero() || called == nil {
		return nil, invalidCall("orylogin: Callback needs a flow with TokenExchange, and the URL that the browser called")
	}
	query := called.Query()
	if !isCalledBack(query, flow.ReturnTo) {
		return nil, &APIError{Operation: operation.Exchange, means: ErrCSRFViolation, what: foreignCallback}
	}
	if code := query.Get("code"); code != "" {
		login, err := c.Exchange(ctx, flow.SessionTokenExchangeCode, NewSecret(code), opts...)
		flow.keepCode(err)
		return login, err
	}
	next, err := c.GetFlow(ctx, cmp.Or(query.Get("flow"), flow.ID), opts...)
	switch {
	case err != nil:
	case next.ReturnTo != flow.ReturnTo:
		err = &APIError{Operation: operation.GetFlow, StatusCode: next.status, means: ErrCSRFViolation, what: foreignCallback}
	default:
		err = (&answer{operation: operation.GetFlow, status: next.status}).loginError(next)
		flow.keepCode(err)
	}
	return nil, err
}

// foreignCallback is the text of the error for the callback of another login.
const foreignCallback = "the URL that was called belongs to another login"

// isCalledBack reports whether the URL that was called has the query of returnTo.
func isCalledBack(called url.Values, returnTo string) bool {
	wanted, err := url.Parse(returnTo)
	for name, values := range wanted.Query() {
		if !slices.Equal(called[name], values) {
			return false
		}
	}
	return err == nil
}

// keepCode copies the code to exchange into the flow of an error that lacks it. Servers send
// the code with a new flow only.
func (f *Flow) keepCode(err error) {
	var answer *APIError
	if errors.As(err, &answer) && answer.Flow != nil && answer.Flow.SessionTokenExchangeCode.IsZero() {
		answer.Flow.SessionTokenExchangeCode = f.SessionTokenExchangeCode
	}
}
