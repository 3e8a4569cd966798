// Package bridge lends the sibling packages of orylogin what that package has and
// does not export, so that its public face stays small. Package orylogin fills the
// variables in when it is initialised. It cannot be imported from here: values of
// its types are passed as any.
package bridge

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/orylogin/orylogin/api"
)

// Request is one request for an operation of openapi.yaml.
type Request struct {
	Operation string      // its id
	Accept    string      // the header of that name
	Header    http.Header // to add

	// Call makes the request with the client that it is given.
	Call func(context.Context, *api.Client) (*http.Response, error)
}

// Answer is what came back.
type Answer interface {
	// Status and Header are those of the answer.
	Status() int
	Header() http.Header

	// Redirect returns the target of a redirect as an absolute URL. Only those
	// by which a server answers a form count, 302 and 303.
	Redirect() (string, bool)

	// RedirectError is the error that a redirect is by itself.
	RedirectError() error

	// LoggedInAlready is the error that a redirect is when it stands for a
	// browser that has a session.
	LoggedInAlready() error

	// Flow reads the answer to the creation or the fetching of a flow: an
	// *orylogin.Flow.
	Flow() (any, error)

	// BrowserLogin reads the answer to the submission of a browser flow: an
	// *orylogin.Session, and what the server suggests next.
	BrowserLogin() (any, []api.ContinueWith, error)

	// Session reads the answer to whoami: an *orylogin.Session.
	Session() (any, error)

	// LoginError is the error that a flow is as the answer to a submission:
	// refusal, progress or a demand to verify an address. The flow is an
	// *orylogin.Flow.
	LoginError(flow any) error

	// Failure is the error that a server's error is as the answer to a request.
	Failure(failure api.GenericError) error

	// SecondFactorBehind is the error of a location change that leads to a flow for
	// a second factor.
	SecondFactorBehind(change error) error

	// Expired, LocationChange, SecondFactor and Unverified are the errors of
	// those names.
	Expired(useFlowID string) error
	LocationChange(url string) error
	SecondFactor(url string) error
	Unverified(verification *api.ContinueWithFlow) error

	// Decode decodes a JSON body that is not about a login into target, and
	// returns the error that the body is if it is one. The answer is accepted
	// if ok says so afterwards.
	Decode(target any, ok func() bool) error
}

var (
	// Send sends a request with the limits, the transport and the headers of
	// a client, an *orylogin.Client.
	Send func(ctx context.Context, client any, request Request) (Answer, error)

	// Members returns the members of the body that submits an
	// orylogin.Method, its secrets in the clear.
	Members func(method any) (map[string]json.RawMessage, error)
)
