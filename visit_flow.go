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
	flow, err := visitAsk(ctx, v, request{operation: operation.CreateBrowserFlow, acts: options.AAL == AAL2},
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
	return visitAsk(ctx, v, request{operation: operation.GetFlow},
		func(ctx context.Context, server *api.Client, cookie *string) (*http.Response, error) {
			return server.GetSelfServiceLoginFlow(ctx, &api.GetSelfServiceLoginFlowParams{ID: flowID, Cookie: cookie})
		}, (*answer).browserFlow)
}

// NeedsNewFlow reports whether the error of a [Visit] means that a login has to begin
// again, with a new flow. That is the case if
//
//   - the flow's id is empty, or the server does not know it
//   - the flow has expired, or has had too many wrong codes
//   - the flow belongs to another browser: [ErrCSRFViolation]
//   - there is no session, or it has ended
//
// A browser that keeps no cookies gets ErrCSRFViolation for each flow, also for a new one.
// A page that redirects to a new flow then has to say so instead, or it redirects without
// end.
func NeedsNewFlow(err error) bool {
	switch OutcomeOf(err) { //nolint:exhaustive // the others go on in the same flow, or not at all
	case OutcomeExpired, OutcomeTooManyTries, OutcomeCSRF, OutcomeNotFound, OutcomeNoSession:
		return true
	default:
		return errors.Is(err, errEmptyFlowID)
	}
}
