package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
)

// Target is a server to run the suite against.
type Target struct {
	// PublicURL is the base URL of the public API, without a slash at the end.
	PublicURL string

	Release kratostest.Release
	Config  Config

	// LoginUI, ErrorUI, VerificationUI, RegistrationUI and ReturnURL are the pages that the
	// server is configured to send browsers to.
	LoginUI, ErrorUI, VerificationUI, RegistrationUI, ReturnURL string

	// ReturnTo is another URL that the server allows browsers to be sent to.
	// Without it the scenarios with a return_to are skipped.
	ReturnTo string

	// ProviderID is the id of a provider that the server is configured with.
	ProviderID string

	// Admin makes identities and all else that needs more than the public API.
	Admin Admin

	// Contract is what requests and answers are held to.
	Contract *contract.Contract

	// Transport sends the requests of the scenarios. Default: http.DefaultTransport.
	Transport http.RoundTripper
}

// Admin is what scenarios need beyond the public API.
type Admin interface {
	// Create creates an identity and fills in its ID, and the secrets of its
	// second factors if it is to have any.
	Create(ctx context.Context, identity Identity) (Identity, error)

	// Code returns the newest login code that was mailed to the address.
	Code(ctx context.Context, address string) (string, error)

	// Disable disables an identity.
	Disable(ctx context.Context, identity Identity) error

	// Expires returns those of ShortFlows, ShortSessions and ShortCodes that the server
	// need not be configured for, since the methods below make things expire.
	Expires() Config

	// ExpiredFlow creates a flow and returns it when it has expired.
	ExpiredFlow(ctx context.Context, create func() Flow) (Flow, error)

	// ExpiredCode has a code sent to the address, and returns when it has expired.
	ExpiredCode(ctx context.Context, address string, send func()) error

	// ExpireSessions returns when they have expired. The token is that of one of them.
	ExpireSessions(ctx context.Context, identity Identity, token string) error

	// AtProvider has a user answer at the URL of the provider, and returns the URL of the
	// server to which the provider sends the browser then.
	AtProvider(ctx context.Context, user User, from string) (string, error)

	// Revoke ends one session of an identity.
	Revoke(ctx context.Context, identity Identity, sessionID string) error
}

// User is somebody at the provider.
type User struct {
	Email  string // empty if the provider does not tell it
	Denies bool   // lets nobody in
	Fails  bool   // brings back a code that the provider refuses then
}

// Shortcut is what an Admin can do besides: it gets to a state at once. A server of which the
// Admin cannot is brought to the same state step by step, so that the two are compared.
type Shortcut interface {
	// SignIn returns the token and the cookie of a new session. The second factor is TOTP.
	SignIn(ctx context.Context, identity Identity, secondFactor bool) (token, cookie string, err error)

	// SendCode puts a flow into the state after a code was mailed.
	SendCode(ctx context.Context, flow Flow, address string) error
}

// ErrUnable says that a server has no way to do what a scenario needs. The
// scenario is skipped then.
var ErrUnable = errors.New("the server cannot do that")

// What is short may have expired before it is used, which says nothing about a server.
var (
	errShortFlows    = fmt.Errorf("%w: its flows expire before they are used", ErrUnable)
	errShortSessions = fmt.Errorf("%w: its sessions expire before it shows them", ErrUnable)
)

// errClosed: nobody logs in there at a provider for the first time.
var errClosed = fmt.Errorf("%w: its registration is closed", ErrUnable)

// errEverybodyOwes: a login with one factor is not complete there.
var errEverybodyOwes = fmt.Errorf("%w: everybody owes a second factor there", ErrUnable)

// HookMessage is a message of a web hook, about a field or about the whole form.
type HookMessage struct {
	Field string
	ID    int64
	Type  string
}

// Identity is somebody who can log in.
type Identity struct {
	ID       string
	Email    string
	Password string

	WithoutPassword bool
	WithUsername    bool // logs in with it, too
	WithMetadata    bool // has metadata that are public
	Unverified      bool // the address is not verified
	Disabled        bool

	WithTOTP, WithLookupSecrets bool // has a second factor

	HookSays []HookMessage // what a web hook refuses the login with

	Username string

	// TOTPSecret and LookupSecrets are set by Admin.Create.
	TOTPSecret    string
	LookupSecrets []string
}
