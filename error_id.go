package orylogin

import "fmt"

// ErrorID is the error.id by which a server names an error. The constants are targets for
// [errors.Is]. ErrorID("…") is the target for any other id. The comment of a constant ends
// with the first release that sends the id. "After v26.2" means that Kratos's source has it,
// and no release yet. "As an id" means that earlier releases say the same without the id.
type ErrorID string

// Ids that answers to a login have.
const (
	// ErrSessionAlreadyAvailable says that the token, or the browser, has a valid session. The
	// answer to a submission has a message instead of the id, and matches, too. Since v0.8.
	ErrSessionAlreadyAvailable ErrorID = "session_already_available"

	// ErrSessionAAL1Required says that a second factor needs a session. Since v0.8.
	ErrSessionAAL1Required ErrorID = "session_aal1_required"

	// ErrSessionAAL2Required says that the session needs a second factor. The answer to a
	// login has no id and matches, too. Since v0.8.
	ErrSessionAAL2Required ErrorID = "session_aal2_required"

	// ErrSessionInactive says that there is no valid session. The answer to whoami has no id
	// and matches, too. Since v0.8.
	ErrSessionInactive ErrorID = "session_inactive"

	// ErrSessionVerifiedAddressRequired says that an address must be verified first. Servers
	// before v25.4 send a message instead of the id, and that matches, too. Since v25.4 as an
	// id.
	ErrSessionVerifiedAddressRequired ErrorID = "session_verified_address_required"

	// ErrIdentityDisabled says that the account is disabled. Servers up to v26.2 answer a
	// submission with 401 and no id. Later servers answer it with a message. Both match. So
	// does a gateway's 401 if its body has the form of a Kratos error. After v26.2 as an id.
	ErrIdentityDisabled ErrorID = "identity_disabled"

	// ErrFlowDisabled says that registration is disabled. A login with a provider needs a
	// registration if no account is linked to the provider's account yet. The answer to a
	// login has a message instead of the id, and matches, too. Since v0.9.
	ErrFlowDisabled ErrorID = "self_service_flow_disabled"

	ErrFlowExpired            ErrorID = "self_service_flow_expired"             // the flow, or its code, has expired; since v0.8
	ErrReturnToForbidden      ErrorID = "self_service_flow_return_to_forbidden" // the return_to is not on the server's list; since v0.8
	ErrCSRFViolation          ErrorID = "security_csrf_violation"               // the CSRF cookie is missing or does not fit the form; since v0.8
	ErrLocationChangeRequired ErrorID = "browser_location_change_required"      // the login continues in a browser; since v0.8
	ErrInvalidConfiguration   ErrorID = "invalid_configuration"                 // the server is configured wrongly; since v25.4
	ErrUpstream               ErrorID = "upstream_error"                        // a provider did not answer as it should; since v25.4
)

// Ids that Kratos documents or knows, but that no answer to a login has had so far.
const (
	ErrIdentityMismatch           ErrorID = "security_identity_mismatch"    // the flow belongs to another user; since v0.8
	ErrSessionRefreshRequired     ErrorID = "session_refresh_required"      // the session is too old for the request; since v0.8
	ErrSessionAALAlreadyFulfilled ErrorID = "session_aal_already_fulfilled" // the session has that level already; since v0.8
	ErrFlowReplaced               ErrorID = "self_service_flow_replaced"    // another flow took this one's place; since v0.11

	ErrSessionAAL2EnrollmentRequired ErrorID = "session_aal2_enrollment_required" // the user has no second factor yet; after v26.2
	ErrSessionCredentialRequired     ErrorID = "session_credential_required"      // the session needs a certain credential; after v26.2
)

// Error returns the id if it is one of the constants. It returns [id] for any other, since
// that may be free text of a server.
func (id ErrorID) Error() string {
	if id == "" || id.known() {
		return string(id)
	}
	return "[id]"
}

// Format prints what Error returns.
func (id ErrorID) Format(s fmt.State, verb rune) { formatText(s, verb, id.Error()) }
