// Package orylogintest is a fake Ory Kratos for tests. It is an HTTP server in the test's
// own process. It knows the identities that the test adds, and answers the login
// operations as real servers do, with their oddities.
//
//	server := orylogintest.NewServer(t)
//	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
//	client := server.Client()
//
// A server starts in [NewServer] and is closed when the test ends. Native flows and
// browser flows, sessions, lists of them, cookies and CSRF tokens are real. Nothing is mailed:
// [Server.Code] returns the code that a user would get. No test has to wait:
// [Server.ExpireFlow], [Server.ExpireCode] and [Server.ExpireSessions] make things expire,
// and [Server.RoundTrip] answers within a bubble of testing/synctest.
//
// To see what a program does when something breaks, replace an operation with
// [Server.Handle], [Server.Respond], [Server.Cut] or [Server.Delay], or end the whole
// server with [Server.Close]. To see what the program asked for, use [Server.Requests]
// and [Server.ExpectCalls]. To see that its logs hold no secrets, use
// [Server.ExpectNoSecrets].
//
// # How true it is
//
// The module's tests hold the fake and a real Kratos v1.3.1 to the same list of
// scenarios. The fake answers as that release does, or as another one: see [WithRelease].
// It knows the methods password, code, totp, lookup_secret and identifier_first. It knows
// oidc up to the answer that has the provider's URL. It finds identities by their e-mail
// addresses. It signs sessions by ES256. It has no admin API, no registration, no settings and no web hooks.
package orylogintest
