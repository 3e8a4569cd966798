// Package orylogintest is a fake Ory Kratos for tests. It is an HTTP server in the test's own
// process. It knows the identities that the test adds, and answers the login operations as
// real servers do, with their oddities.
//
//	server := orylogintest.NewServer(t)
//	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
//	client := server.Client()
//
// [NewServer] starts a server, which closes when the test ends. Native flows, browser flows,
// sessions, their lists, cookies and CSRF tokens work as in Kratos. [Server.SignIn] gives an
// identity a session without a login. Nothing is mailed: [Server.Code] returns the code that a
// user would get. Providers have pages: see [WithProviders]. No test has to wait:
// [Server.ExpireFlow], [Server.ExpireCode] and [Session.Age] make things old, and
// [Server.RoundTrip] answers within a bubble of testing/synctest. There, [InMemory] lets a handler
// answer as a service that a program calls. Package orylogintest/tab, a
// module of its own, is a browser's tab for tests of pages.
//
// To see what a program does when something breaks, replace an operation with
// [Server.Handle], [Server.Respond], [Server.Cut] or [Server.Delay]. [Server.SetDown] takes the
// whole server down, [Server.SetReady] takes its database away, and both bring it back.
// [Server.Close] ends the server. To see what the program sent,
// use [Server.Requests] and [Server.ExpectCalls]. To check that its logs hold no secrets, use
// [Server.ExpectNoSecrets]. A test that has failed shows the last requests and answers.
//
// # How close the fake is to Kratos
//
// The module's tests run one list of scenarios against the fake and against a real Kratos
// v1.3.1. The fake answers as that release does, or as another one: see [WithRelease]. It
// supports the methods password, code, totp, lookup_secret, identifier_first and oidc. It
// signs sessions with ES256. It has no admin API. It calls no web hooks, but refuses logins as
// they do: see Identity.HookMessages. Registration, recovery, settings and verification are pages
// that say that they are not here.
package orylogintest
