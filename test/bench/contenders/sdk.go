package contenders

import (
	"context"
	"encoding/json"
	"net/http"

	sdk "github.com/ory/client-go"

	"github.com/orylogin/orylogin/test/bench/recorded"
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
	method := sdk.NewUpdateLoginFlowWithPasswordMethod(credentials.Identifier, "password", credentials.Password)
	body := sdk.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(method)
	_, response, err = c.api.UpdateLoginFlow(ctx).Flow(flow.Id).UpdateLoginFlowBody(body).Execute()
	return closed(response, err)
}

func (c official) Whoami(ctx context.Context, token string) error {
	_, response, err := c.api.ToSession(ctx).XSessionToken(token).Execute()
	return closed(response, err)
}

// closed closes the body of the answer, which the SDK has read already.
func closed(response *http.Response, err error) error {
	if response != nil {
		_ = response.Body.Close()
	}
	return err
}

// sdkDecoder decodes with the SDK's types. The SDK's own function for it is not
// exported; it calls encoding/json, too, with the type that belongs to the status.
func sdkDecoder(answer recorded.Answer, as Kind) func() error {
	if answer.Status == http.StatusOK {
		blank := map[Kind]func() any{
			Flow:    func() any { return new(sdk.LoginFlow) },
			Login:   func() any { return new(sdk.SuccessfulNativeLogin) },
			Session: func() any { return new(sdk.Session) },
		}[as]
		return func() error { return json.Unmarshal(answer.Body, blank()) }
	}
	return func() error {
		if err := json.Unmarshal(answer.Body, sdkError(answer.Status)); err != nil {
			return err
		}
		return refused(answer.Status)
	}
}

func sdkError(status int) any {
	switch status {
	case http.StatusBadRequest:
		return new(sdk.LoginFlow)
	case http.StatusUnprocessableEntity:
		return new(sdk.ErrorBrowserLocationChangeRequired)
	default:
		return new(sdk.ErrorGeneric)
	}
}
