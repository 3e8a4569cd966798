package main

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
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

// callback is the page at which the browser of a login ends. No other page knows its
// state, so that none can end the login with a code of its own.
type callback struct {
	page   string // the URL without the state
	host   string
	state  string
	server *http.Server
	came   chan *url.URL // that the first browser called
}

const callbackPath = "/ory-login"

// port is one of this machine's.
type port uint16

// UnmarshalText reads a port from the command line.
func (p *port) UnmarshalText(text []byte) error {
	number, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || number == 0 {
		return errors.New("its value is not a port, a number from 1 to 65535")
	}
	*p = port(number)
	return nil
}

// listen serves the page on a port of the loopback interface.
func listen(ctx context.Context, port port) (*callback, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, wrongUsage("the browser cannot come back: "+err.Error(), "choose another port with --callback-port")
	}
	host := listener.Addr().String()
	c := &callback{page: "http://" + host + callbackPath, host: host, state: rand.Text(), came: make(chan *url.URL, 1)}
	c.server = &http.Server{Handler: c, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

// url returns where the browser has to end. The server adds its code to the query.
func (c *callback) url() string { return c.page + "?state=" + c.state }

// ServeHTTP takes the browser of this login, and knows nothing of any other request.
func (c *callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !c.expects(r) {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "You can close this page and go back to the terminal.\n")
	select {
	case c.came <- r.URL:
	default: // the first one counts
	}
}

// expects reports whether a request is that of the browser. Another Host is that of a
// page whose name was made to lead to this machine.
func (c *callback) expects(r *http.Request) bool {
	state := r.URL.Query().Get("state")
	return r.Method == http.MethodGet && r.Host == c.host && r.URL.Path == callbackPath &&
		subtle.ConstantTimeCompare([]byte(state), []byte(c.state)) == 1
}

// wait returns the URL that the browser called.
func (c *callback) wait(ctx context.Context, limit time.Duration) (*url.URL, error) {
	select {
	case called := <-c.came:
		return called, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(limit):
		return nil, moreNeeded("no browser came back within "+limit.String(), nextAgain)
	}
}

// close ends the page, once the browser has it.
func (c *callback) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.server.Shutdown(ctx)
}
