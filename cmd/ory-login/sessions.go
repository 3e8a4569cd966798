package main

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
)

// sessionsCommand is the command sessions.
type sessionsCommand struct {
	End       *string `help:"End the session with this id, from the list." placeholder:"ID" xor:"end"`
	EndOthers bool    `help:"End all sessions except the stored one." xor:"end"`
}

// Help is the help of the command, without that of its flags.
func (*sessionsCommand) Help() string {
	return `The list begins with the stored session. The user's other sessions follow, the newest logins first, 500 at most. Each session begins with its id. Below it are the IP address and the program that used the session last, if the server tells them. Servers from v0.9 on have such a list.

Examples:

    ory-login sessions
    ory-login sessions --end 00000000-0000-4000-8000-000000005e55
    ory-login sessions --end-others

To end the stored session, use ory-login logout. The flag --end also succeeds if no session of the user has the id, since the server does not tell. It never ends a session of another user.`
}

// Run lists the sessions or revokes some of them.
func (c *sessionsCommand) Run(ctx context.Context, options *options, screen *screen) error {
	kept, client, err := options.connected()
	if err != nil {
		return err
	}
	screen.hide(kept.Token)
	others := client.OtherSessions(kept.Token)
	switch {
	case c.End != nil:
		return endSession(ctx, others, *c.End, kept.server, screen)
	case c.EndOthers:
		return endOthers(ctx, others, kept.server, screen)
	}
	own, err := client.Whoami(ctx, kept.Token)
	if err != nil {
		return err
	}
	list, more, err := otherSessions(ctx, others)
	if err != nil {
		return err
	}
	return tellSessions(screen, kept.server, append([]sessionLine{lineOf(own, true)}, list...), more)
}

// maxPages limits how many pages of sessions are fetched.
const maxPages = 10

// otherSessions returns the other sessions of the user, and whether there may be more.
func otherSessions(ctx context.Context, others *orylogin.OtherSessions) ([]sessionLine, bool, error) {
	var lines []sessionLine
	for page := 1; page <= maxPages; page++ {
		list, err := others.List(ctx, page)
		if err != nil {
			return nil, false, err
		}
		for _, session := range list {
			lines = append(lines, lineOf(session, false))
		}
		if len(list) < orylogin.SessionsPerPage {
			return lines, false, nil
		}
	}
	return lines, true, nil
}

// sessionLine is the document about one of several sessions.
type sessionLine struct {
	ID        string    `json:"session_id"`
	Stored    bool      `json:"stored"` // this session is stored here
	AAL       string    `json:"aal"`
	Since     time.Time `json:"authenticated_at"`
	ExpiresAt time.Time `json:"expires_at"`
	Address   string    `json:"ip_address,omitempty"`
	UserAgent string    `json:"user_agent,omitempty"`
}

func lineOf(session *orylogin.Session, stored bool) sessionLine {
	line := sessionLine{
		ID: session.ID, Stored: stored, AAL: string(session.AuthenticatorAssuranceLevel),
		Since: session.AuthenticatedAt, ExpiresAt: session.ExpiresAt,
	}
	for _, device := range session.Devices { // the last device is the one that was used last
		line.Address, line.UserAgent = device.IPAddress, device.UserAgent
	}
	return line
}

func tellSessions(screen *screen, server string, lines []sessionLine, more bool) error {
	if screen.asJSON {
		return screen.print(map[string]any{"url": server, "sessions": lines, "more": more})
	}
	screen.say("Sessions with %s:", server)
	for _, line := range lines {
		mark := ""
		if line.Stored {
			mark = " (stored here)"
		}
		screen.say("  %s, %s, since %s, until %s%s", line.ID, line.AAL, line.Since.Format(time.RFC3339), line.ExpiresAt.Format(time.RFC3339), mark)
		if from := line.Address + " " + line.UserAgent; from != " " {
			screen.say("    %s", from)
		}
	}
	if more {
		screen.say("There may be more.")
	}
	return nil
}

func endSession(ctx context.Context, others *orylogin.OtherSessions, id, server string, screen *screen) error {
	if err := others.Revoke(ctx, id); err != nil {
		return whyNotEnded(err)
	}
	if screen.asJSON {
		return screen.print(map[string]any{"url": server, "ended": id})
	}
	screen.say("The user has no session %s with %s any more.", id, server)
	return nil
}

// whyNotEnded returns the error for a session that could not be revoked. It says whether the
// user or the server is the reason.
func whyNotEnded(err error) error {
	if errors.Is(err, orylogin.ErrInvalidCall) {
		return wrongUsage("--end needs the id of a session", "see ory-login sessions")
	}
	var answer *orylogin.APIError
	if errors.As(err, &answer) && answer.StatusCode == http.StatusBadRequest {
		return wrongUsage("it is the stored session itself", "end it with ory-login logout")
	}
	return err
}

func endOthers(ctx context.Context, others *orylogin.OtherSessions, server string, screen *screen) error {
	if err := others.RevokeAll(ctx); err != nil {
		return err
	}
	if screen.asJSON {
		return screen.print(map[string]any{"url": server, "ended_others": true})
	}
	screen.say("The user has no other session with %s any more.", server)
	return nil
}
