// Package browser takes the browsers of a web application through login flows of
// Ory Kratos: the application is the page and the form, Kratos keeps the session in
// a cookie of the browser.
//
// # One visit
//
// A [Visit] is one request of a browser to the application. It sends Kratos the
// cookies of that request which Kratos needs, and no others, and collects the
// cookies that Kratos sets. Write them to the browser whatever the outcome, and
// before the body:
//
//	visit := client.Visit(r)
//	login, err := visit.Submit(ctx, flow, method)
//	visit.WriteCookies(w)
//
// A [Client] keeps no cookie between visits, so that none can cross over from one
// user to another.
//
// # Outcomes
//
// They are those of package orylogin: a nil error means a complete login, and
// every other answer is one of its typed errors. [Visit.Submit] speaks JSON with
// Kratos. [Visit.SubmitForm] sends a form and reads the redirect that a browser
// would get; it asks Kratos what is behind it and comes to the same outcomes.
//
// # Where a form is sent
//
// The form of a flow can be sent to the application, which submits it by a Visit:
// then the application decides what happens next. Or it can be sent to
// flow.UI.Action, which is Kratos as browsers know it, from the server's
// configuration; it can differ from the base URL that the application uses, and
// the browser is redirected from there. A Visit always uses the base URL of its
// client.
package browser
