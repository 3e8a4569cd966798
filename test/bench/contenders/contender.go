// Package contenders has the ways to log in to Kratos from Go that are compared:
// this module, hand-written net/http, the official SDK and the bare generated
// client. Each does the same work behind the same interface.
package contenders

import (
	"context"
	"errors"
	"net/http"

	"github.com/orylogin/orylogin/test/bench/recorded"
)

// The names of the contenders.
const (
	Ours      = "orylogin"
	ByHand    = "net/http by hand"
	ByHandID  = "net/http by hand, id only"
	SDK       = "ory/client-go"
	Generated = "orylogin/api"
)

// Credentials are what a person logs in with.
type Credentials struct {
	Identifier string
	Password   string
}

// Client is one way to log in. Its methods return of the answer what shows that
// they have decoded it.
type Client interface {
	// GetFlow fetches a flow and returns the number of its nodes.
	GetFlow(ctx context.Context, id string) (int, error)

	// Submit submits a password to a flow and returns the session token.
	Submit(ctx context.Context, flowID string, credentials Credentials) (string, error)

	// Login creates a flow, submits a password to it and returns the session
	// token.
	Login(ctx context.Context, credentials Credentials) (string, error)

	// Whoami returns the id of the identity that a session token stands for.
	Whoami(ctx context.Context, token string) (string, error)
}

// Decoder decodes one answer, whose body has been read, into the types that a way
// to log in offers. The answer to a submission or to whoami may be an error.
type Decoder interface {
	// Flow returns the number of nodes of a flow.
	Flow() (int, error)

	// Login returns the id of the session that a login leads to.
	Login() (string, error)

	// Session returns the id of the session that whoami tells.
	Session() (string, error)
}

// Contender makes clients and decoders.
type Contender struct {
	Name string

	// New makes a client for the server at a base URL. Without a transport the
	// client has the one that the way brings along, as its users get it.
	New func(baseURL string, transport http.RoundTripper) (Client, error)

	// Read makes a decoder of an answer.
	Read func(answer recorded.Answer) (Decoder, error)
}

// All returns the contenders, this module first.
func All() []Contender {
	return []Contender{
		{Ours, newOurs, readOurs},
		{ByHand, newByHand, readByHand},
		{SDK, newSDK, readSDK},
		{Generated, newGenerated, readGenerated},
	}
}

// WithIDOnly returns the contenders and a hand-written login that decodes no more
// of a flow than its id.
func WithIDOnly() []Contender {
	return append(All(), Contender{ByHandID, newByHandID, readByHand})
}

var errIncomplete = errors.New("the answer lacks what it was asked for")
