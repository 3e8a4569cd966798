package contenders

import (
	"context"
	"net/http"

	sdk "github.com/ory/client-go"
)

// official logs in with the official SDK.
type official struct{ api sdk.FrontendAPI }

func newSDK(baseURL string, transport http.RoundTripper) Client {
	config := sdk.NewConfiguration()
	config.Servers = sdk.ServerConfigurations{{URL: baseURL}}
	if transport != nil {
		config.HTTPClient = &http.Client{Transport: transport}
	}
	return official{sdk.NewAPIClient(config).FrontendAPI}
}

func (c official) GetFlow(ctx context.Context, id string) error {
	_, response, err := c.api.GetLoginFlow(ctx).Id(id).Execute()
	return closed(response, err)
}

func (c official) Login(ctx context.Context, credentials Credentials) error {
	flow, response, err := c.api.CreateNativeLoginFlow(ctx).Execute()
	if err := closed(response, err); err != nil {
		return err
	}
	return c.Submit(ctx, flow.Id, credentials)
}

func (c official) Submit(ctx context.Context, flowID string, credentials Credentials) error {
	method := sdk.NewUpdateLoginFlowWithPasswordMethod(credentials.Identifier, "password", credentials.Password)
	body := sdk.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(method)
	_, response, err := c.api.UpdateLoginFlow(ctx).Flow(flowID).UpdateLoginFlowBody(body).Execute()
	return closed(response, err)
}

func (c official) Whoami(ctx context.Context, token string) error {
	_, response, err := c.api.ToSession(ctx).XSessionToken(token).Execute()
	return closed(response, err)
}

// closed closes the body of an answer that the SDK has already read.
func closed(response *http.Response, err error) error {
	if response != nil {
		_ = response.Body.Close()
	}
	return err
}
