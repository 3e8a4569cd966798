package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
)

// Target is a server against which the suite runs.
type Target struct {
	// PublicURL is the base URL of the public API, without a slash at the end.
	PublicURL string

	Release kratostest.Release
	Config  Config

	// LoginUI, ErrorUI, VerificationUI, RegistrationUI and ReturnURL are the pages to which the
	// server is configured to send browsers.
	LoginUI, ErrorUI, VerificationUI, RegistrationUI, ReturnURL string

	// ReturnTo is another URL that the server allows as return_to. If it is empty, scenarios
	// with a return_to are skipped.
	ReturnTo string

	// ProviderID is the id of a provider in the server's configuration.
	ProviderID string

	// Admin creates identities and does everything else that needs more than the public API.
	Admin Admin

	// Contract checks requests and answers.
	Contract *contract.Contract

	// Transport sends the requests of the scenarios. Default: http.DefaultTransport.
	Transport http.RoundTripper
}

// Admin does what scenarios need beyond the public API.
type Admin interface {
	// Create creates an identity. It fills in the ID, and the secrets of the second factors
	// that the identity is to have.
	Create(ctx context.Context, identity Identity) (Identity, error)

	// Code returns the newest login code that was mailed to the address.
	Code(ctx context.Context, address string) (string, error)

	// Disable disables an identity.
	Disable(ctx context.Context, identity Identity) error

	// Expires returns those of ShortFlows, ShortSessions and ShortCodes that the server does
	// not need, because the methods below make things expire.
	Expires() Config

	// ExpiredFlow creates a flow and returns the flow when it has expired.
	ExpiredFlow(ctx context.Context, create func() Flow) (Flow, error)

	// ExpiredCode calls send, which has a code sent to the address. It returns when the code
	// has expired.
	ExpiredCode(ctx context.Context, address string, send func()) error

	// ExpireSessions returns when the identity's sessions have expired. The token is that of
	// one of them.
	ExpireSessions(ctx context.Context, identity Identity, token string) error

	// AtProvider lets a user answer at the URL of the provider. It returns the URL of the
	// server to which the provider then sends the browser.
	AtProvider(ctx context.Context, user User, from string) (string, error)

	// Revoke ends one session of an identity.
	Revoke(ctx context.Context, identity Identity, sessionID string) error
}

// User is a user of the provider.
type User struct {
	Email  string // empty if the provider does not tell it
	Denies bool   // the user denies the login
	Fails  bool   // the user brings back a code that the provider then refuses
}

// Shortcut is an Admin that can also get to a state at once. Other servers get to the same
// state step by step, so a shortcut is compared with the steps.
type Shortcut interface {
	// SignIn returns the token and the cookie of a new session. The second factor is TOTP.
	SignIn(ctx context.Context, identity Identity, secondFactor bool) (token, cookie string, err error)

	// SendCode puts a flow into the state after a code was mailed.
	SendCode(ctx context.Context, flow Flow, address string) error
}

// ErrUnable says that a server cannot do what a scenario needs. The scenario is skipped.
var ErrUnable = errors.New("the server cannot do that")

// A short-lived flow or session may expire before it is used. That says nothing about a server.
var (
	errShortFlows    = fmt.Errorf("%w: its flows expire before they are used", ErrUnable)
	errShortSessions = fmt.Errorf("%w: its sessions expire before it shows them", ErrUnable)
)

// errClosed says that new users of a provider cannot log in to the server.
var errClosed = fmt.Errorf("%w: its registration is closed", ErrUnable)

// errEverybodyOwes says that a login with one factor is incomplete on the server.
var errEverybodyOwes = fmt.Errorf("%w: everybody owes a second factor there", ErrUnable)

// HookMessage is a message of a web hook, about a field or about the whole form.
type HookMessage struct {
	Field string
	ID    int64
	Type  string
}

// Identity is a user who can log in.
type Identity struct {
	ID       string
	Email    string
	Password string

	WithoutPassword bool
	WithUsername    bool // the identity also logs in with a user name
	WithMetadata    bool // the identity has public metadata
	Unverified      bool // the address is not verified
	Disabled        bool

	WithTOTP, WithLookupSecrets bool // the identity has these second factors

	HookSays []HookMessage // what a web hook refuses the login with

	Username string

	// TOTPSecret and LookupSecrets are set by Admin.Create.
	TOTPSecret    string
	LookupSecrets []string
}
