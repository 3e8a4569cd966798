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
func viaProvider(ctx context.Context, client *orylogin.Client, screen *screen, provider string, port port) (*orylogin.Login, error) {
	callback, err := listen(ctx, port)
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
	screen.hide(flow.SessionTokenExchangeCode)
	login, err := client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: provider})
	var browser *orylogin.LocationChangeError
	if !errors.As(err, &browser) {
		return login, err
	}
	limit := browserLimit(flow)
	screen.say("Open this URL in a browser on this machine, within %s:", limit.String())
	screen.say("  %s", browser.URL)
	back, err := callback.wait(ctx, limit)
	if err != nil {
		return nil, err
	}
	if code := orylogin.NewSecret(back.Get("code")); !code.IsZero() {
		screen.hide(code)
		return client.Exchange(ctx, flow.SessionTokenExchangeCode, code)
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
	came   chan url.Values // what the browser brought along
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
	c := &callback{page: "http://" + host + callbackPath, host: host, state: rand.Text(), came: make(chan url.Values, 1)}
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
	case c.came <- r.URL.Query():
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

// wait returns what the browser brought along.
func (c *callback) wait(ctx context.Context, limit time.Duration) (url.Values, error) {
	select {
	case query := <-c.came:
		return query, nil
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
