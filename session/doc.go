// Package session keeps a session of Ory Kratos for a program, sends its token with the
// program's requests, and checks the sessions of a service's callers.
//
// # Token source
//
// A [Source] logs in when somebody first asks for a token, and keeps the token. It logs in
// again shortly before the session expires, and after a server has refused the token. Any
// number of goroutines share one login at a time. If the server refuses the credentials or
// demands another step, the source stops until [Source.Reset]. After any other failure it
// pauses before it tries again. A [Store] keeps the token between runs of the program.
// [Static] is a source for a token that the program gets elsewhere.
//
// # Transport
//
// A [Transport] adds the token of a source to the requests of an http.Client, for the hosts
// in its field Hosts only. Over plain http it sends the token only to loopback hosts, unless
// its field PlainHTTP is set. After a 401 it sends the request once more with a new token, if
// the body can be sent again.
//
// # Guard
//
// A [Guard] asks the server for the session of a [Credential]. [Guard.Wrap] is for the
// handlers of net/http, [Guard.Authenticate] for interceptors such as those of gRPC, and
// [Guard.Check] for any program. Wrap and Authenticate put the session into the context,
// where [FromContext] finds it. [RequireAAL2], [RequireFresh], [RequireFreshAAL2] and [Require]
// demand more of the session. The module session/jwt has a [Checker] for sessions that the
// server has signed, which checks them without the server.
//
// The guard refuses a caller without a valid session with 401, and a session that does not
// meet a requirement with 403. A 429 or 503 means that the session could not be checked, and
// not that there is none. Checks of one credential at the same time share one call.
// [WithCache] keeps sessions for a few seconds.
//
// # What it does not do
//
// The package logs nothing. It starts a goroutine only for a login or a check that a caller
// needs, and for the function of [WithStore], so there is nothing to close. It renews no token
// that nobody asks for. It revokes no session except by [Source.Logout], which revokes the
// current one. A session that a source has replaced lives until it expires. It does not choose
// a place for the token: [NewFileStore] takes a path. A guard decides who the caller is, not
// what the caller may do. It refuses a request with a cookie if a page of another site has sent
// the request, unless the request only reads, such as a GET.
package session
