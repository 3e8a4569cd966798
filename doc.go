// Package orylogin logs users in to Ory Kratos, with its login flows for native clients and
// for browsers. Each answer of the server becomes a typed result or a typed error.
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
// [Client.Submit] and [Client.Login] return a nil error only for a complete login. Every
// other answer is a typed error. Progress is an error too, so a program cannot take it for a
// login:
//
//   - [*ValidationError]: the server refused the credentials or a field; its Flow says why
//   - [*NextStepError]: the server accepted the submission, and the login needs another one
//   - [*SecondFactorError]: the first factor was right, and the login needs a second factor
//   - [*VerificationError]: the user must verify an address first
//   - [*ExpiredError]: the flow is too old; the server may have replaced it
//   - [*LocationChangeError]: the login continues in a browser
//   - [*RegistrationError]: the provider's account needs a registration first
//   - [*RedirectError]: the answer is a redirect, which the Client does not follow
//   - [*SessionChangedError]: the login led to another session than the intended one
//   - [*TransportError]: no answer arrived
//
// An error has at most one of these types, so the order of the checks does not matter.
// [errors.As] finds an [*APIError] in every error of an answer except a
// [*SessionChangedError]. An answer without a type of its own, for example for a disabled
// account, is only an [*APIError].
//
// [errors.Is] tells what an answer means. It takes an [ErrorID] (the server's error.id), a
// [MessageID] (the number of a message), and, where servers send neither, a value such as
// [ErrNotFound], [ErrRateLimited], [ErrTooManyTries] or [ErrUnknownAnswer]. A call that is
// refused before anything is sent matches [ErrInvalidCall]. [OutcomeOf] returns one word for
// each error, for metrics and for a switch.
//
// # Logins of several steps
//
// [Client.Converse] asks your function for the next method until the login is complete: for a
// code after the password, or for the password again after a refusal. [Client.Refresh] logs a
// session in again. [Client.StepUp] adds a second factor to a session. [Client.Callback]
// completes the login of an app after a provider's page in a browser.
//
// # Browsers
//
// [Client.Visit] is for a web application whose users log in with a browser. The application
// renders the page and the form, and the session is in a cookie of the browser. A [Visit] is
// one request of a browser. It passes cookies in both directions: the server gets those that
// it needs, and the browser gets those that the server sets.
//
//	visit := client.Visit(w, r)
//	next := visit.AfterLogin(visit.SubmitForm(ctx, flowID, r.PostForm)) // r is a POST
//	next = visit.Start(ctx, next)
//
// The example answers the POST of a login page. flowID is in the query of r: see
// [Next].Action. If the login needs another flow, [Visit.Start] creates it and returns the
// [Next] of that flow. Otherwise Start returns the Next of AfterLogin. Either says what the
// page does: it shows a flow, redirects the browser, or shows a problem. [Visit.SubmitForm]
// submits the form that the browser sent. The server answers a form with a redirect, and
// SubmitForm finds out what the redirect means. [Visit.Submit] submits a method as JSON. Both
// have the same outcomes. A browser can also post the form straight to the server, at
// Flow.UI.Action. The server takes that URL from its configuration, so its host can differ
// from that of the Client's base URL. A Visit always uses the base URL.
//
// # Sessions
//
// [Client.Whoami] returns the session of a token, and [Client.Logout] revokes it.
// [Client.OtherSessions] lists and revokes the user's other sessions, and so does
// [Visit.OtherSessions] for a browser. Package session keeps a session for a program, sends
// its token with requests, and checks the sessions of a service's callers.
//
// # Testing
//
// Package orylogintest is a fake Kratos for the tests of programs that log users in.
//
// # Security
//
// Passwords, codes and tokens are [Secret] values. They print, log and marshal as [redacted],
// and [api.Secret.Reveal] is the only way to their text. An error prints, logs and marshals
// as one line. The line has no URL and no free text of the server.
//
// A Client follows no redirect and keeps no cookie. A native call sends no cookie, except the
// one passed to [Client.WhoamiCookie]. Plain http to another machine needs [WithPlainHTTP].
// Each call has a time limit and each answer a size limit. A Client sends no request again.
// But net/http can repeat two kinds of requests: one that only reads, and one that creates a
// flow for a first factor without a login challenge. It does so when a pooled connection turns
// out to be dead. Over HTTP/2 it also does so when the server has ended the stream or the
// connection. The module logs nothing: see [WithTransport] and [WithObserver]. If a server
// sends data that no request asked for, net/http writes them to the standard logger of package
// log.
//
// # Compatibility
//
// A [Client] needs no setting for the server's release. It supports Kratos v0.8 to v26.2 and
// decodes what newer releases add.
package orylogin
