package contenders

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/test/bench/recorded"
)

// generated logs in with the client that is generated from openapi.yaml, without
// what package orylogin adds.
type generated struct{ api *api.ClientWithResponses }

func newGenerated(baseURL string, transport http.RoundTripper) (Client, error) {
	doer := &http.Client{Transport: transport}
	client, err := api.NewClientWithResponses(baseURL, api.WithHTTPClient(doer), api.WithRequestEditorFn(acceptJSON))
	return generated{client}, err
}

func acceptJSON(_ context.Context, request *http.Request) error {
	request.Header.Set("Accept", "application/json")
	return nil
}

func (c generated) GetFlow(ctx context.Context, id string) (int, error) {
	answer, err := c.api.GetSelfServiceLoginFlowWithResponse(ctx, &api.GetSelfServiceLoginFlowParams{ID: id})
	switch {
	case err != nil:
		return 0, err
	case answer.JSON200 == nil:
		return 0, refused(answer.StatusCode())
	}
	return len(answer.JSON200.UI.Nodes), nil
}

func (c generated) Submit(ctx context.Context, flowID string, credentials Credentials) (string, error) {
	params := &api.SubmitSelfServiceLoginFlowParams{Flow: flowID}
	answer, err := c.api.SubmitSelfServiceLoginFlowWithResponse(ctx, params,
		api.SubmitSelfServiceLoginFlowWithPasswordMethodBody{
			Method: "password", Identifier: credentials.Identifier, Password: credentials.Password,
		})
	switch {
	case err != nil:
		return "", err
	case answer.JSON200 == nil || answer.JSON200.Login == nil:
		return "", refused(answer.StatusCode())
	}
	return answer.JSON200.Login.SessionToken.Reveal(), nil
}

func (c generated) Login(ctx context.Context, credentials Credentials) (string, error) {
	params := &api.InitializeSelfServiceLoginFlowWithoutBrowserParams{}
	answer, err := c.api.InitializeSelfServiceLoginFlowWithoutBrowserWithResponse(ctx, params)
	switch {
	case err != nil:
		return "", err
	case answer.JSON200 == nil:
		return "", refused(answer.StatusCode())
	}
	return c.Submit(ctx, answer.JSON200.ID, credentials)
}

func (c generated) Whoami(ctx context.Context, token string) (string, error) {
	answer, err := c.api.ToSessionWithResponse(ctx, &api.ToSessionParams{XSessionToken: &token})
	switch {
	case err != nil:
		return "", err
	case answer.JSON200 == nil || answer.JSON200.Identity == nil:
		return "", refused(answer.StatusCode())
	}
	return answer.JSON200.Identity.ID, nil
}

func refused(status int) error { return fmt.Errorf("the server answered with status %d", status) }

// generatedDecoder decodes with the generated functions, which read the body, too.
type generatedDecoder struct{ recorded.Answer }

func readGenerated(answer recorded.Answer) (Decoder, error) { return generatedDecoder{answer}, nil }

// response returns the answer as net/http gives it.
func (d generatedDecoder) response() *http.Response {
	return &http.Response{
		StatusCode: d.Status,
		Header:     http.Header{"Content-Type": {d.ContentType}},
		Body:       io.NopCloser(bytes.NewReader(d.Body)),
	}
}

func (d generatedDecoder) Flow() (int, error) {
	answer, err := api.ParseGetSelfServiceLoginFlowResponse(d.response())
	switch {
	case err != nil:
		return 0, err
	case answer.JSON200 == nil:
		return 0, refused(d.Status)
	}
	return len(answer.JSON200.UI.Nodes), nil
}

func (d generatedDecoder) Login() (string, error) {
	answer, err := api.ParseSubmitSelfServiceLoginFlowResponse(d.response())
	switch {
	case err != nil:
		return "", err
	case answer.JSON200 == nil || answer.JSON200.Login == nil:
		return "", refused(d.Status)
	}
	return answer.JSON200.Login.Session.ID, nil
}

func (d generatedDecoder) Session() (string, error) {
	answer, err := api.ParseToSessionResponse(d.response())
	switch {
	case err != nil:
		return "", err
	case answer.JSON200 == nil:
		return "", refused(d.Status)
	}
	return answer.JSON200.ID, nil
}
