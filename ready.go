package orylogin

import (
	"context"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// Ready returns nil if the server can work. If it cannot, for example because its database is
// away, the error is an [*APIError]. Its outcome is [OutcomeUnavailable], and it does not
// match [ErrUnknownAnswer]. Such a server denies valid sessions and right passwords. So call
// Ready before you believe a denial and do something costly, such as to delete a stored token.
// The guards and sources of package session ask it themselves.
//
// If a gateway does not pass on the path of Ready, the error matches ErrUnknownAnswer. This
// says nothing about the server.
//
// API: GET /health/ready (isReady)
func (c *Client) Ready(ctx context.Context, opts ...CallOption) error {
	_, err := ask(ctx, c.call(opts, noExtra), request{operation: operation.Ready, build: api.NewIsReadyRequest}, (*answer).ready)
	return err
}

// ready reads the answer of the operation.
func (a *answer) ready() (string, error) {
	var members struct {
		Status string `json:"status"`
		errorMembers
	}
	if err := a.decode(&members); err != nil {
		return "", err
	}
	if a.status == http.StatusOK && members.Status == "ok" && !a.hasMore && !members.hasError() {
		return members.Status, nil
	}
	return "", a.errorOf(&members.errorMembers)
}
