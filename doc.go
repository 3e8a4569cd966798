// Package orylogin logs people in to Ory Kratos through its native login flows
// and says what each answer of the server means.
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
//   - [*ValidationError]: the submission was refused; the flow says why
//   - [*NextStepError]: the step was accepted and another is wanted
//   - [*SecondFactorError]: the first factor was right, a second one is owed
//   - [*VerificationError]: an address has to be verified first
//   - [*ExpiredError]: the flow is too old; a replacement may exist
//   - [*LocationChangeError]: the login goes on in a browser
//   - [*RedirectError]: a redirect, which is not followed
//   - [*APIError]: any other answer; the errors above wrap one
//   - [*TransportError]: no answer arrived
//
// Their CanContinue method says whether the login can go on. What an answer says is
// a target for [errors.Is]: by error.id ([ErrorID]), by the number of a message
// ([MessageID]), and, where servers have neither, by [ErrBrowserRequest],
// [ErrTooManyTries], [ErrUndecodableBody], [ErrUnknownAnswer] and
// [ErrResponseTooLarge]. A call that is refused before anything is sent is
// [ErrInvalidCall].
//
// # Logins of several steps
//
// [Client.Converse] asks for one method after the other until the login is complete:
// a password and then a code, or again after a refusal. [Client.Refresh] logs a
// session in again and [Client.StepUp] adds a second factor to it.
//
// # Sessions
//
// [Client.Whoami] asks whose session a token stands for, and [Client.Logout] revokes
// it. Package session keeps a session for a program, sends its token along with
// requests, and checks the sessions of those who ask a service.
//
// # Browser flows
//
// Package browser takes the browsers of a web application through login flows.
//
// # Testing
//
// Package orylogintest is a fake Kratos for the tests of programs that log people in.
//
// # Security
//
// Passwords, codes and tokens are [Secret] values, which print, log and marshal
// as [redacted]. An error prints, logs and marshals as one line without a URL and
// without anything that the server wrote freely. Redirects are not followed. Cookies
// are neither kept nor sent, but for the one that [Client.WhoamiCookie] is given. Plain
// http to another machine needs [WithPlainHTTP]. Each call has a time limit and each
// answer a size limit. Nothing is retried, but that net/http repeats a GET when a
// pooled connection turns out to be dead, and nothing is logged; the transport of
// [WithHTTPClient] is the place for both.
//
// # Compatibility
//
// A [Client] needs no setting for the server's release. It is made for Kratos v0.8 to
// v26.2, and decodes what newer releases add.
package orylogin
