package orylogin

import (
	"context"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// Whoami returns the session of a token. A token without a valid session is an
// [*APIError] that is [ErrSessionInactive]. An empty token is ErrSessionInactive without a
// request. A session that lacks a second factor which the server demands is a
// [*SecondFactorError].
//
// API: GET /sessions/whoami (toSession)
func (c *Client) Whoami(ctx context.Context, token Secret, opts ...CallOption) (*Session, error) {
	call, err := newCall(opts, tokenizeAs)
	if err != nil {
		return nil, err
	}
	if token.IsZero() {
		return nil, errNoToken
	}
	if err := checkToken(token); err != nil {
		return nil, asInvalidCall(fmt.Errorf("orylogin: %w", err))
	}
	call.token = token
	return c.whoami(ctx, &api.ToSessionParams{XSessionToken: optional(token.Reveal())}, call)
}

// What the server would say of no token and of no cookie.
var (
	errNoToken  = fmt.Errorf("orylogin: the session token is empty (%w)", ErrSessionInactive)
	errNoCookie = fmt.Errorf("orylogin: the session cookie is empty (%w)", ErrSessionInactive)
)

// WhoamiCookie returns the session of a browser's session cookie, for a service
// to which browsers send it. [Client.SessionCookie] takes the cookie from a request. Its
// errors are those of [Client.Whoami]: an empty cookie is [ErrSessionInactive] without a
// request. A [*SecondFactorError] has no Token. The server may
// renew the cookie in its answer, which [Visit.Whoami] and a guard of package session hand on.
//
// API: GET /sessions/whoami (toSession)
func (c *Client) WhoamiCookie(ctx context.Context, cookie Secret, opts ...CallOption) (*Session, error) {
	call, err := newCall(opts, tokenizeAs)
	if err != nil {
		return nil, err
	}
	if cookie.IsZero() {
		return nil, errNoCookie
	}
	if err := checkCookie(cookie); err != nil {
		return nil, asInvalidCall(fmt.Errorf("orylogin: %w", err))
	}
	return c.whoami(ctx, &api.ToSessionParams{Cookie: optional(cookie.Reveal())}, call)
}

func (c *Client) whoami(ctx context.Context, params *api.ToSessionParams, call *call) (*Session, error) {
	params.TokenizeAs = optional(call.tokenizeAs)
	return ask(ctx, c, request{operation: operation.Whoami, call: call},
		func(ctx context.Context, server *api.Client) (*http.Response, error) {
			return server.ToSession(ctx, params)
		}, (*answer).session)
}
