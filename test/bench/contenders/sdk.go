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

func newSDK(baseURL string, transport http.RoundTripper) (Client, error) {
	config := sdk.NewConfiguration()
	config.Servers = sdk.ServerConfigurations{{URL: baseURL}}
	if transport != nil {
		config.HTTPClient = &http.Client{Transport: transport}
	}
	return official{sdk.NewAPIClient(config).FrontendAPI}, nil
}

func (c official) GetFlow(ctx context.Context, id string) (int, error) {
	flow, response, err := c.api.GetLoginFlow(ctx).Id(id).Execute()
	if err := closed(response, err); err != nil {
		return 0, err
	}
	return len(flow.Ui.Nodes), nil
}

func (c official) Submit(ctx context.Context, flowID string, credentials Credentials) (string, error) {
	method := sdk.NewUpdateLoginFlowWithPasswordMethod(credentials.Identifier, "password", credentials.Password)
	body := sdk.UpdateLoginFlowWithPasswordMethodAsUpdateLoginFlowBody(method)
	login, response, err := c.api.UpdateLoginFlow(ctx).Flow(flowID).UpdateLoginFlowBody(body).Execute()
	if err := closed(response, err); err != nil {
		return "", err
	}
	return login.GetSessionToken(), nil
}

func (c official) Login(ctx context.Context, credentials Credentials) (string, error) {
	flow, response, err := c.api.CreateNativeLoginFlow(ctx).Execute()
	if err := closed(response, err); err != nil {
		return "", err
	}
	return c.Submit(ctx, flow.Id, credentials)
}

func (c official) Whoami(ctx context.Context, token string) (string, error) {
	session, response, err := c.api.ToSession(ctx).XSessionToken(token).Execute()
	if err := closed(response, err); err != nil {
		return "", err
	}
	return session.Identity.GetId(), nil
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
type sdkDecoder struct{ recorded.Answer }

func readSDK(answer recorded.Answer) (Decoder, error) { return sdkDecoder{answer}, nil }

func (d sdkDecoder) Flow() (int, error) {
	var flow sdk.LoginFlow
	if err := d.decode(&flow); err != nil {
		return 0, err
	}
	return len(flow.Ui.Nodes), nil
}

func (d sdkDecoder) Login() (string, error) {
	var login sdk.SuccessfulNativeLogin
	err := d.decode(&login)
	return login.Session.Id, err
}

func (d sdkDecoder) Session() (string, error) {
	var session sdk.Session
	err := d.decode(&session)
	return session.Id, err
}

func (d sdkDecoder) decode(answer any) error {
	if d.Status == http.StatusOK {
		return json.Unmarshal(d.Body, answer)
	}
	var model any = new(sdk.ErrorGeneric)
	switch d.Status {
	case http.StatusBadRequest:
		model = new(sdk.LoginFlow)
	case http.StatusUnprocessableEntity:
		model = new(sdk.ErrorBrowserLocationChangeRequired)
	}
	if err := json.Unmarshal(d.Body, model); err != nil {
		return err
	}
	return refused(d.Status)
}
