package contenders

import (
	"context"
	"net/http"

	"github.com/orylogin/orylogin/api"
)

// generated logs in with the client that is generated from openapi.yaml, without package
// orylogin.
type generated struct{ api *api.ClientWithResponses }

func newGenerated(baseURL string, transport http.RoundTripper) Client {
	doer := &http.Client{Transport: transport}
	client, err := api.NewClientWithResponses(baseURL, api.WithHTTPClient(doer), api.WithRequestEditorFn(acceptJSON))
	if err != nil {
		panic(err)
	}
	return generated{client}
}

func acceptJSON(_ context.Context, request *http.Request) error {
	request.Header.Set("Accept", "application/json")
	return nil
}

func (c generated) GetFlow(ctx context.Context, id string) error {
	return isFlow(c.api.GetSelfServiceLoginFlowWithResponse(ctx, &api.GetSelfServiceLoginFlowParams{ID: id}))
}

func (c generated) Login(ctx context.Context, credentials Credentials) error {
	flow, err := c.api.InitializeSelfServiceLoginFlowWithoutBrowserWithResponse(ctx,
		&api.InitializeSelfServiceLoginFlowWithoutBrowserParams{})
	switch {
	case err != nil:
		return err
	case flow.JSON200 == nil:
		return refused(flow.StatusCode())
	}
	return c.Submit(ctx, flow.JSON200.ID, credentials)
}

func (c generated) Submit(ctx context.Context, flowID string, credentials Credentials) error {
	return isLogin(c.api.SubmitSelfServiceLoginFlowWithResponse(ctx,
		&api.SubmitSelfServiceLoginFlowParams{Flow: flowID},
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{
			Method: "password", Identifier: credentials.Identifier, Password: credentials.Password,
		}))
}

func (c generated) Whoami(ctx context.Context, token string) error {
	return isSession(c.api.ToSessionWithResponse(ctx, &api.ToSessionParams{XSessionToken: &token}))
}

func isFlow(answer *api.GetSelfServiceLoginFlowResponse, err error) error {
	if err == nil && answer.JSON200 == nil {
		return refused(answer.StatusCode())
	}
	return err
}

func isLogin(answer *api.SubmitSelfServiceLoginFlowResponse, err error) error {
	if err == nil && (answer.JSON200 == nil || answer.JSON200.Login == nil) {
		return refused(answer.StatusCode())
	}
	return err
}

func isSession(answer *api.ToSessionResponse, err error) error {
	if err == nil && (answer.JSON200 == nil || answer.JSON200.Identity == nil) {
		return refused(answer.StatusCode())
	}
	return err
}
