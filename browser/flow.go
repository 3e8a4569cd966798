package browser

import (
	"context"
	"errors"
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/invalid"
	"github.com/orylogin/orylogin/internal/operation"
)

const (
	acceptJSON = "application/json"
	acceptHTML = "text/html"
)

// Flow is a login flow of a browser. Its form has a hidden field csrf_token, which
// [Visit.Submit] sends by itself. Native flows are [orylogin.Flow]. A Flow is safe for
// concurrent use as long as nobody changes it.
type Flow struct{ orylogin.Flow }

// FlowOptions says what kind of login a new flow is for. The zero value is a first
// login with one factor. AAL and Refresh refer to the session of the visit's browser.
type FlowOptions struct {
	// AAL asks for an assurance level; [orylogin.AAL2] adds a second factor to
	// the browser's session.
	AAL orylogin.AAL

	// Refresh asks the user to log in again, which makes the session privileged.
	// Kratos allows another user to log in instead, to a new session: compare the
	// session's identity before and after.
	Refresh bool

	// ReturnTo is where the browser goes after the login. The server must
	// allow the URL.
	ReturnTo string

	// LoginChallenge is the login challenge of Ory Hydra, if the login is part of
	// an OAuth2 flow.
	LoginChallenge string

	// Via is the address to which a second factor's code is sent.
	Via string

	// Organization is the id of the organization to log in to.
	Organization string

	// IdentitySchema is the id of the identity schema to log in with.
	IdentitySchema string
}

// CreateFlow starts a login of the visit's browser. Its errors are those of
// [orylogin.Client.CreateFlow].
//
// API: GET /self-service/login/browser (initializeSelfServiceLoginFlowForBrowsers)
func (v *Visit) CreateFlow(ctx context.Context, options FlowOptions) (*Flow, error) {
	answer, err := v.send(ctx, operation.CreateBrowserFlow, acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			return kratos.InitializeSelfServiceLoginFlowForBrowsers(ctx, options.params(cookie))
		})
	if err != nil {
		return nil, err
	}
	return newFlow(answer.Flow())
}

// GetFlow fetches a login flow of the visit's browser. Its errors are those of
// [orylogin.Client.GetFlow]. If another browser has started the flow, the error is an
// [*orylogin.APIError] that is [orylogin.ErrCSRFViolation].
//
// API: GET /self-service/login/flows (getSelfServiceLoginFlow)
func (v *Visit) GetFlow(ctx context.Context, flowID string) (*Flow, error) {
	if flowID == "" {
		return nil, errEmptyFlowID
	}
	answer, err := v.send(ctx, operation.GetFlow, acceptJSON,
		func(ctx context.Context, kratos *api.Client, cookie *string) (*http.Response, error) {
			return kratos.GetSelfServiceLoginFlow(ctx, &api.GetSelfServiceLoginFlowParams{ID: flowID, Cookie: cookie})
		})
	if err != nil {
		return nil, err
	}
	return newFlow(answer.Flow())
}

// NeedsNewFlow reports whether an error of a [Visit] means that the login has to begin
// again, with a new flow. The flow's id is empty or unknown to the server, the flow has
// expired, has had too many wrong codes or belongs to another browser, or the session
// that it was to add a factor to has ended. Ask before you ask for an
// [*orylogin.ValidationError], which one of these is, too. A browser that keeps no
// cookies gets [orylogin.ErrCSRFViolation] with each new flow: do not redirect it in a
// circle.
func NeedsNewFlow(err error) bool {
	if errors.Is(err, orylogin.ErrUnknownAnswer) {
		return false // such as the 404 of a proxy
	}
	var apiErr *orylogin.APIError
	return errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusNotFound ||
		errors.Is(err, errEmptyFlowID) ||
		errors.Is(err, orylogin.ErrFlowExpired) ||
		errors.Is(err, orylogin.ErrTooManyTries) ||
		errors.Is(err, orylogin.ErrCSRFViolation) ||
		errors.Is(err, orylogin.ErrSessionAAL1Required)
}

var errEmptyFlowID = invalid.New("orylogin/browser: the flow id is empty")

func newFlow(flow any, err error) (*Flow, error) {
	if err != nil {
		return nil, err
	}
	return &Flow{*flow.(*orylogin.Flow)}, nil //nolint:forcetypeassert // the bridge's contract
}

// csrfToken returns the value of the flow's hidden field of that name.
func (f *Flow) csrfToken() string {
	if tokens := f.Choices("csrf_token"); len(tokens) > 0 {
		return tokens[0]
	}
	return ""
}

func (o FlowOptions) params(cookie *string) *api.InitializeSelfServiceLoginFlowForBrowsersParams {
	params := &api.InitializeSelfServiceLoginFlowForBrowsersParams{
		AAL:            optional(string(o.AAL)),
		ReturnTo:       optional(o.ReturnTo),
		LoginChallenge: optional(o.LoginChallenge),
		Organization:   optional(o.Organization),
		Via:            optional(o.Via),
		IdentitySchema: optional(o.IdentitySchema),
		Cookie:         cookie,
	}
	if o.Refresh {
		params.Refresh = optional("true")
	}
	return params
}

// optional leaves an empty parameter out of the request.
func optional(value string) *string {
	if value == "" {
		return nil
	}
	return &value
}
