// Package orylogin logs people in to Ory Kratos, through its flows for native clients and
// through those for browsers, and says what each answer of the server means.
//
// # Quick start
//
//	client, err := orylogin.New("https://auth.example.com")
//	if err != nil {
//		return err
//	}
//	login, err := client.Login(ctx, orylogin.Password{
//		Identifier: "ada@example.com",
//		Password:   orylogin.NewSecret(password),
//	})
//	switch {
//	case errors.Is(err, orylogin.ErrInvalidCredentials):
//		return errors.New("wrong e-mail address or password")
//	case err != nil:
//		return err
//	}
//	fmt.Println("logged in as", login.Session.Identity.ID)
//
// # Outcomes
//
// [Client.Submit] and [Client.Login] return a nil error only for a complete
// login. Every other answer is a typed error, progress and an owed second
// factor included, so that none of them can be taken for a login:
//
//   - [*ValidationError]: the credentials or a field were refused; the flow says why
//   - [*NextStepError]: the step was accepted and another is wanted
//   - [*SecondFactorError]: the first factor was right, a second one is owed
//   - [*VerificationError]: an address has to be verified first
//   - [*ExpiredError]: the flow is too old; a replacement may exist
//   - [*LocationChangeError]: the login goes on in a browser
//   - [*RegistrationError]: the provider's account needs a registration first
//   - [*RedirectError]: a redirect, which is not followed
//   - [*SessionChangedError]: another session than the one that the login was about
//   - [*TransportError]: no answer arrived
//
// No error is of two of these types, so the order of asking does not matter. [*APIError]
// is what all errors of an answer have in common, and the error of an answer that is none
// of these, such as a disabled account. [errors.Is] tells what it means: by error.id
// ([ErrorID]), by the number of a message ([MessageID]), and, where servers have neither,
// by [ErrNotFound], [ErrRateLimited], [ErrTooManyTries], [ErrUnknownAnswer] and others. A
// call that is refused before anything is sent is [ErrInvalidCall]. [OutcomeOf] has one
// word for each error, for metrics and for a switch.
//
// # Logins of several steps
//
// [Client.Converse] asks for one method after the other until the login is complete:
// a password and then a code, or again after a refusal. [Client.Refresh] logs a
// session in again and [Client.StepUp] adds a second factor to it. [Client.Callback] ends
// the login of an app that went through a provider in a browser.
//
// # Browsers
//
// [Client.Visit] is for a web application whose users log in with a browser: the
// application is the page and the form, and the server keeps the session in a cookie. A
// [Visit] is one request of a browser. It hands on the cookies that the server needs and
// those that it sets.
//
//	visit := client.Visit(w, r)
//	next := visit.AfterLogin(visit.SubmitForm(ctx, flowID, r.PostForm)) // of a POST
//	next = visit.Start(ctx, next)
//
// A [Next] says what the page does: it shows a flow, sends the browser on, or shows a
// problem. [Visit.Submit] takes a method and sends JSON. [Visit.SubmitForm] sends the form
// that the browser has filled in. The server answers a form with a redirect; SubmitForm asks
// what that means and comes to the same outcomes. A browser can also send the form to the
// server itself, at Flow.UI.Action. That URL comes from the server's configuration and can
// differ from the base URL of the Client, which a Visit always uses.
//
// # Sessions
//
// [Client.Whoami] asks whose session a token stands for, and [Client.Logout] revokes
// it. [Client.OtherSessions] lists and revokes the others of its user, and
// [Visit.OtherSessions] those of a browser's. Package session keeps a session for a program, sends its token along with
// requests, and checks the sessions of those who ask a service.
//
// # Testing
//
// Package orylogintest is a fake Kratos for the tests of programs that log people in.
//
// # Security
//
// Passwords, codes and tokens are [Secret] values, which print, log and marshal
// as [redacted]; [api.Secret.Reveal] is the one way to their text. An error prints, logs
// and marshals as one line without a URL and without anything that the server wrote
// freely. Redirects are not followed. A native call sends no cookie, but for the one that
// [Client.WhoamiCookie] is given, and a Client keeps none. Plain http to another machine
// needs [WithPlainHTTP]. Each call has a time limit and each answer a size limit. Nothing
// is retried, but that net/http repeats a GET when a pooled connection turns out to be
// dead, and the module logs nothing; see [WithTransport] and [WithObserver]. What a server
// sends unasked, net/http writes to the standard logger of package log.
//
// # Compatibility
//
// A [Client] needs no setting for the server's release. It is made for Kratos v0.8 to
// v26.2, and decodes what newer releases add.
package orylogin
