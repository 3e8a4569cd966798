// Package session keeps a session of Ory Kratos for a program, sends its token along
// with the program's requests, and checks the sessions of those who call a service.
//
// # Token source
//
// A [Source] logs in when somebody first asks for a token, and keeps the token. It
// logs in again shortly before the session expires, and after the token was refused.
// However many goroutines ask, there is one login at a time. If the server refuses
// the credentials, the source stops until [Source.Reset]; after any other failure it
// pauses before it tries again. A [Store] keeps the token between runs of the
// program. [Static] is for a token that somebody else takes care of.
//
// # Transport
//
// A [Transport] adds the token of a source to the requests of an http.Client: only to
// those for the hosts that it is given, and over plain http only to loopback hosts,
// unless its field PlainHTTP is set. When the answer is 401, it sends the request once
// more with a new token, if the body can be sent again.
//
// # Middleware
//
// A [Middleware] guards the handlers of a service. It asks the server for the session
// of each request and puts it into the context, where [FromContext] finds it. A
// request without a session gets 401, and one whose session lacks a second factor gets
// 403. A request whose session could not be checked gets 503, which does not mean that
// there is no session.
//
// # What it does not do
//
// The package logs nothing. It starts a goroutine only for a login that a caller
// needs, so there is nothing to close, and it renews no token that nobody asks for. It
// ends no session by itself: a session that was replaced lives until it expires,
// unless [Source.Logout] revokes it. It has no store of its own, since only the
// program knows a safe place; an example keeps the token in a file. The middleware
// decides who somebody is, not what they may do, and it does not protect handlers
// against cross-site requests of browsers.
package session
