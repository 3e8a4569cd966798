package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// chosenProvider ends a conversation: the user wants to log in with that provider,
// which takes another flow.
type chosenProvider string

func (chosenProvider) Error() string { return "the login goes on with a provider" }

// viaProvider logs in with a provider, in a browser that comes back to this machine.
func (c *loginCommand) viaProvider(
	ctx context.Context, client *orylogin.Client, answers *answers, provider string,
) (*orylogin.Login, error) {
	callback, err := listen(ctx, c.CallbackPort)
	if err != nil {
		return nil, err
	}
	defer callback.close(ctx)
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{TokenExchange: true, ReturnTo: callback.url()})
	if errors.Is(err, orylogin.ErrReturnToForbidden) {
		p := explain(err)
		p.Next = "have the server allow " + callback.page + " in selfservice.allowed_return_urls"
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	answers.screen.hide(flow.SessionTokenExchangeCode)
	login, err := client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: provider})
	var browser *orylogin.LocationChangeError
	if !errors.As(err, &browser) {
		return login, err
	}
	if !browsable(browser.URL, answers.server) {
		return nil, &problem{Exit: exitFailed, What: "the server sends the browser to a URL that is not safe to open", Next: nextServer}
	}
	limit := browserLimit(flow)
	answers.screen.say("Open this URL in a browser on this machine, within %s:", limit.String())
	answers.screen.say("  %s", browser.URL)
	called, err := callback.wait(ctx, limit)
	if err != nil {
		return nil, err
	}
	answers.screen.hide(orylogin.NewSecret(called.Query().Get("code")))
	login, err = client.Callback(ctx, flow, called)
	var next *orylogin.NextStepError
	if !errors.As(err, &next) {
		return login, err
	}
	if next.Flow.ID == flow.ID {
		return nil, &problem{Exit: exitRefused, What: "the login with the provider failed, and the server does not say why", Next: nextAgain}
	}
	return goOn(ctx, client, answers, next.Flow)
}

// goOn logs in to a flow that links the provider to an account with the same e-mail address,
// with what that account has.
func goOn(ctx context.Context, client *orylogin.Client, answers *answers, flow *orylogin.Flow) (*orylogin.Login, error) {
	const maxSteps = 16 // as of a conversation
	step := orylogin.Step{Flow: flow}
	for range maxSteps {
		method, err := answers.next(ctx, step)
		if err != nil {
			return nil, err
		}
		login, err := client.Submit(ctx, step.Flow.ID, method)
		var answer *orylogin.APIError
		outcome := orylogin.OutcomeOf(err)
		if outcome != orylogin.OutcomeRefused && outcome != orylogin.OutcomeNextStep || !errors.As(err, &answer) {
			return login, err
		}
		step = orylogin.Step{Flow: answer.Flow, Err: err}
	}
	return nil, orylogin.ErrTooManySteps
}

// longestLogin is how long a login may take in the browser, whatever the server says.
const longestLogin = 15 * time.Minute

// browserLimit returns how long the flow can be waited for.
func browserLimit(flow *orylogin.Flow) time.Duration {
	lifespan := flow.ExpiresAt.Sub(flow.IssuedAt)
	if lifespan <= 0 {
		return longestLogin
	}
	return min(lifespan, longestLogin)
}

// browsable reports whether a browser may open a page that a server names: one at a host
// that the command itself would talk to, so by https, or by http where the server is reached
// by it.
func browsable(page, server string) bool {
	parsed, err := url.Parse(page)
	if err != nil {
		return false
	}
	var options []orylogin.Option
	if strings.HasPrefix(server, "http:") {
		options = append(options, orylogin.WithPlainHTTP())
	}
	_, err = orylogin.New(parsed.Scheme+"://"+parsed.Host, options...)
	return err == nil
}
