// Package jwt checks the signed sessions of Ory Kratos without a request to Kratos.
//
// A template of session.whoami.tokenizer makes whoami sign a session as a JSON Web Token: see
// [orylogin.WithTokenizeAs]. A [Checker] checks the token's signature with a key set, and its
// claims with a [Config]. Add it to a guard:
//
//	checker, err := jwt.New(jwt.Config{
//		KeysURL:    "https://keys.example.com/kratos.json",
//		Issuer:     "https://auth.example.com/",
//		Audience:   "payments",
//		Algorithms: []string{"ES256"},
//	})
//	…
//	guard, err := session.NewGuard(client, session.WithChecker(checker))
//
// # Other credentials
//
// The guard asks the Checker first. The Checker looks for a JSON Web Token in X-Session-Token
// or, without that header, in Authorization with the scheme Bearer. If such a token is not
// valid, the caller is refused, even if there is a valid cookie. Without such a token the
// guard asks Kratos about another credential, the first in the order that [session.Guard]
// names. A guard with both [session.WithTokensOnly] and [session.WithCookiesOnly] never asks
// Kratos: it accepts signed sessions only.
//
// # Getting tokens
//
// [orylogin.Client.Whoami] with [orylogin.WithTokenizeAs] returns a new token each time. Ask for
// the next one before the ttl of the template has passed.
//
// # Revoked sessions
//
// A token is valid until it expires, also after a logout, after its session was revoked, and
// after its account was disabled. The ttl of the template is how long such a session still
// counts: use about a minute. Where that is too long, use a guard without a Checker.
//
// # Key set
//
// The key set has the public keys of the file from which Kratos takes its signing key. Kratos
// does not serve it: put it at the KeysURL yourself.
//
// The key set is fetched when a check first needs it. Checks at the same time share one
// request. The answer may take at most ten seconds and have at most 256 KiB. After ten
// minutes the set is fetched again in the background, and checks use the old keys until then.
// Keys count for an hour after the request for them.
//
// A token with an unknown key id makes the package fetch the set again, but not within a
// minute of the last answer. If there are no keys yet, the pause is five seconds. So publish
// a key before Kratos signs with it, and keep it published until its last token has expired.
// Kratos reads its own keys once an hour.
//
// So a key that is removed from the set still counts for ten minutes, or for an hour while
// the set cannot be fetched. If a key is stolen, replace it in the set and in the file of
// Kratos, and restart Kratos and the services: a new Checker has no old keys.
//
// A request for the key set has the values of the context of the check that began it, and
// does not end with that context. It runs in its own goroutine, so a panic of the transport
// ends the program. Nothing else needs the network. The package logs nothing and has nothing
// to close.
//
// # Why go-jose
//
// go-jose checks signatures, keys and times. It has no dependencies, takes an explicit list
// of algorithms, and binds each algorithm to its kind of key. This package fetches the key
// set with its own code. The code of go-oidc, which also uses go-jose, sends a request for
// each token with an unknown key or a wrong signature.
package jwt
