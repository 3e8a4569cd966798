package orylogintest

// Release is a release of Kratos: see [WithRelease].
type Release string

// The releases of Kratos whose answers the server can give.
const (
	V0_8  Release = "v0.8"
	V0_10 Release = "v0.10"
	V1_3  Release = "v1.3"
	V25_4 Release = "v25.4"
	V26_2 Release = "v26.2"

	// AfterV26_2 is the source of Kratos of 2026-07-29, which no release has yet.
	AfterV26_2 Release = "after v26.2"
)

// traits are the differences between releases.
type traits struct {
	identifier       string   // the name of the password form's field for the identifier
	tokenPrefix      string   // of session tokens
	refusalStatus    int      // of the redirect after a refused form
	undecodable      bool     // a body that is not JSON is an error in the flow, not an error envelope
	state            bool     // flows have a state, and an organization
	expiredAt        bool     // the answer to an expired flow says when it expired
	devices          bool     // sessions have devices, and their methods have an assurance level
	continueWith     bool     // logins have continue_with
	oneStepMethods   bool     // the methods code and identifier_first exist, and oidc for native flows
	wrongLookup      int64    // the id of the message for a wrong lookup secret
	proxyCookies     []string // prefixes of the names of cookies that native clients may send
	keepsReturnTo    bool     // the flow of the second factor keeps the return_to
	hidesIdentifier  bool     // a form that refuses to send a code hides the identifier; nobody has asked v25.4
	codeAtOnce       bool     // a code for the second factor is sent when its flow begins, if it is the only second factor
	verifyByError    bool     // an unverified address is an error envelope
	errorWithOAuth2  bool     // the OAuth2 login of a flow about a session is an error in JSON, not null
	errorHeader      bool     // errors have the header Ory-Error-Id
	refreshNobody    bool     // refresh without a session creates a flow that asks to refresh
	hangs            bool     // a submission to an expired flow about a session is never answered
	unauthorized     string   // the reason with which whoami refuses
	codeSent         string   // the message of a flow after a code was sent
	codeSentToUser   string   // the same for a flow about a session; empty if it is the same text
	refusesInFlow    bool     // a disabled account and an expired code are messages in the flow
	noContinuity     bool     // a native login with a provider sets no continuity cookie
	callbackCSRF     bool     // the answer to a browser that returns from a provider sets a CSRF cookie if there is none
	exchangeFailures bool     // a native login that failed at a provider also comes back with a code
	ownSessions      bool     // users can list and revoke their own sessions
	newestFirst      bool     // lists of sessions begin with the newest login, and an empty list is []
	listNeedsAAL     bool     // a session that owes a second factor cannot list sessions
}

var releases = map[Release]traits{
	V0_8: {
		identifier: "password_identifier", refusalStatus: 302, wrongLookup: msgLookupUsed,
		refreshNobody: true, hangs: true, unauthorized: "No valid session cookie found.",
	},
	V0_10: {
		identifier: "identifier", refusalStatus: 303, wrongLookup: msgLookupWrong, keepsReturnTo: true,
		ownSessions: true, proxyCookies: []string{"__cf"}, unauthorized: "No valid session cookie found.",
	},
	V1_3:  modern(),
	V25_4: later(modern()),
	V26_2: newest(later(modern())),

	AfterV26_2: unreleased(newest(later(modern()))),
}

// withoutNewer switches off what the release does not have.
func (c *config) withoutNewer(t traits) {
	c.closed = c.closed && c.release != V0_8
	if !t.oneStepMethods {
		c.passwordless, c.codeAsFactor, c.twoSteps, c.oauth2, c.templates = false, false, false, "", nil
	}
}

func modern() traits {
	return traits{
		identifier: "identifier", tokenPrefix: "ory_st_", refusalStatus: 303, undecodable: true, state: true,
		expiredAt: true, devices: true, continueWith: true, oneStepMethods: true, wrongLookup: msgLookupWrong, callbackCSRF: true,
		keepsReturnTo: true, proxyCookies: []string{"__cf", "_cf", "cf_"},
		unauthorized: "No valid session credentials found in the request.", ownSessions: true, newestFirst: true, hidesIdentifier: true,
		codeSent: "An email containing a code has been sent to the email address you provided. " +
			"If you have not received an email, check the spelling of the address and retry the login.",
	}
}

func later(t traits) traits {
	t.verifyByError, t.errorHeader, t.callbackCSRF = true, true, false
	return t
}

func newest(t traits) traits {
	t.codeAtOnce, t.errorWithOAuth2, t.listNeedsAAL, t.hidesIdentifier = true, true, true, false
	t.codeSent = "A code was sent to the address you provided. " +
		"If you didn't receive it, please check the spelling of the address and try again."
	return t
}

func unreleased(t traits) traits {
	t.refusesInFlow, t.noContinuity, t.exchangeFailures = true, true, true
	t.codeSentToUser = "A code was sent to your address. If you didn't receive it, please try again."
	return t
}
