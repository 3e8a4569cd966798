// Package orylogintest is a fake Ory Kratos for tests: an HTTP server in the test's
// own process that knows the identities which the test gives it and answers the
// login operations as real servers do, with their oddities.
//
//	server := orylogintest.NewServer(t)
//	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
//	client := server.Client()
//
// A server begins with the test and ends with it. Native flows and browser flows,
// sessions, cookies and CSRF tokens are real; what mails and the passing of time do
// is done by [Server.Code], [Server.ExpireFlow], [Server.ExpireCode] and
// [Server.ExpireSessions].
//
// To see what a program does when something breaks, replace an operation: see
// [Server.Handle], [Server.Respond], [Server.Cut] and [Server.Delay]. To see what it
// asked for, see [Server.Requests]; to see that its logs have no secret, see
// [Server.ExpectNoSecrets].
//
// # How true it is
//
// The module's tests hold the fake and a real Kratos v1.3.1 to the same list of
// scenarios. It answers as that release does, or as another one: see [WithRelease].
// It knows the methods password, code, totp, lookup_secret and identifier_first, and
// oidc as far as the answer that names the provider's URL. It has no admin API, no
// registration, no settings and no web hooks, and its identities are found by their
// e-mail address.
package orylogintest
