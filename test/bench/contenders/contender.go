// Package contenders has the compared ways to log in to Kratos from Go: this module,
// hand-written net/http, the official SDK and the generated client alone. Each does the same
// work behind the same interface.
package contenders

import (
	"context"
	"fmt"
	"net/http"
)

// The names of the contenders.
const (
	Ours      = "orylogin"
	ByHand    = "net/http by hand"
	ByHandID  = "net/http by hand, id only"
	SDK       = "ory/client-go"
	Generated = "orylogin/api"
)

// Credentials are the credentials of a user.
type Credentials struct{ Identifier, Password string }

// Client is one way to log in.
type Client interface {
	GetFlow(ctx context.Context, id string) error
	Submit(ctx context.Context, flowID string, credentials Credentials) error
	Login(ctx context.Context, credentials Credentials) error
	Whoami(ctx context.Context, token string) error
}

// Contender makes clients.
type Contender struct {
	Name string

	// New makes a client for the server at a base URL. If transport is nil, the client has its
	// own default transport.
	New func(baseURL string, transport http.RoundTripper) Client
}

// All returns the contenders. This module comes first.
func All() []Contender {
	return []Contender{
		{Ours, newOurs},
		{ByHand, newByHand},
		{SDK, newSDK},
		{Generated, newGenerated},
	}
}

// OfLogin returns the contenders, and a hand-written login that decodes only the id of a flow.
func OfLogin() []Contender {
	return append(All(), Contender{ByHandID, newByHandID})
}

func refused(status int) error { return fmt.Errorf("the server answered with status %d", status) }
