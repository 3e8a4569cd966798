package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/orylogin/orylogin"
)

const (
	// maxRefusals is how often typed answers may be refused before the login ends.
	maxRefusals = 5

	// maxCodes is how often one login asks the server for a code.
	maxCodes = 4

	// maxSecrets limits the file of secrets, in bytes.
	maxSecrets = 1 << 20
)

// loginCommand is the command login.
type loginCommand struct {
	Identifier   string   `help:"E-mail address, user name, or another name of the account." placeholder:"ID"`
	Method       []string `help:"Methods to choose where the server offers several, the preferred one first: password, code, totp, lookup_secret, or the name of a provider." placeholder:"NAME"`
	Secrets      string   `help:"File with the secrets, one on a line in the order they are asked for; - is standard input." placeholder:"FILE"`
	CallbackPort port     `help:"Port of this machine to which a provider's login comes back. Default: ${default}." placeholder:"PORT" default:"4477"`
}

// Help is the help of the command, without that of its flags.
func (*loginCommand) Help() string {
	return `ory-login asks at the terminal for what the server wants, by the labels of the server's form. Secrets are not shown. A login with a provider, such as Google, continues in a browser. The browser comes back to http://127.0.0.1:4477/ory-login, or to the port of --callback-port. The server's selfservice.allowed_return_urls must have that URL.

Examples:

    ory-login login --url https://auth.example.com
    ory-login login --identifier ada@example.com --secrets FILE

Scripts give secrets in a file, or in these variables. If the variable of a secret is set, the file must not have a line for that secret:

    ORY_LOGIN_PASSWORD       the password
    ORY_LOGIN_CODE           the code that the server sent
    ORY_LOGIN_TOTP_CODE      the code of an authenticator app
    ORY_LOGIN_LOOKUP_SECRET  a lookup secret, also called backup recovery code`
}

// Run logs in, keeps the session and says whose it is. Then it revokes the session that was
// kept before, since nobody can ask for its token any more.
func (c *loginCommand) Run(ctx context.Context, options *options, screen *screen) error {
	store, err := openStore()
	if err != nil {
		return err
	}
	server, err := options.server(store)
	if err != nil {
		return err
	}
	client, err := options.client(server)
	if err != nil {
		return err
	}
	if err := store.ready(); err != nil { // before there is a session that cannot be kept
		return err
	}
	login, before, err := c.keep(ctx, client, store, server, screen)
	if err != nil {
		return err
	}
	if !before.Token.IsZero() && before.Token.Reveal() != login.Token.Reveal() {
		screen.hide(before.Token)
		if revoke(ctx, client, before.Token) != nil {
			screen.say("The previous session could not be revoked.")
		}
	}
	return tellSession(screen, server, login.Session)
}

// keep logs in and keeps the session in place of the earlier one. It revokes a session that
// cannot be kept, or that still owes its second factor.
func (c *loginCommand) keep(
	ctx context.Context, client *orylogin.Client, store store, server string, screen *screen,
) (*orylogin.Login, session, error) {
	answers, err := c.answers(screen, server)
	if err != nil {
		return nil, session{}, err
	}
	defer answers.terminal.close()
	login, err := c.login(ctx, client, answers)
	if err != nil {
		if !answers.owed.IsZero() {
			_ = revoke(ctx, client, answers.owed)
		}
		return nil, session{}, err
	}
	screen.hide(login.Token)
	before, err := store.save(server, session{
		Token: login.Token, IdentityID: login.Session.Identity.ID, ExpiresAt: login.Session.ExpiresAt,
	})
	if err != nil {
		_ = revoke(ctx, client, login.Token)
	}
	return login, before, err
}

// login logs in by a conversation with the server. If the user chooses a provider, the login
// continues in a browser.
func (c *loginCommand) login(ctx context.Context, client *orylogin.Client, answers *answers) (*orylogin.Login, error) {
	login, err := client.Converse(ctx, orylogin.FlowOptions{}, answers.next)
	var chosen chosenProvider
	for errors.As(err, &chosen) {
		login, err = c.viaProvider(ctx, client, answers, string(chosen))
	}
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) {
		answers.owe(owed.Token)
		stepUp := orylogin.FlowOptions{AAL: orylogin.AAL2}
		return client.Converse(ctx, stepUp, answers.next, orylogin.WithSessionToken(owed.Token))
	}
	return login, err
}

// owe notes the token of a session that owes its second factor.
func (a *answers) owe(token orylogin.Secret) {
	a.screen.hide(token)
	a.owed = token
}

// next answers one step of the conversation.
func (a *answers) next(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
	var owed *orylogin.SecondFactorError
	if errors.As(step.Err, &owed) {
		a.owe(owed.Token)
	}
	if err := a.giveUp(step.Err); err != nil {
		return nil, err
	}
	a.typed = false
	if errors.Is(step.Err, orylogin.ErrFlowExpired) {
		a.screen.say("The code came too late.")
	}
	for _, message := range step.Flow.Messages() {
		a.screen.say("%s", message.Text)
	}
	form := form{step.Flow}
	button, err := a.choose(ctx, form.buttons())
	if err != nil {
		return nil, err
	}
	return a.method(ctx, form, button)
}

// giveUp returns an error if a refusal ends the conversation. The refusal of an answer that
// nobody has typed ends it at once: the same answer would be refused again, or be too late
// again.
func (a *answers) giveUp(err error) error {
	outcome := orylogin.OutcomeOf(err)
	if !a.typed && (outcome == orylogin.OutcomeRefused || outcome == orylogin.OutcomeExpired) {
		return err
	}
	var refused *orylogin.ValidationError
	if !errors.As(err, &refused) {
		return nil
	}
	if a.refusals++; a.refusals < maxRefusals {
		return nil
	}
	p := explain(err)
	p.What += fmt.Sprintf(" %d times", a.refusals)
	return p
}

// method asks for the fields of a method and returns it.
func (a *answers) method(ctx context.Context, form form, button button) (orylogin.Method, error) {
	switch button.method {
	case "oidc":
		return nil, chosenProvider(button.value)
	case "totp":
		code, err := a.field(ctx, form, "totp_code")
		return orylogin.TOTP{Code: code}, err
	case "lookup_secret":
		secret, err := a.field(ctx, form, "lookup_secret")
		return orylogin.LookupSecret{Secret: secret}, err
	}
	if button.name == "address" {
		return a.send(orylogin.Code{Address: button.value})
	}
	identifier, err := a.account(ctx, form)
	if err != nil {
		return nil, err
	}
	switch button.method {
	case "identifier_first":
		return orylogin.IdentifierFirst{Identifier: identifier}, nil
	case "code":
		return a.code(ctx, form, identifier)
	default:
		password, err := a.field(ctx, form, "password")
		return orylogin.Password{Identifier: identifier, Password: password}, err
	}
}

// code makes the server send a code and then asks the user for it. At a terminal, Enter alone
// asks for another code.
func (a *answers) code(ctx context.Context, form form, identifier string) (orylogin.Method, error) {
	if !form.CodeSent() {
		return a.send(orylogin.Code{Identifier: identifier})
	}
	field, _ := form.field("code")
	question := label(field)
	resend, another := form.field("resend")
	if another = another && a.terminal != nil && a.sent < maxCodes; another {
		question += " (Enter alone: " + label(resend) + ")"
	}
	code, err := a.secret(ctx, "code", question, another)
	if err == nil && code.IsZero() {
		return a.send(orylogin.Code{Identifier: identifier, Resend: true})
	}
	return orylogin.Code{Identifier: identifier, Code: code}, err
}

// send returns the submission that makes the server send a code. It returns an error after too
// many codes.
func (a *answers) send(code orylogin.Code) (orylogin.Method, error) {
	if a.sent == maxCodes {
		return nil, moreNeeded(fmt.Sprintf("the server was asked for a code %d times", maxCodes), nextAgain)
	}
	a.sent++
	return code, nil
}

// account returns the identifier. The flow knows it, or it was given, or the user types it.
// Some flows ask for none.
func (a *answers) account(ctx context.Context, form form) (string, error) {
	field, found := form.identifier()
	switch {
	case !found || field.Attributes.Type == "hidden":
		return field.Attributes.Value.Text(), nil
	case field.Attributes.Type == "password": // the server wants it hidden
		identifier, err := a.identity(ctx, field, false)
		a.screen.hide(orylogin.NewSecret(identifier))
		return identifier, err
	default:
		return a.identity(ctx, field, true)
	}
}

// field asks for the secret in a field of the form.
func (a *answers) field(ctx context.Context, form form, name string) (orylogin.Secret, error) {
	field, _ := form.field(name)
	return a.secret(ctx, name, label(field), false)
}

// answers prepares the answers.
func (c *loginCommand) answers(screen *screen, server string) (*answers, error) {
	if err := checkText("--identifier", c.Identifier); err != nil {
		return nil, err
	}
	a := &answers{
		screen: screen, server: server, identifier: c.Identifier, methods: c.Method, terminal: findTerminal(),
	}
	switch c.Secrets {
	case "":
		return a, a.expectTyping()
	case "-":
		if a.terminal != nil {
			return nil, wrongUsage("--secrets - would show the secrets, since standard input is a terminal", "leave it out to be asked")
		}
		a.lines = bufio.NewReader(io.LimitReader(os.Stdin, maxSecrets))
		return a, nil
	}
	file, err := os.Open(c.Secrets)
	if err != nil {
		return nil, wrongUsage("the file of --secrets cannot be read: "+withoutPath(err), "name a file that can be read")
	}
	a.lines = bufio.NewReader(io.LimitReader(file, maxSecrets))
	return a, nil
}

// expectTyping makes the terminal hide what is typed before the first question. It leaves the
// terminal alone if a script has given secrets in the environment. Such a script may run in the
// background, where a program must not change the terminal.
func (a *answers) expectTyping() error {
	given := func(variable string) bool { return strings.HasPrefix(variable, variablePrefix) }
	if a.terminal == nil || slices.ContainsFunc(os.Environ(), given) {
		return nil
	}
	return a.terminal.open()
}

// withoutPath returns the text of an error about a file, without the name of the file: the name
// may be a secret that was given in the wrong place.
func withoutPath(err error) string {
	var failure *fs.PathError
	if errors.As(err, &failure) {
		return failure.Err.Error()
	}
	return err.Error()
}
