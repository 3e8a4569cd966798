// Package orylogintest is a fake Ory Kratos for tests. It is an HTTP server in the test's own
// process. It knows the identities that the test adds, and answers the login operations as
// real servers do, with their oddities.
//
//	server := orylogintest.NewServer(t)
//	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
//	client := server.Client()
//
// [NewServer] starts a server, which closes when the test ends. Native flows, browser flows,
// sessions, their lists, cookies and CSRF tokens work as in Kratos. Nothing is mailed:
// [Server.Code] returns the code that a user would get. No test has to wait:
// [Server.ExpireFlow], [Server.ExpireCode] and [Server.ExpireSessions] make things expire,
// and [Server.RoundTrip] answers within a bubble of testing/synctest.
//
// To see what a program does when something breaks, replace an operation with
// [Server.Handle], [Server.Respond], [Server.Cut] or [Server.Delay], or end the whole server
// with [Server.Close]. To see what the program sent, use [Server.Requests] and
// [Server.ExpectCalls]. To check that its logs hold no secrets, use [Server.ExpectNoSecrets].
//
// # How true it is
//
// The module's tests run one list of scenarios against the fake and against a real Kratos
// v1.3.1. The fake answers as that release does, or as another one: see [WithRelease]. It
// supports the methods password, code, totp, lookup_secret and identifier_first. It supports
// oidc up to the answer with the provider's URL. It finds identities by their e-mail
// addresses. It signs sessions with ES256. It has no admin API, no registration, no settings
// and no web hooks.
package orylogintest
