package main

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// chosenProvider is an error that ends a conversation: the user has chosen the provider, and
// the login with it needs another flow.
type chosenProvider string

func (chosenProvider) Error() string { return "the login continues with a provider" }

// viaProvider logs in with a provider. The browser comes back to a page on this machine.
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

// goOn logs in to a flow that links the provider to an account with the same e-mail address.
// The user gives the account's own credentials.
func goOn(ctx context.Context, client *orylogin.Client, answers *answers, flow *orylogin.Flow) (*orylogin.Login, error) {
	const maxSteps = 16 // as in a conversation
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

// longestLogin limits the time of a login in the browser, whatever the server says.
const longestLogin = 15 * time.Minute

// browserLimit returns how long the command waits for the browser.
func browserLimit(flow *orylogin.Flow) time.Duration {
	lifespan := flow.ExpiresAt.Sub(flow.IssuedAt)
	if lifespan <= 0 {
		return longestLogin
	}
	return min(lifespan, longestLogin)
}

// browsable reports whether a browser may open a page that a server names. It may if the command
// itself could call the page's host: by https, or by http on this machine, or by http to any
// host if the server's URL is http.
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
