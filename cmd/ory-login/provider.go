package main

import (
	"context"
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
func viaProvider(ctx context.Context, client *orylogin.Client, provider string, port port) (*orylogin.Login, error) {
	callback, err := listen(ctx, port)
	if err != nil {
		return nil, err
	}
	defer callback.close(ctx)
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{TokenExchange: true, ReturnTo: callback.url})
	if errors.Is(err, orylogin.ErrReturnToForbidden) {
		p := explain(err)
		p.Next = "have the server allow " + callback.url + " in selfservice.allowed_return_urls"
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	login, err := client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: provider})
	var browser *orylogin.LocationChangeError
	if !errors.As(err, &browser) {
		return login, err
	}
	say("Open this URL in a browser on this machine:")
	say("  %s", browser.URL)
	back, err := callback.wait(ctx, flow.ExpiresAt.Sub(flow.IssuedAt))
	if err != nil {
		return nil, err
	}
	if code := back.Get("code"); code != "" {
		return client.Exchange(ctx, flow.SessionTokenExchangeCode, orylogin.NewSecret(code))
	}
	return nil, whyNoCode(ctx, client, flow.ID, back.Get("flow"))
}

// whyNoCode returns why a browser came back without a code. A flow that it brings
// along is for linking the provider to an account that exists; otherwise the flow has
// a message that says what went wrong.
func whyNoCode(ctx context.Context, client *orylogin.Client, flowID, linkingFlowID string) error {
	if linkingFlowID != "" {
		return moreNeeded("an account with the provider's e-mail address exists and is not linked to the provider",
			"log in in another way, or link the two in a browser")
	}
	p := &problem{Exit: exitRefused, What: "the login with the provider failed", Next: nextAgain}
	if flow, err := client.GetFlow(ctx, flowID); err == nil {
		p.quote(flow)
	}
	return p
}

// callback is the page at which a browser ends.
type callback struct {
	url    string
	server *http.Server
	came   chan url.Values // what the first browser brought along
}

const callbackPath = "/ory-login"

// port is one of this machine's.
type port uint16

// UnmarshalText reads a port from the command line.
func (p *port) UnmarshalText(text []byte) error {
	number, err := strconv.ParseUint(string(text), 10, 16)
	if err != nil || number == 0 {
		return fmt.Errorf("%q is not a port, a number from 1 to 65535", text)
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
	c := &callback{url: "http://" + listener.Addr().String() + callbackPath, came: make(chan url.Values, 1)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+callbackPath, c.serve)
	c.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = c.server.Serve(listener) }()
	return c, nil
}

func (c *callback) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = io.WriteString(w, "You can close this page and go back to the terminal.\n")
	select {
	case c.came <- r.URL.Query():
	default: // the first one counts
	}
}

// wait returns what the browser brought along.
func (c *callback) wait(ctx context.Context, limit time.Duration) (url.Values, error) {
	select {
	case query := <-c.came:
		return query, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(limit):
		return nil, moreNeeded("no browser came back in time", nextAgain)
	}
}

// close ends the page, once the browser has it.
func (c *callback) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = c.server.Shutdown(ctx)
}
