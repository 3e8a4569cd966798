package main

// Advice that several errors share.
const (
	askAgain   = "Ask again."
	startAgain = "Create another flow."
	never      = "No answer to a login has this id."
	network    = "Show the text."
)

// advice says what to do about each error id. For messages it has only those for which askAgain
// is not enough.
var advice = map[string]string{ //nolint:gosec // no credentials, but what to do about them
	"ErrSessionAlreadyAvailable":        "Use the session, or create a flow with Refresh or AAL2.",
	"ErrSessionAAL1Required":            "Log in with a first factor.",
	"ErrSessionAAL2Required":            "StepUp, or send the browser to the URL of the SecondFactorError.",
	"ErrSessionInactive":                "Log in.",
	"ErrSessionVerifiedAddressRequired": "Have the address verified; the VerificationError names the flow.",
	"ErrIdentityDisabled":               "Say so. Another try does not help.",
	"ErrFlowDisabled":                   "Say that the provider's account is linked to no account, and show the other methods.",
	"ErrFlowExpired":                    "Create another flow. For a first factor, you can submit to UseFlowID instead, if there is one.",
	"ErrReturnToForbidden":              "Add the URL to selfservice.allowed_return_urls.",
	"ErrCSRFViolation":                  "Begin again, with the browser's cookies: see [troubleshooting.md](troubleshooting.md#errcsrfviolation).",
	"ErrLocationChangeRequired":         "Open the URL of the LocationChangeError in a browser.",
	"ErrInvalidConfiguration":           "Look at the server's log.",
	"ErrUpstream":                       "Try again later.",
	"ErrIdentityMismatch":               never,
	"ErrSessionRefreshRequired":         "Refresh. " + never,
	"ErrSessionAALAlreadyFulfilled":     never,
	"ErrFlowReplaced":                   never,
	"ErrSessionAAL2EnrollmentRequired":  "Have the user set up a second factor.",
	"ErrSessionCredentialRequired":      "Have the user log in with that credential.",

	"ErrGeneric":                       "Look for these three, for ErrSessionAlreadyAvailable and for ErrFlowDisabled. If it is none of them, show the text.",
	"ErrDuplicateCredentials":          "Have the user log in to that account.",
	"ErrAddressNotVerified":            "Have the address verified. Servers from v25.4 use the id instead.",
	"ErrNoTOTP":                        "Offer another method.",
	"ErrNoWebAuthn":                    "Offer another method.",
	"ErrNoLookupSecrets":               "Offer another method.",
	"ErrUnknownWebAuthnUser":           "Offer another method.",
	"ErrLinkedToAnotherAccount":        "Have the user log in to that account.",
	"ErrDuplicateCredentialsWithHints": "Have the user log in to that account.",
	"ErrPasswordTooLong":               "Another try does not help. Have the user recover the account and set a shorter password.",
	"ErrNoCodeAccount":                 "Ask for another address, or offer another method.",
	"ErrNoDeviceKey":                   network,
	"ErrInvalidDeviceKey":              network,
	"ErrDeviceAttestation":             network,
	"ErrDeviceKeyReenrollment":         network,
	"ErrPreviousFlowExpired":           "Say that the time was up, and show the form: this flow is a new one.",
	"ErrNoMethod":                      "Offer what Flow.Methods has. A native flow takes passkeys since v26.2.",
	"ErrLinkedCredentialsMismatch":     startAgain,
	"ErrUnknownCodeAddress":            "Offer the addresses that the flow has.",
	"MessageIdentityDisabled":          "Say so. Another try does not help.",
	"ErrNoMethodAvailable":             network,
	"ErrNoProviderAvailable":           network,
}
