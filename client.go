package orylogin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/host"
	"github.com/orylogin/orylogin/internal/operation"
)

// Client logs users in to an Ory Kratos server: native clients with its own methods, browsers
// with a [Visit]. It holds no session and no cookie: a program passes tokens in and gets them
// back, and cookies stay in the browser. A Client is safe for concurrent use. Make one with
// [New] and keep it.
type Client struct {
	baseURL string
	config  *config
}

// New returns a Client for the server whose public API is at baseURL, for example
// "https://auth.example.com" or, behind a path, "https://example.com/.ory/kratos/public". The
// URL must be https, or http to a loopback address; [WithPlainHTTP] allows http to any host.
// New returns an error if the URL or an option is not valid. The error shows neither. New
// sends nothing.
func New(baseURL string, opts ...Option) (*Client, error) {
	config, err := newConfig(opts)
	if err != nil {
		return nil, err
	}
	base, err := parseBaseURL(baseURL, config.plainHTTP)
	if err != nil {
		return nil, err
	}
	return &Client{baseURL: base, config: config}, nil
}

// CreateFlow starts a native login. Its errors are those of [Client.Submit]. If the token's
// session already has what the options ask for, the error is an [*APIError] that matches
// [ErrSessionAlreadyAvailable]. [FlowOptions] with AAL2 or Refresh need [WithSessionToken]:
// without it the error is [ErrInvalidCall], and nothing is sent.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
func (c *Client) CreateFlow(ctx context.Context, options FlowOptions, opts ...CallOption) (*Flow, error) {
	return c.call(opts, sessionToken).createFlow(ctx, options, (*answer).flow)
}

// GetFlow fetches a native login flow by its id. Its errors are those of [Client.Submit],
// most often an [*ExpiredError]. If the server does not know the id, the error is
// [ErrNotFound].
//
// API: GET /self-service/login/flows (getSelfServiceLoginFlow)
func (c *Client) GetFlow(ctx context.Context, flowID string, opts ...CallOption) (*Flow, error) {
	return ask(ctx, c.call(opts, noExtra), getFlow(flowID), (*answer).flow)
}

// Submit submits a method to a flow. The error is nil only for a complete login. The login can
// continue after a [*ValidationError], a [*NextStepError], a [*SecondFactorError], an
// [*ExpiredError] and a [*LocationChangeError]. After [ErrRateLimited] it can continue when
// RetryAfter has passed. It is over after a [*VerificationError], a [*RedirectError] and most
// other answers that are only an [*APIError]. After [OutcomeUnavailable] the call can be made
// again, but the server may have acted. If no answer arrives, the error is a
// [*TransportError]. See [OutcomeOf].
//
// In a flow for a refresh or a second factor, Submit does not notice that another user has
// logged in. [Client.Refresh], [Client.StepUp] and [Client.Converse] do.
//
// A submission is never sent twice, since it may send a code or count as a try. A submission
// of more than 1 MiB returns [ErrRequestTooLarge]. The Flow in an error of Submit lacks the
// code that [Client.Callback] exchanges for a session. Keep the flow of [Client.CreateFlow]
// for Callback.
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) Submit(ctx context.Context, flowID string, method Method, opts ...CallOption) (*Login, error) {
	body, err := wireBody(method)
	if err != nil {
		return nil, err
	}
	return c.call(opts, sessionToken).submit(ctx, flowID, body)
}

// Login logs in with one call: it creates a flow and submits the method to it. The error is
// nil only for a complete login. Otherwise it is an error of [Client.CreateFlow] or
// [Client.Submit]. Continue a login of several steps with Submit, or use [Client.Converse],
// which does all steps. Login submits the method once, also if the flow has expired. Login
// takes no [WithSessionToken]: see [Client.Refresh] and [Client.StepUp]. A method that answers
// the challenge of one flow, such as a [Passkey], returns [ErrInvalidCall].
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) Login(ctx context.Context, method Method, opts ...CallOption) (*Login, error) {
	body, err := bodyForAnyFlow(method)
	if err != nil {
		return nil, err
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	call := c.call(opts, noExtra)
	flow, err := call.createFlow(ctx, FlowOptions{}, (*answer).flowHead)
	if err != nil {
		return nil, err
	}
	return call.submit(ctx, flow.ID, body)
}

// Whoami returns the session of a token. If the token has no valid session, the error is an
// [*APIError] that matches [ErrSessionInactive]. An empty token returns ErrSessionInactive
// without a request. If the server demands a second factor that the session lacks, the error
// is a [*SecondFactorError].
//
// API: GET /sessions/whoami (toSession)
func (c *Client) Whoami(ctx context.Context, token Secret, opts ...CallOption) (*Session, error) {
	call := c.call(opts, tokenizeAs)
	call.token = token
	r := whoami(call.tokenizeAs)
	r.wrong = noSessionOf(token)
	return ask(ctx, call, r, (*answer).session)
}

// The errors for an empty token and an empty cookie, as the server would answer them.
var (
	errNoToken  = fmt.Errorf("orylogin: the session token is empty (%w)", ErrSessionInactive)
	errNoCookie = fmt.Errorf("orylogin: the session cookie is empty (%w)", ErrSessionInactive)
)

// noSessionOf returns an error if a token cannot have a session.
func noSessionOf(token Secret) error {
	if token.IsZero() {
		return errNoToken
	}
	return refused(checkToken(token))
}

// WhoamiCookie returns the session of a browser's session cookie, for a service that browsers
// call with the cookie. [Client.SessionCookie] reads the cookie of a request. The errors are
// those of [Client.Whoami]: an empty cookie returns [ErrSessionInactive] without a request. A
// [*SecondFactorError] has no Token. The server may renew the cookie in its answer.
// WhoamiCookie drops the new cookie; [Visit.Whoami] and a guard of package session pass it
// on.
//
// API: GET /sessions/whoami (toSession)
func (c *Client) WhoamiCookie(ctx context.Context, cookie Secret, opts ...CallOption) (*Session, error) {
	call := c.call(opts, tokenizeAs)
	r := whoami(call.tokenizeAs)
	r.cookies, r.wrong = cookie.Reveal(), refused(checkCookie(cookie))
	if cookie.IsZero() {
		r.wrong = errNoCookie
	}
	return ask(ctx, call, r, (*answer).session)
}

// Exchange completes a native login at a provider in a browser. initCode is the
// SessionTokenExchangeCode of a flow made with [FlowOptions].TokenExchange. returnToCode is
// the query parameter code of the URL to which the browser returned. The URL may lack a code:
// [Client.Callback] takes the whole URL and handles that, too. The errors are those of
// [Client.Submit] and, after v26.2, a [*RegistrationError]. If the server does not know the
// codes, for example because the login is unfinished, the error is [ErrNotFound].
//
// API: GET /sessions/token-exchange (exchangeSessionToken)
func (c *Client) Exchange(ctx context.Context, initCode, returnToCode Secret, opts ...CallOption) (*Login, error) {
	r := newRequest(operation.Exchange, api.NewExchangeSessionTokenRequest, &api.ExchangeSessionTokenParams{
		InitCode:     initCode.Reveal(),
		ReturnToCode: returnToCode.Reveal(),
	})
	r.acts = true
	if initCode.IsZero() || returnToCode.IsZero() {
		r.wrong = invalidCall("orylogin: the exchange needs two codes")
	}
	return ask(ctx, c.call(opts, noExtra), r, (*answer).login)
}

// Logout revokes the session of a token. Revoking it again succeeds, as long as the server
// keeps the revoked session. Afterwards the server does not know the token any more, and the
// error is [ErrUnknownToken], as for a token that it has never issued. An empty token returns
// [ErrSessionInactive] without a request.
//
// After a signal, the context of a program is often canceled. Then pass Logout a context of
// [context.WithoutCancel] with a time limit.
//
// API: DELETE /self-service/logout/api (submitSelfServiceLogoutFlowWithoutBrowser)
func (c *Client) Logout(ctx context.Context, token Secret, opts ...CallOption) error {
	body, err := json.Marshal(api.SubmitSelfServiceLogoutFlowWithoutBrowserBody{SessionToken: token.Reveal()})
	r := request{
		operation: operation.Logout, body: body, wrong: cmp.Or(noSessionOf(token), err),
		build: func(server string) (*http.Request, error) {
			return api.NewSubmitSelfServiceLogoutFlowWithoutBrowserRequestWithBody(server, contentTypeJSON, nil)
		},
	}
	_, err = ask(ctx, c.call(opts, noExtra), r, (*answer).loggedOut)
	return err
}

// Format prints the server's base URL and nothing else, whatever the verb: the headers of
// [WithHeader] may be secret.
func (c Client) Format(s fmt.State, verb rune) {
	formatText(s, verb, "login client for "+c.baseURL)
}

// createFlow creates a native flow. The function read reads the answer.
func (c *call) createFlow(ctx context.Context, options FlowOptions, read func(*answer) (*Flow, error)) (*Flow, error) {
	r := newRequest(operation.CreateFlow, api.NewInitializeSelfServiceLoginFlowWithoutBrowserRequest, nil)
	r.options, r.acts, r.wrong = options, options.AAL == AAL2, refused(options.checkNative(c.token))
	return ask(ctx, c, r, read)
}

func (c *call) submit(ctx context.Context, flowID string, body []byte) (*Login, error) {
	return ask(ctx, c, submitFlow(flowID, contentTypeJSON, body), (*answer).login)
}

// parseBaseURL returns the base URL with a slash at the end, to which the generated client adds
// paths. Its errors do not show the URL, which may have credentials.
func parseBaseURL(raw string, plainHTTP bool) (string, error) {
	base, err := url.Parse(raw)
	switch {
	case err != nil || len(raw) > host.MaxRedirect || strings.Contains(base.Hostname(), ":") && base.Host[0] != '[':
		return "", errors.New("orylogin: the base URL is malformed; it needs a scheme (https or http) and a host")
	case base.Scheme != "https" && base.Scheme != "http" || base.Hostname() == "":
		return "", errors.New("orylogin: the base URL needs a scheme (https or http) and a host")
	case base.User != nil:
		return "", errors.New("orylogin: the base URL holds credentials; send them with WithHeader")
	case !host.ValidPort(base.Port()):
		return "", errors.New("orylogin: the base URL has a port that does not exist")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return "", errors.New("orylogin: the base URL has a query or a fragment")
	case base.Scheme == "http" && !plainHTTP && !host.IsLoopback(base.Hostname()):
		return "", errors.New("orylogin: plain http would send passwords unencrypted; use https, or allow it with WithPlainHTTP")
	}
	base.Host = host.Lower(base.Host) // the checked host is the one that is used
	text := strings.TrimRight(base.String(), "/") + "/"
	if _, err := url.Parse(text); err != nil { // an address with a zone may be written in another way than it was read
		return "", errors.New("orylogin: the base URL is malformed")
	}
	return text, nil
}
