// Package api is the client that is generated from openapi.yaml, with a few types that are
// written by hand. Most programs use package [github.com/orylogin/orylogin] instead.
//
// Package api follows openapi.yaml one to one and may change whenever openapi.yaml changes. A
// call sends one request and returns its response. The package sends no Accept header and
// does not limit the size of a body. It follows the redirects that its http.Client follows.
// It puts an argument into a path as it is, such as the id of [Client.DisableMySession]:
// check it before.
//
// Secrets that a server sends are of type [Secret], which does not show them. The bodies and
// parameters of requests hold secrets as plain strings, since they must be sent. They print
// as their names only. But their fields, their JSON, and the verb %w outside [fmt.Errorf]
// show the secrets: do not log them. The types …Response hold the raw answer in the field
// Body and behind HTTPResponse: do not log them, either.
package api
