// Package api is the client that is generated from openapi.yaml, with a few types that are written by hand.
//
// It follows the description one to one and may change whenever the description changes. It sends one request and hands
// back one response: it does not limit the size of a body, it follows the redirects that its http.Client follows, and it
// asks for no content type. What stands in a path, as the id of [Client.DisableMySession] does, is put there as it is: check
// it before. Most users want package [github.com/orylogin/orylogin] instead, which takes care of that.
//
// Secrets that a server sends are of type [Secret] and do not get into a log by accident. The bodies and the parameters of
// requests hold their secrets as plain strings, since they have to be sent. Bodies and parameters refuse to be printed, but
// their fields and their JSON do not, and neither does the verb %w outside of [fmt.Errorf]: do not log them. The types
// …Response hold the answer as it came, in the field Body and behind HTTPResponse: do not log them, either.
package api
