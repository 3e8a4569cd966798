// Package conformance is a suite of what Ory Kratos answers at its login endpoints. It runs
// against any server that is to answer like Kratos: a real Kratos from v0.8 on, or a fake. A
// [Scenario] sends plain HTTP requests. It compares the answers with a transcript, one line for
// each answer:
//
//	303 to login-ui?flow → refused 4000006  | v0.10+
//	302 to login-ui?flow → refused 4000006  | v0.8
//	200 login aal1 by password +csrf +session → logged_in
//
// A line can end with a span of releases, and then it holds for those only. v0.8 is one
// release, v0.10+ is that release and the later ones, ..v0.10 is that release and the earlier
// ones, and v1.3..v25.4 is a range. The last release is after-v26.2, the source of 2026-07-29.
// If the span ends in "from source", no server of the span was asked: the line comes from the
// source of Kratos.
//
// # An answer in one line
//
// A line begins with the status and the kind of body:
//
//	200 native flow       a flow; or browser flow
//	200 login+token       a login of a native flow; without +token one of a browser
//	200 session           the answer to whoami
//	200 sessions          a list of sessions, however many
//	400 error             an error without an id
//	403 error some_id     an error with its error.id
//	422 native registration flow  a flow that continues as a registration
//	303 to login-ui?flow  a redirect, with the names of the URL's parameters
//	204                   no body
//	200 {a,b}             another JSON object, by its keys
//	404 text              anything else
//
// Then a line says more about the body.
//
//   - A flow: refresh, aal2, its state unless that is choose_method ([sent_email]), its active
//     method (active:code), its messages with their fields (ui:4000006, identifier:4000002),
//     exchange-code, return-to, nodes:null.
//   - A login or a session: the assurance level, the methods (by password,totp), identity:null,
//     and the actions of continue_with (next:…).
//   - An error: the keys beside error ({since,use_flow_id}), the keys of its details
//     (details{api}), and error.code if it differs from the status (code:400). The detail
//     reject_reason is left out, since releases before v26.2 send it by accident.
//
// At the end of a line are the cookies that the answer sets, and what is unusual about the
// answer. Each release has rules that all its answers follow, for example for a header or a
// content type. A line says only where an answer breaks a rule; see rules.go.
//
// Redirects name pages in place of their addresses: login-ui, error-ui, verification-ui,
// kratos, provider, return-url (the default one) and return-to (the one that the scenario has
// asked for). The address of any other page is shown as it is.
//
// # The outcome
//
// Behind the arrow is what a Client, or the Visit of a browser, makes of the same answer. It is
// the orylogin.Outcome, the status and the id of an APIError, and the ids of the messages that
// refuse a form. A line without an arrow is the answer to a request that no client sends.
//
// # Configurations
//
// A line depends on the release alone. If an answer also depends on the configuration, the
// scenario names the settings that it needs and those that must not be there. A scenario is
// also skipped if its answers show that everybody owes a second factor. [Configurations]
// returns the configurations in which the suite runs. [Start] starts a server with one of them.
// On that server, flows, sessions and codes expire at once if a scenario wants it.
//
// # Preparation
//
// A scenario can need an identity, a flow or a session before its first line. Making them adds
// no line. If it fails, the scenario fails.
package conformance
