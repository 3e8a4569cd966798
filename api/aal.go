package api

// AAL is an authenticator assurance level: how surely the user is known. Servers may send
// other values than these.
type AAL string

// The known levels.
const (
	AAL0 AAL = "aal0" // AAL0 means that the user is not known.
	AAL1 AAL = "aal1" // AAL1 means that the user gave one factor.
	AAL2 AAL = "aal2" // AAL2 means that the user gave two factors.
	AAL3 AAL = "aal3" // AAL3 is reserved.
)
