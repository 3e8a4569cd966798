package orylogin

import (
	"context"
	"net/http"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// Ready returns nil if the server can work. If it cannot, for example because its database is
// away, the error is an [*APIError] with the outcome [OutcomeUnavailable] that does not match
// [ErrUnknownAnswer]. Such a server denies sessions that are valid and passwords that are
// right, so ask Ready before you act on a denial that costs much. The guards and sources of
// package session ask it themselves.
//
// If a gateway does not pass on the path of Ready, the error matches ErrUnknownAnswer.
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
