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

func newOurs(baseURL string, transport http.RoundTripper) (Client, error) {
	var options []orylogin.Option
	if transport != nil {
		options = append(options, orylogin.WithHTTPClient(&http.Client{Transport: transport}))
	}
	client, err := orylogin.New(baseURL, options...)
	return ours{client}, err
}

func (c ours) GetFlow(ctx context.Context, id string) (int, error) {
	flow, err := c.client.GetFlow(ctx, id)
	if err != nil {
		return 0, err
	}
	return len(flow.UI.Nodes), nil
}

func (c ours) Submit(ctx context.Context, flowID string, credentials Credentials) (string, error) {
	login, err := c.client.Submit(ctx, flowID, password(credentials))
	if err != nil {
		return "", err
	}
	return login.Token.Reveal(), nil
}

func (c ours) Login(ctx context.Context, credentials Credentials) (string, error) {
	login, err := c.client.Login(ctx, password(credentials))
	if err != nil {
		return "", err
	}
	return login.Token.Reveal(), nil
}

func (c ours) Whoami(ctx context.Context, token string) (string, error) {
	session, err := c.client.Whoami(ctx, orylogin.NewSecret(token))
	if err != nil {
		return "", err
	}
	return session.Identity.ID, nil
}

func password(credentials Credentials) orylogin.Password {
	return orylogin.Password{
		Identifier: credentials.Identifier,
		Password:   orylogin.NewSecret(credentials.Password),
	}
}

// ourDecoder decodes an answer that the client has received: bridge is how the
// packages beside the client do so.
type ourDecoder struct{ bridge.Answer }

func readOurs(answer recorded.Answer) (Decoder, error) {
	script := &recorded.Script{Submission: answer}
	client, err := orylogin.New("http://127.0.0.1", orylogin.WithHTTPClient(&http.Client{Transport: script}))
	if err != nil {
		return nil, err
	}
	received, err := bridge.Send(context.Background(), client, bridge.Request{
		Operation: "submitSelfServiceLoginFlow",
		Call: func(ctx context.Context, server *api.Client) (*http.Response, error) {
			return server.SubmitSelfServiceLoginFlowWithBody(ctx,
				&api.SubmitSelfServiceLoginFlowParams{Flow: "a flow"}, "application/json", http.NoBody)
		},
	})
	return ourDecoder{received}, err
}

func (d ourDecoder) Flow() (int, error) {
	flow, err := d.Answer.Flow()
	if err != nil {
		return 0, err
	}
	return len(flow.(*orylogin.Flow).UI.Nodes), nil //nolint:forcetypeassert // the contract of bridge
}

func (d ourDecoder) Login() (string, error) {
	session, _, err := d.BrowserLogin()
	if err != nil {
		return "", err
	}
	return session.(*orylogin.Session).ID, nil //nolint:forcetypeassert // the contract of bridge
}

func (d ourDecoder) Session() (string, error) {
	session, err := d.Answer.Session()
	if err != nil {
		return "", err
	}
	return session.(*orylogin.Session).ID, nil //nolint:forcetypeassert // the contract of bridge
}
