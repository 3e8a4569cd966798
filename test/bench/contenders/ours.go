package contenders

import (
	"context"
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/bridge"
	"github.com/orylogin/orylogin/test/bench/recorded"
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

func (c ours) Login(ctx context.Context, credentials Credentials) error {
	_, err := c.client.Login(ctx, orylogin.Password{
		Identifier: credentials.Identifier,
		Password:   orylogin.NewSecret(credentials.Password),
	})
	return err
}

func (c ours) Whoami(ctx context.Context, token string) error {
	_, err := c.client.Whoami(ctx, orylogin.NewSecret(token))
	return err
}

// ourDecoder decodes an answer that the client has received: bridge is how the
// packages beside the client do so.
func ourDecoder(answer recorded.Answer, as Kind) func() error {
	receiver := newOurs("http://127.0.0.1", answer).(ours) //nolint:forcetypeassert // it is
	received, err := bridge.Send(context.Background(), receiver.client, bridge.Request{
		Operation: "submitSelfServiceLoginFlow",
		Call: func(ctx context.Context, server *api.Client) (*http.Response, error) {
			return server.SubmitSelfServiceLoginFlowWithBody(ctx,
				&api.SubmitSelfServiceLoginFlowParams{Flow: "a flow"}, "application/json", http.NoBody)
		},
	})
	if err != nil {
		panic(err)
	}
	return map[Kind]func() error{
		Flow:    func() error { _, err := received.Flow(); return err },
		Login:   func() error { _, _, err := received.BrowserLogin(); return err },
		Session: func() error { _, err := received.Session(); return err },
	}[as]
}
