package orylogin

import (
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/orylogin/orylogin/api"
)

// Login is a complete login. Formatted, logged or marshalled, it shows only the id of its
// session. It is safe for concurrent use as long as its fields do not change.
type Login struct {
	// Token is the session token of a native login. The server never shows it again. It
	// is empty for a browser, whose session is in a cookie.
	Token Secret

	// Session says who is logged in, how and until when. It is never nil, is
	// active, and has an Identity.
	Session *Session

	// RedirectTo is where the server wants the browser to go: the OAuth2 server that a
	// flow with a login challenge is for, the flow's return_to, or the default. It is empty for a native login, and after [Visit.Submit] on servers
	// before v1.3. Check it like any other URL: see [SafeRedirect].
	RedirectTo string

	// ContinueWith lists what the server suggests to do next, by its Action:
	// show_verification_ui, show_settings_ui or show_recovery_ui, to go on in the
	// flow Flow.ID, at Flow.URL if there is one; set_ory_session_token, to keep
	// OrySessionToken in place of Token. Ignore an action that you do not know.
	// Servers before v1.2 send none, and neither does the answer to a form.
	ContinueWith []api.ContinueWith
}

// Session is a server's session. Programs use its fields ID, Identity.ID,
// ExpiresAt, AuthenticatedAt and AuthenticatorAssuranceLevel, and [Session.Traits];
// [api.Session] has them all. A field is empty on releases that do not send it.
//
// The fields are a read-only view of the server's document, which [Session.Document]
// returns with the members that this module does not know. Formatted, logged or
// marshalled, a Session shows only its id and whether it is active. A Session is safe for
// concurrent use as long as its fields do not change.
type Session struct {
	api.Session
	document document
}

// Document returns the JSON that the server sent, with all that it knows of the user. It
// is nil for a Session that was not read from JSON.
func (s *Session) Document() json.RawMessage {
	if s == nil {
		return nil
	}
	return s.document.raw()
}

// UnmarshalJSON reads the document of a session. It refuses what MarshalJSON returns.
func (s *Session) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	var session api.Session
	if err := readDocument("session", data, &session, &session.ID); err != nil {
		return err
	}
	*s = Session{Session: session, document: newDocument(data, "")}
	return nil
}

// Traits decodes the identity's traits, whose form is up to the server's
// configuration, into the struct or map that target points to. Of an error of package json
// the text says the type, and [errors.As] finds it: its own text may show a trait.
func (s *Session) Traits(target any) error {
	if s == nil || s.Identity == nil {
		return errors.New("orylogin: the session has no identity")
	}
	return decodeInto(target, "traits", s.Identity.Traits)
}

// PublicMetadata decodes the identity's public metadata into what target points
// to. It leaves target alone when the identity has none. Its errors are those of Traits.
func (s *Session) PublicMetadata(target any) error {
	if s == nil || s.Identity == nil {
		return errors.New("orylogin: the session has no identity")
	}
	if metadata := string(s.Identity.MetadataPublic); metadata == "" || metadata == "null" {
		return nil
	}
	return decodeInto(target, "public metadata", s.Identity.MetadataPublic)
}

// shown is the session's id and whether it is active.
func (s *Session) shown() string {
	switch {
	case s == nil:
		return "no session"
	case s.Active:
		return "active session " + shownID(s.ID)
	default:
		return "inactive session " + shownID(s.ID)
	}
}

func (s *Session) attributes() []slog.Attr {
	return []slog.Attr{slog.String("id", shownID(s.ID)), slog.Bool("active", s.Active)}
}

// shown is the id of the login's session and whether that is active.
func (l *Login) shown() string { return "login with " + l.Session.shown() }

func (l *Login) attributes() []slog.Attr { return []slog.Attr{slog.Any("session", l.Session)} }
