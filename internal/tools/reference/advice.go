package main

// line is what the reference says of a constant besides its comment.
type line struct {
	since string // the first release that has it
	do    string
}

const (
	askAgain   = "Ask again."
	startAgain = "Create another flow."
	never      = "Nothing in a login sends it."
	network    = "Show the text."
)

// advice has a line for each error id, and for each message that refuses a form.
var advice = map[string]line{
	"ErrSessionAlreadyAvailable":        {since: "v0.8", do: "Use the session, or ask with Refresh or AAL2."},
	"ErrSessionAAL1Required":            {since: "v0.8", do: "Log in with a first factor."},
	"ErrSessionAAL2Required":            {since: "v0.8", do: "StepUp, or send the browser to the URL of the SecondFactorError."},
	"ErrSessionInactive":                {since: "v0.8", do: "Log in."},
	"ErrSessionVerifiedAddressRequired": {since: "v25.4 as an id", do: "Have the address verified; the VerificationError names the flow."},
	"ErrIdentityDisabled":               {since: "after v26.2 as an id", do: "Say so. Another try does not help."},
	"ErrFlowDisabled": {
		since: "v0.9", do: "Say that there is no account.",
	},
	"ErrFlowExpired": {
		since: "v0.8", do: "Submit to UseFlowID if there is one, or create another flow.",
	},
	"ErrReturnToForbidden": {
		since: "v0.8", do: "Add the URL to selfservice.allowed_return_urls.",
	},
	"ErrCSRFViolation": {
		since: "v0.8", do: "Begin again, with the browser's cookies; see troubleshooting.",
	},
	"ErrLocationChangeRequired": {
		since: "v0.8", do: "Open the URL of the LocationChangeError in a browser.",
	},
	"ErrInvalidConfiguration": {since: "v25.4", do: "Look at the server's log."},
	"ErrUpstream":             {since: "v25.4", do: "Try again later."},

	"ErrIdentityMismatch":           {since: "v0.8", do: never},
	"ErrSessionRefreshRequired":     {since: "v0.8", do: "Refresh. " + never},
	"ErrSessionAALAlreadyFulfilled": {since: "v0.8", do: never},
	"ErrFlowReplaced":               {since: "v0.11", do: never},
	"ErrSessionAAL2EnrollmentRequired": {
		since: "after v26.2", do: "Have the user set up a second factor.",
	},
	"ErrSessionCredentialRequired": {
		since: "after v26.2", do: "Have the user log in with that credential.",
	},

	"ErrGeneric":                       {since: "v0.8", do: "Look for ErrSessionAlreadyAvailable, ErrBrowserRequest, ErrTooManyTries, ErrUndecodableBody and ErrFlowDisabled, then show the text."},
	"ErrFieldRequired":                 {since: "v0.8", do: askAgain},
	"ErrFieldTooShort":                 {since: "v0.8", do: askAgain},
	"ErrFieldFormat":                   {since: "v0.8", do: askAgain},
	"ErrInvalidCredentials":            {since: "v0.8", do: askAgain},
	"ErrDuplicateCredentials":          {since: "v0.8", do: "Have the user log in to that account."},
	"ErrInvalidTOTP":                   {since: "v0.8", do: askAgain},
	"ErrIdentifierMissing":             {since: "v0.8", do: askAgain},
	"ErrAddressNotVerified":            {since: "v0.8", do: "Have the address verified. Servers from v25.4 use the id instead."},
	"ErrNoTOTP":                        {since: "v0.8", do: "Offer another method."},
	"ErrLookupSecretUsed":              {since: "v0.8", do: askAgain},
	"ErrNoWebAuthn":                    {since: "v0.8", do: "Offer another method."},
	"ErrNoLookupSecrets":               {since: "v0.8", do: "Offer another method."},
	"ErrUnknownWebAuthnUser":           {since: "v0.9", do: "Offer another method."},
	"ErrInvalidLookupSecret":           {since: "v0.9", do: askAgain},
	"ErrFieldTooLong":                  {since: "v0.13", do: askAgain},
	"ErrBelowMinimum":                  {since: "v0.13", do: askAgain},
	"ErrNotAboveMinimum":               {since: "v0.13", do: askAgain},
	"ErrAboveMaximum":                  {since: "v0.13", do: askAgain},
	"ErrNotBelowMaximum":               {since: "v0.13", do: askAgain},
	"ErrNotMultiple":                   {since: "v0.13", do: askAgain},
	"ErrTooManyItems":                  {since: "v0.13", do: askAgain},
	"ErrTooFewItems":                   {since: "v0.13", do: askAgain},
	"ErrItemsNotUnique":                {since: "v0.13", do: askAgain},
	"ErrWrongType":                     {since: "v0.13", do: askAgain},
	"ErrLinkedToAnotherAccount":        {since: "v0.13", do: "Have the user log in to that account."},
	"ErrDuplicateCredentialsWithHints": {since: "v1.1", do: "Have the user log in to that account; the message's Context names its methods."},
	"ErrNotConstant":                   {since: "v1.1", do: askAgain},
	"ErrNotConstantHidden":             {since: "v1.1", do: askAgain},
	"ErrPasswordTooLong":               {since: "v1.1", do: askAgain},
	"ErrNoCodeAccount":                 {since: "v1.1", do: "Ask for another address, or offer another method."},
	"ErrAccountNotFound":               {since: "v1.3", do: askAgain},
	"ErrCaptcha":                       {since: "v1.3", do: askAgain},
	"ErrNotEmail":                      {since: "v26.2", do: askAgain},
	"ErrNotPhone":                      {since: "v26.2", do: askAgain},
	"ErrNoDeviceKey":                   {since: "after v26.2", do: network},
	"ErrInvalidWebAuthn":               {since: "after v26.2", do: askAgain},
	"ErrInvalidDeviceKey":              {since: "after v26.2", do: network},
	"ErrDeviceAttestation":             {since: "after v26.2", do: network},
	"ErrDeviceKeyReenrollment":         {since: "after v26.2", do: network},
	"ErrPreviousFlowExpired":           {since: "v0.8", do: "Say that time was up; the flow is a new one."},
	"ErrNoMethod":                      {since: "v0.8", do: "Offer what Flow.Methods has. A native flow takes passkeys since v26.2."},
	"ErrInvalidCode":                   {since: "v1.1", do: askAgain},
	"ErrLinkedCredentialsMismatch":     {since: "v1.1", do: startAgain},
	"ErrUnknownCodeAddress":            {since: "v1.1", do: "Offer the addresses that the flow has."},
	"MessageIdentityDisabled":          {since: "after v26.2", do: "Say so. Another try does not help."},
	"ErrNoMethodAvailable":             {since: "v26.2", do: network},
	"ErrNoProviderAvailable":           {since: "after v26.2", do: network},
}
