// Package session keeps a session of Ory Kratos for a program, sends it along
// with the program's requests, and checks the sessions of those who ask a
// service.
//
// # Token source
//
// A [Source] logs in when a token is asked for first, keeps the token, and logs
// in again shortly before the session expires and after the token was refused.
// However many goroutines ask, there is one login at a time. Credentials that the
// server refuses stop it until [Source.Reset]; any other failure makes it pause
// before it tries again. A [Store] keeps the token between runs of the program.
// [Static] is the source of a token that somebody else takes care of.
//
// # Transport
//
// A [Transport] adds the token of a source to the requests of an http.Client, for
// the hosts that it is told and no others, and never over plain http to another
// machine. A request that is answered with 401 is sent once more with a new token
// if its body can be sent again.
//
// # Middleware
//
// A [Middleware] guards the handlers of a service: it asks the server whose
// session a request carries and puts it into the context, from which
// [FromContext] takes it. A request without a session is answered with 401, one
// whose session lacks a second factor with 403, and with 503 one whose session
// could not be checked, which does not mean that there is none.
//
// # What it does not do
//
// The package logs nothing. It starts no goroutine but for a login that a caller
// has asked for, so that there is nothing to close, and renews no token that
// nobody asks for. It ends no session by itself: one that was replaced lives until
// it expires, unless [Source.Logout] revokes it. It has no store of its own, since
// only the program knows a safe place; an example keeps the token in a file. The
// middleware decides who somebody is, not what they may do, and it does not
// protect the handlers against cross-site requests of browsers.
package session
