package orylogin

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/invalid"
	"github.com/orylogin/orylogin/internal/operation"
)

// Whoami returns the session of a token. A token without a valid session is an
// [*APIError] that is [ErrSessionInactive]. An empty token is an error that is
// ErrSessionInactive, too, and the server is not asked. A session that lacks a second factor
// which the server demands is a [*SecondFactorError].
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
		return nil, invalid.Wrap(fmt.Errorf("orylogin: %w", err))
	}
	return c.whoami(ctx, &api.ToSessionParams{XSessionToken: optional(token.Reveal())}, call, token)
}

// errNoToken says what the server would say of no token.
var errNoToken = invalid.Wrap(fmt.Errorf("orylogin: the session token is empty (%w)", ErrSessionInactive))

// WhoamiCookie returns the session of a browser's session cookie, for a service
// to which browsers send it. The cookie is one name with its value, as in a
// Cookie header: "ory_kratos_session=…", unless the server is configured to name
// it otherwise. Nothing else is sent of the browser's cookies. Its errors are
// those of [Client.Whoami]; a [*SecondFactorError] has no Token.
//
// API: GET /sessions/whoami (toSession)
func (c *Client) WhoamiCookie(ctx context.Context, cookie Secret, opts ...CallOption) (*Session, error) {
	call, err := newCall(opts, tokenizeAs)
	if err != nil {
		return nil, err
	}
	if err := checkCookie(cookie); err != nil {
		return nil, invalid.Wrap(fmt.Errorf("orylogin: %w", err))
	}
	return c.whoami(ctx, &api.ToSessionParams{Cookie: optional(cookie.Reveal())}, call, Secret{})
}

func (c *Client) whoami(ctx context.Context, params *api.ToSessionParams, call *call, token Secret) (*Session, error) {
	params.TokenizeAs = optional(call.tokenizeAs)
	answer, err := c.send(ctx, operation.Whoami, call,
		func(ctx context.Context, server *api.Client) (*http.Response, error) {
			return server.ToSession(ctx, params)
		})
	if err != nil {
		return nil, err
	}
	return answer.session(token)
}

// checkCookie refuses what is not one cookie with its name.
func checkCookie(cookie Secret) error {
	name, value, found := strings.Cut(cookie.Reveal(), "=")
	switch {
	case cookie.IsZero():
		return errors.New("the session cookie is empty")
	case !found || !validHeaderName(name) || value == "":
		return errors.New("the session cookie is not of the form name=value")
	case strings.Contains(value, ";") || !validHeaderValue(value):
		return errors.New("the session cookie has a semicolon or a control character")
	}
	return nil
}
