package contenders

import (
	"context"
	"net/http"

	"github.com/orylogin/orylogin"
)

// ours logs in with this module.
type ours struct{ client *orylogin.Client }

func newOurs(baseURL string, transport http.RoundTripper) Client {
	var options []orylogin.Option
	if transport != nil {
		options = append(options, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
	}
	client, err := orylogin.New(baseURL, options...)
	if err != nil {
		panic(err)
	}
	return ours{client}
}

func (c ours) GetFlow(ctx context.Context, id string) error {
	_, err := c.client.GetFlow(ctx, id)
	return err
}

func (c ours) Submit(ctx context.Context, flowID string, credentials Credentials) error {
	_, err := c.client.Submit(ctx, flowID, credentials.method())
	return err
}

func (c ours) Login(ctx context.Context, credentials Credentials) error {
	_, err := c.client.Login(ctx, credentials.method())
	return err
}

func (c Credentials) method() orylogin.Password {
	return orylogin.Password{Identifier: c.Identifier, Password: orylogin.NewSecret(c.Password)}
}

func (c ours) Whoami(ctx context.Context, token string) error {
	_, err := c.client.Whoami(ctx, orylogin.NewSecret(token))
	return err
}
