package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/orylogin/orylogin"
)

// tokenCommand is the command token.
type tokenCommand struct {
	Header     bool    `help:"Print the token as a header line, for curl -H @-."`
	TokenizeAs *string `help:"Ask the server for the session as a signed token, made by this template of its configuration, and print that." placeholder:"TEMPLATE"`
}

// Help is the help of the command, without that of its flags.
func (*tokenCommand) Help() string {
	return `The server is not asked, so the session may have ended there already. To ask the server, use ory-login whoami. With --json the output also has the server, the identity and the time of expiry.

With --tokenize-as the server is asked for a signed token. It is for services that accept such tokens. It is valid for a short time; the token itself says until when.

Examples:

    ory-login token --header | curl -H @- https://api.example.com/
    ory-login token --header --tokenize-as payments | curl -H @- https://payments.example.com/

Pass the token by a pipe, as the examples do: all users of a machine can read the arguments of a program.`
}

// Run prints the stored token or a signed one. The server may have revoked the stored one in
// the meantime.
func (c *tokenCommand) Run(ctx context.Context, options *options, screen *screen) error {
	if c.Header && screen.asJSON {
		return wrongUsage("--header and --json are two forms of the output", "leave one of them out")
	}
	kept, err := options.stored()
	if err != nil {
		return err
	}
	report := map[string]any{
		"url": kept.server, "token": kept.Token.Reveal(), "identity_id": kept.IdentityID, "expires_at": kept.ExpiresAt,
	}
	header := "X-Session-Token: "
	if c.TokenizeAs != nil {
		if report["token"], err = c.signed(ctx, options, screen, kept); err != nil {
			return err
		}
		delete(report, "expires_at") // it is that of the session, not of the token
		header = "Authorization: Bearer "
	}
	if screen.asJSON {
		return screen.print(report)
	}
	if !c.Header {
		header = ""
	}
	_, err = fmt.Printf("%s%s\n", header, report["token"])
	return err
}

// tokenForm matches a JSON Web Token. Such a text has no control characters and fits into a
// header.
var tokenForm = regexp.MustCompile(`^[\w-]+\.[\w-]+\.[\w-]+$`)

// signed asks the server for the session as a signed token.
func (c *tokenCommand) signed(ctx context.Context, options *options, screen *screen, kept storedSession) (string, error) {
	if *c.TokenizeAs == "" {
		return "", wrongUsage("the template of --tokenize-as is empty", "name one of the server's configuration")
	}
	client, err := options.client(kept.server)
	if err != nil {
		return "", err
	}
	screen.hide(kept.Token)
	session, err := client.Whoami(ctx, kept.Token, orylogin.WithTokenizeAs(*c.TokenizeAs))
	if err != nil && orylogin.OutcomeOf(err) == orylogin.OutcomeOther { // servers say no more about an unknown template
		unknown := explain(err)
		unknown.Next = "check the template that --tokenize-as names"
		err = unknown
	}
	if err != nil {
		return "", err
	}
	token := session.Tokenized.Reveal()
	if !tokenForm.MatchString(token) {
		return "", &problem{Exit: exitFailed, What: "the server's answer has no signed token", Next: nextServer}
	}
	return token, nil
}

// whoamiCommand is the command whoami.
type whoamiCommand struct{}

// Run prints what the server says about the session.
func (*whoamiCommand) Run(ctx context.Context, options *options, screen *screen) error {
	kept, client, err := options.connected()
	if err != nil {
		return err
	}
	screen.hide(kept.Token)
	session, err := client.Whoami(ctx, kept.Token)
	if err != nil {
		return err
	}
	return tellSession(screen, kept.server, session)
}

// logoutCommand is the command logout.
type logoutCommand struct{}

// Run revokes the session at the server and then removes its file. There is nothing to revoke
// if the server no longer knows the token, or if the file has none.
func (*logoutCommand) Run(ctx context.Context, options *options, screen *screen) error {
	kept, err := options.kept()
	if err != nil {
		return err
	}
	client, err := options.client(kept.server)
	if err != nil {
		return err
	}
	screen.hide(kept.Token)
	if !kept.Token.IsZero() {
		if err := client.Logout(ctx, kept.Token); err != nil && !errors.Is(err, orylogin.ErrUnknownToken) {
			return err
		}
	}
	if err := kept.store.remove(kept.server, kept.session); err != nil {
		return err
	}
	if kept.Token.IsZero() {
		return noSession("the stored session with " + kept.server + " was damaged: it is forgotten, and could not be revoked")
	}
	if screen.asJSON {
		return screen.print(map[string]any{"url": kept.server, "logged_out": true})
	}
	screen.say("Logged out from %s.", kept.server)
	return nil
}

// revokeLimit is the time limit for revoking a session that is not kept.
const revokeLimit = 5 * time.Second

// revoke revokes a session that is not kept, also after an interruption.
func revoke(ctx context.Context, client *orylogin.Client, token orylogin.Secret) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), revokeLimit)
	defer cancel()
	if err := client.Logout(ctx, token); !errors.Is(err, orylogin.ErrUnknownToken) {
		return err
	}
	return nil
}

// storedSession is a stored session and its origin.
type storedSession struct {
	session
	store  store
	server string
}

// stored returns the stored session of the command if it can be used.
func (o *options) stored() (storedSession, error) {
	kept, err := o.kept()
	if err == nil {
		err = kept.usable(kept.server)
	}
	return kept, err
}

// kept returns the stored session of the command, even if it cannot be used.
func (o *options) kept() (storedSession, error) {
	store, err := openStore()
	if err != nil {
		return storedSession{}, err
	}
	server, err := o.server(store)
	if err != nil {
		return storedSession{}, err
	}
	kept, err := store.load(server)
	return storedSession{kept, store, server}, err
}

// connected returns the stored session of the command and a client for its server.
func (o *options) connected() (storedSession, *orylogin.Client, error) {
	kept, err := o.stored()
	if err != nil {
		return kept, nil, err
	}
	client, err := o.client(kept.server)
	return kept, client, err
}

// sessionReport is the document about a session.
type sessionReport struct {
	URL        string          `json:"url"`
	SessionID  string          `json:"session_id"`
	AAL        string          `json:"aal"`
	ExpiresAt  time.Time       `json:"expires_at"`
	IdentityID string          `json:"identity_id"`
	Traits     json.RawMessage `json:"traits"`
}

// tellSession prints whose session it is.
func tellSession(screen *screen, server string, session *orylogin.Session) error {
	report := sessionReport{
		URL:        server,
		SessionID:  session.ID,
		AAL:        string(session.AuthenticatorAssuranceLevel),
		ExpiresAt:  session.ExpiresAt,
		IdentityID: session.Identity.ID,
		Traits:     session.Identity.Traits,
	}
	if screen.asJSON {
		return screen.print(report)
	}
	screen.say("Logged in to %s.", report.URL)
	screen.say("  identity  %s %s", report.IdentityID, string(screen.secrets.hideJSON(report.Traits)))
	screen.say("  session   %s, %s, until %s", report.SessionID, report.AAL, report.ExpiresAt.Format(time.RFC3339))
	return nil
}
