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
// A token is valid until it expires. A logout, a revoked session and a disabled account end
// none before. So the ttl of the template is the time for which such a session still counts:
// keep it at a minute or so, and let a guard without a Checker stand before what is at stake.
//
// # Key set
//
// The key set is fetched when somebody first needs it, with one request however many wait. It
// may take ten seconds and have 256 KiB. After ten minutes it is renewed beside the checks,
// which go on with the keys that are there. An hour after they were fetched, keys no longer
// count.
//
// A key id that is not in the set makes it be fetched again, but no sooner than a minute after
// the last answer, or five seconds until the first keys are there. So publish a key before
// Kratos signs with it, and keep it there until the last of its tokens has expired. Kratos
// reads its own keys once an hour.
//
// The package does not need the network but for the key set. It logs nothing, and has nothing
// to close.
//
// # Why go-jose
//
// Signatures, keys and times are checked by go-jose, which brings no dependency of its own,
// takes an explicit list of algorithms, and binds each to its kind of key. The key set of
// go-oidc, which is built on it, asks the server again for each token with an unknown key and
// for each with a wrong signature, reads answers of any length, and quotes them in its errors.
// So the key set is one of this package.
package jwt
