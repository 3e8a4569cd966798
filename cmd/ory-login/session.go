package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/orylogin/orylogin"
)

// tokenCommand prints the token.
type tokenCommand struct{}

// Help is the help of the command, beside that of its flags.
func (*tokenCommand) Help() string {
	return `The server is not asked, so it may have ended the session already: see whoami. With --json the token comes with the server, the identity and the time of expiry.

Example:

    curl -H "X-Session-Token: $(ory-login token)" https://api.example.com/`
}

// Run prints the token, which the server may have revoked since.
func (*tokenCommand) Run(options *options, screen *screen) error {
	kept, err := options.stored()
	if err != nil {
		return err
	}
	if screen.asJSON {
		return screen.print(map[string]any{
			"url": kept.server, "token": kept.Token.Reveal(), "identity_id": kept.IdentityID, "expires_at": kept.ExpiresAt,
		})
	}
	_, err = fmt.Println(kept.Token.Reveal())
	return err
}

// whoamiCommand asks the server whose session it is.
type whoamiCommand struct{}

// Run prints what the server says of the session.
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

// logoutCommand ends the session.
type logoutCommand struct{}

// Run revokes the session at the server, and then forgets it. A server that does not
// know the token any more has nothing to revoke.
func (*logoutCommand) Run(ctx context.Context, options *options, screen *screen) error {
	kept, client, err := options.connected()
	if err != nil {
		return err
	}
	screen.hide(kept.Token)
	if err := client.Logout(ctx, kept.Token); err != nil && !errors.Is(err, orylogin.ErrUnknownToken) {
		return err
	}
	if err := kept.store.remove(kept.server); err != nil {
		return err
	}
	if screen.asJSON {
		return screen.print(map[string]any{"url": kept.server, "logged_out": true})
	}
	screen.say("Logged out from %s.", kept.server)
	return nil
}

// storedSession is a session, and where it is from.
type storedSession struct {
	session
	store  store
	server string
}

// stored returns the session that the command is about.
func (o *options) stored() (storedSession, error) {
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

// connected returns the session that the command is about, and a client of its server.
func (o *options) connected() (storedSession, *orylogin.Client, error) {
	kept, err := o.stored()
	if err != nil {
		return kept, nil, err
	}
	client, err := o.client(kept.server)
	return kept, client, err
}

// sessionReport is what programs are told of a session.
type sessionReport struct {
	URL        string          `json:"url"`
	SessionID  string          `json:"session_id"`
	AAL        string          `json:"aal"`
	ExpiresAt  time.Time       `json:"expires_at"`
	IdentityID string          `json:"identity_id"`
	Traits     json.RawMessage `json:"traits"`
}

// tellSession says whose session it is.
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
