// Package browser takes the browsers of a web application through login flows of
// Ory Kratos: the application is the page and the form, Kratos keeps the session in
// a cookie of the browser.
//
// # One visit
//
// A [Visit] is one request of a browser to the application. Of the request's cookies
// it sends Kratos those that Kratos needs, and no others. It collects the cookies that
// Kratos sets. Write them to the browser whatever the outcome, and before the body:
//
//	visit := client.Visit(r)
//	login, err := visit.Submit(ctx, flow, method)
//	visit.WriteCookies(w)
//
// A [Client] keeps no cookie between visits, so that none can get from one user to
// another.
//
// # Outcomes
//
// They are those of package orylogin: a nil error means a complete login, and
// every other answer is one of its typed errors.
//
// There are two ways to submit. [Visit.Submit] takes a method and sends JSON. It needs
// the [Flow], since it sends the CSRF token that is in it. [Visit.SubmitForm] sends the
// form that the browser has filled in. The CSRF token is in the form, so the id of the
// flow is enough. Kratos answers a form with a redirect; SubmitForm asks Kratos what
// that means and comes to the same outcomes.
//
// # Where a form is sent
//
// A browser can send the form of a flow to the application, which submits it by a
// Visit and decides what happens next. Or it can send the form to Kratos at
// flow.UI.Action, and Kratos redirects the browser. That URL comes from the server's
// configuration and can differ from the base URL that the application uses. A Visit
// always uses the base URL of its client.
package browser
