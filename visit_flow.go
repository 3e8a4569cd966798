package orylogin

import (
	"context"
	"strings"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
	"github.com/orylogin/orylogin/internal/uuid"
)

// CreateFlow starts a login of the visit's browser. Its errors are those of
// [Client.CreateFlow]. FlowOptions.TokenExchange returns [ErrInvalidCall].
//
// With a LoginChallenge it makes a second request, since the answer to the first is a
// redirect. If the OAuth2 server knows the user already, there is no flow: the error is a
// [*LocationChangeError] whose URL the browser must go to.
//
// API: GET /self-service/login/browser (initializeSelfServiceLoginFlowForBrowsers)
func (v *Visit) CreateFlow(ctx context.Context, options FlowOptions) (*Flow, error) {
	if options.TokenExchange {
		return nil, invalidCall("orylogin: FlowOptions.TokenExchange is for native flows")
	}
	r := newRequest(operation.CreateBrowserFlow, api.NewInitializeSelfServiceLoginFlowForBrowsersRequest, nil)
	r.options, r.acts, r.noSession = options, options.AAL == AAL2, options.IgnoreSession
	read := (*answer).flow
	if options.LoginChallenge != "" { // an answer in JSON lacks the URL
		r.accept, r.acts = acceptHTML, true
		read = func(a *answer) (*Flow, error) { return v.behindCreation(ctx, a) }
	}
	flow, err := ask(ctx, v, r, read)
	if err == nil && options.Refresh && !flow.Refresh && options.LoginChallenge == "" {
		flow, err = nil, flow.withoutSession(operation.CreateBrowserFlow)
	}
	v.settle(err)
	v.saw(flow)
	return flow, err
}

// behindCreation reads the redirect that answers the creation of a flow for an OAuth2 client.
func (v *Visit) behindCreation(ctx context.Context, answer *answer) (*Flow, error) {
	target, ok := answer.seeOther()
	if !ok {
		return answer.flow()
	}
	query := target.Query()
	if query.Has("login_verifier") || strings.HasSuffix(target.Path, "/oauth2/auth") { // checked first, since the client decides about the rest
		return nil, &LocationChangeError{APIError: answer.apiError(nil), URL: target.String()}
	}
	if err := v.failureAt(ctx, answer, target); err != nil {
		return nil, err
	}
	switch id := query.Get("flow"); {
	case uuid.Is(id):
		return v.getFlow(ctx, id)
	case v.isLoggedIn(ctx):
		return nil, v.already(answer.operation, answer.status)
	default:
		return nil, answer.redirect()
	}
}

// GetFlow fetches a login flow of the visit's browser. Its errors are those of
// [Client.GetFlow]. For the flow of another browser or of a native client, the error is an
// [*APIError] that matches [ErrCSRFViolation].
//
// API: GET /self-service/login/flows (getSelfServiceLoginFlow)
func (v *Visit) GetFlow(ctx context.Context, flowID string) (*Flow, error) {
	flow, err := v.getFlow(ctx, flowID)
	v.settle(err)
	return flow, err
}

func (v *Visit) getFlow(ctx context.Context, flowID string) (*Flow, error) {
	flow, err := ask(ctx, v, getFlow(flowID), (*answer).browserFlow)
	v.saw(flow)
	return flow, err
}

// browserFlow reads the answer to a request for a browser's flow. It refuses a native flow: the
// id comes from the browser, so the flow could be that of another user.
func (a *answer) browserFlow() (*Flow, error) {
	flow, err := a.flow()
	if err == nil && flow.Type == typeNative {
		return nil, a.meaning(ErrCSRFViolation, nil, "the flow is a native flow")
	}
	return flow, err
}
