// Package conformance is a suite of what Ory Kratos answers at its login
// endpoints. It runs against any server that claims to answer so: a real Kratos of
// any release from v0.8 on, or a fake. A [Scenario] sends plain HTTP requests
// and compares the answers with a transcript, one line for each:
//
//	303 to login-ui?flow → refused 4000006  | v0.10+
//	302 to login-ui?flow → refused 4000006  | v0.8
//	200 login aal1 by password +csrf +session → logged_in
//
// A line with a span of releases holds for those only: v0.8 for one of them, v0.10+
// for it and the later ones, ..v0.10 for it and the earlier ones, v1.3..v25.4. The last of
// them is after-v26.2, the source of 2026-07-29, which no release has yet. Behind the span
// "from source" says that no server of the span has been asked, and its source was read.
//
// # An answer in one line
//
// It begins with the status and what the body is:
//
//	200 native flow       a flow; or browser flow
//	200 login+token       a login of a native flow; without +token that of a browser
//	200 session           the answer to whoami
//	200 sessions          a list of them, however many
//	400 error             an error without an id
//	403 error some_id     an error with its error.id
//	422 native registration flow  a flow that goes on as a registration
//	303 to login-ui?flow  a redirect, with the parameters that the URL has
//	204                   no body
//	200 {a,b}             another JSON object, by its keys
//	404 text              anything else
//
// Then, where there is something to tell, of a flow: refresh, aal2, its state unless
// that is choose_method ([sent_email]), its active method (active:code), its messages
// with the field they are about (ui:4000006, identifier:4000002), exchange-code,
// return-to, nodes:null. Of a login and a session: the assurance level, the methods
// (by password,totp), identity:null, and the actions of continue_with (next:…). Of an
// error: the keys beside error ({since,use_flow_id}), those of its details
// (details{api}), and error.code when it is not the status (code:400); the detail
// reject_reason is left out, since releases before v26.2 give it by accident.
//
// At the end of an answer stand the cookies that it sets, and what is unusual about
// it: each release has rules that all its answers keep, such as a header or a content
// type, and a line says only where an answer breaks them; see rules.go.
//
// Redirects name pages and not their addresses: login-ui, error-ui, verification-ui,
// return-url (the default one), return-to (the other one that the scenario has asked for), kratos,
// provider. Any other page is shown as it is.
//
// # What the client makes of it
//
// After the arrow stands what a Client, or the Visit of a browser, makes of the very same
// answer: its orylogin.Outcome, and then what belongs to it. That is the status and the id
// of an APIError, and the numbers of the messages that refuse a form. A line without an
// arrow is an answer to a request that no client sends.
//
// # Configurations
//
// What a line says, only the release decides. Where the configuration decides, too, a
// scenario names what it needs and what must not be, or it is skipped when its answers show
// that everybody owes a second factor. [Configurations] are those worth running, and [Start]
// starts a server of one of them, in which flows, sessions and codes expire at once when a
// scenario wants it.
//
// # Preparation
//
// What a scenario needs before its first line, an identity, a flow, a session, is
// made without a line. It must succeed: a scenario whose preparation fails fails.
package conformance
