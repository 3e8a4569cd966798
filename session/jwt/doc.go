// Package jwt checks the signed sessions of Ory Kratos without asking Kratos.
//
// A template of session.whoami.tokenizer lets whoami sign a session as a JSON Web Token, see
// [orylogin.WithTokenizeAs]. A [Checker] checks its signature by a key set, and what it says by
// a [Config]. It is one more checker of a guard:
//
//	checker, err := jwt.New(jwt.Config{
//		KeysURL:    "https://auth.example.com/keys.json",
//		Issuer:     "https://auth.example.com/",
//		Audience:   "payments",
//		Algorithms: []string{"ES256"},
//	})
//	…
//	guard, err := session.NewGuard(client, session.WithChecker(checker))
//
// # Revoked sessions
//
// A token is valid until it expires, also after a logout, after its session was revoked, and
// after its account was disabled. The ttl of the template is how long such a session still
// counts: a minute or so. Where that is too long, use a guard without a Checker.
//
// # Key set
//
// The key set is fetched when a check first needs it, with one request however many wait. It
// may take ten seconds and have 256 KiB. After ten minutes it is renewed beside the checks,
// which go on with the keys that are there. Keys count for an hour after they were asked for.
//
// A token with a key id that is not in the set makes the set be fetched again, at the earliest
// a minute after the last answer. Until the first keys are there, that is five seconds. So
// publish a key before Kratos signs with it, and keep it there until its last token has
// expired. Kratos reads its own keys once an hour.
//
// A request for the key set has the values of the context of the check that began it, and
// does not end with that context. It runs in a goroutine of its own, so a panic of the
// transport ends the program. Nothing else needs the network. The package logs nothing, and
// has nothing to close.
//
// # Why go-jose
//
// Signatures, keys and times are checked by go-jose, which brings no dependency of its own,
// takes an explicit list of algorithms, and binds each to its kind of key. The key set of
// go-oidc, which is built on it, asks the server again for each token with an unknown key and
// for each with a wrong signature. So the key set is one of this package.
package jwt
