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
// # Guard
//
// A [Guard] asks the server whose session a [Credential] is. [Guard.Check] is for any
// program, [Guard.Authenticate] for interceptors such as those of gRPC, and [Guard.Wrap] for
// the handlers of net/http. The session is in the context, where [FromContext] finds it.
// [RequireAAL2], [RequireFresh] and [Require] demand more of it. The module session/jwt has a
// [Checker] of sessions that the server has signed, which does not ask it.
//
// Who has no session gets 401, and who has one that does not suffice gets 403. If the
// session could not be checked, that is 429 or 503, which does not mean that there is no
// session. Checks of one credential at the same time share one call, and [WithCache] keeps
// sessions for a few seconds.
//
// # What it does not do
//
// The package logs nothing. It starts a goroutine only for a login or a check that a caller
// needs, so there is nothing to close, and it renews no token that nobody asks for. It
// ends no session by itself: a session that was replaced lives until it expires,
// unless [Source.Logout] revokes it. It knows no safe place for a token: [NewFileStore] is
// told one. A guard decides who somebody is, not what they may do. It refuses requests with
// a cookie from other sites, but for those that only read, such as GET.
package session
