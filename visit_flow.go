package orylogin

import (
	"context"
	"errors"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// CreateFlow starts a login of the visit's browser. Its errors are those of
// [Client.CreateFlow]; FlowOptions.TokenExchange is [ErrInvalidCall].
//
// API: GET /self-service/login/browser (initializeSelfServiceLoginFlowForBrowsers)
func (v *Visit) CreateFlow(ctx context.Context, options FlowOptions) (*Flow, error) {
	if err := options.checkBrowser(); err != nil {
		return nil, asInvalidCall(err)
	}
	flow, err := visitAsk(ctx, v, operation.CreateBrowserFlow,
		func(ctx context.Context, server *api.Client, cookie *string) (*http.Response, error) {
			return server.InitializeSelfServiceLoginFlowForBrowsers(ctx, options.browserParams(cookie))
		}, (*answer).flow)
	v.settle(err)
	return flow, err
}

// GetFlow fetches a login flow of the visit's browser. Its errors are those of
// [Client.GetFlow]. The flow of another browser, or of a native client, is an [*APIError]
// that is [ErrCSRFViolation].
//
// API: GET /self-service/login/flows (getSelfServiceLoginFlow)
func (v *Visit) GetFlow(ctx context.Context, flowID string) (*Flow, error) {
	flow, err := v.getFlow(ctx, flowID)
	v.settle(err)
	return flow, err
}

func (v *Visit) getFlow(ctx context.Context, flowID string) (*Flow, error) {
	if flowID == "" {
		return nil, errEmptyFlowID
	}
	return visitAsk(ctx, v, operation.GetFlow,
		func(ctx context.Context, server *api.Client, cookie *string) (*http.Response, error) {
			return server.GetSelfServiceLoginFlow(ctx, &api.GetSelfServiceLoginFlowParams{ID: flowID, Cookie: cookie})
		}, (*answer).browserFlow)
}

// NeedsNewFlow reports whether the error of a [Visit] means that the login has to begin
// again, with a new flow: the flow's id is empty or unknown to the server, the flow has
// expired, has had too many wrong codes or belongs to another browser, or the session
// that it was to add a factor to has ended. A browser that keeps no cookies gets
// [ErrCSRFViolation] with each new flow: do not redirect it in a circle.
func NeedsNewFlow(err error) bool {
	switch OutcomeOf(err) { //nolint:exhaustive // the others go on in the same flow, or not at all
	case OutcomeExpired, OutcomeTooManyTries, OutcomeCSRF, OutcomeNotFound, OutcomeNoSession:
		return true
	default:
		return errors.Is(err, errEmptyFlowID)
	}
}
