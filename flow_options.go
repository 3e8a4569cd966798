package orylogin

import (
	"errors"
	"fmt"
)

// FlowOptions says what kind of login a new flow is for. The zero value is a new login: it
// asks for the first factor and makes a new session. An option that the kind of flow cannot
// have returns [ErrInvalidCall].
type FlowOptions struct {
	// AAL asks for an assurance level. AAL2 adds a second factor to a session: for a native
	// flow the session of [WithSessionToken], for a browser's flow the session of the browser.
	AAL AAL

	// Refresh lets the user of a session log in again: for a native flow the session of
	// [WithSessionToken], for a browser's flow the session of the browser. That makes the
	// session privileged: for some time, its user may change credentials.
	Refresh bool

	// ReturnTo is where the browser goes after the login, also after one with a
	// provider. The server must allow the URL.
	ReturnTo string

	// TokenExchange puts a code into the flow. After a login with a provider,
	// [Client.Callback] exchanges the code for a session. TokenExchange is for native flows.
	TokenExchange bool

	// LoginChallenge is the login challenge of Ory Hydra, if the login is part of
	// an OAuth2 flow. It is for the flows of browsers.
	LoginChallenge string

	// IgnoreSession starts a new login although the browser has a session, so that somebody
	// else can log in. The requests that create the flow and submit to it lack the session
	// cookie. The new session replaces the old one in the browser. The old session stays
	// valid, with one exception: if the login continues at a provider, it is revoked before
	// the browser goes there, since the browser comes back with all its cookies. IgnoreSession
	// is for the flows of browsers.
	IgnoreSession bool

	// Via names the trait, such as "email", that is the address for the code of a second
	// factor. Servers of v1.1 and v1.2 need it. Later ones offer each address without it.
	Via string

	// Organization is the id of the organization to log in to.
	Organization string

	// IdentitySchema is the id of the identity schema to log in with.
	IdentitySchema string
}

// shown is the assurance level that the flow is for, and whether the flow is a refresh. It leaves
// out URLs and ids, which may come from a request.
func (o FlowOptions) shown() string {
	level := shownWord(string(o.AAL), []string{string(AAL1), string(AAL2)})
	return fmt.Sprintf("options of a flow (aal %q, refresh %t)", level, o.Refresh)
}

// checkNative refuses options that a native flow cannot have.
func (o FlowOptions) checkNative(token Secret) error {
	switch {
	case o.LoginChallenge != "":
		return errors.New("FlowOptions.LoginChallenge is for the flows of browsers")
	case o.IgnoreSession:
		return errors.New("FlowOptions.IgnoreSession is for the flows of browsers")
	case o.Refresh && token.IsZero():
		return errors.New("FlowOptions.Refresh needs WithSessionToken")
	case o.AAL != "" && o.AAL != AAL1 && token.IsZero():
		return errors.New("FlowOptions.AAL needs WithSessionToken")
	}
	return nil
}
