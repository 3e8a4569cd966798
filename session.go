package orylogin

import (
	"encoding/json"
	"errors"
	"log/slog"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/uuid"
)

// Login is a complete login. Formatted, logged or marshalled, it shows only the id of its
// session and whether that is active. It is safe for concurrent use as long as nobody changes
// its fields.
type Login struct {
	// Token is the session token of a native login. The server sends it only once. It is
	// empty for a browser, whose session is in a cookie.
	Token Secret

	// Session says who is logged in, how and until when. It is never nil, it is active, and
	// it has an Identity. Only the Login of a [*SessionChangedError] can lack these.
	Session *Session

	// RedirectTo is where the server wants the browser to go: to the OAuth2 server if the
	// flow has a login challenge, or else to the flow's return_to, or else to the default
	// page. It is empty for a native login, and after [Visit.Submit] on servers before v1.3.
	// Check it like any other URL: see [SafeRedirect].
	RedirectTo string

	// ContinueWith lists the next steps that the server suggests, by Action. With
	// show_verification_ui, show_settings_ui and show_recovery_ui the user continues in the
	// flow Flow.ID, at Flow.URL if there is one. With set_ory_session_token, which no login
	// has had so far, keep OrySessionToken instead of Token. Ignore an unknown Action. Servers
	// before v1.2 send none, and neither does the answer to a form.
	ContinueWith []api.ContinueWith
}

// Session is a server's session. Programs use its fields ID, Identity.ID, ExpiresAt,
// AuthenticatedAt and AuthenticatorAssuranceLevel, and [Session.Traits]; [api.Session] lists
// all fields. A field that a release does not send is empty.
//
// The fields are a read-only view of the server's document. [Session.Document] returns the
// document, with the members that this module does not know. Formatted, logged or marshalled,
// a Session shows only its id and whether it is active. A Session is safe for concurrent use
// as long as nobody changes its fields.
type Session struct {
	api.Session
	document document
}

// Document returns the JSON that the server sent, with all that it knows of the user. It
// returns nil if the Session was not read from JSON.
func (s *Session) Document() json.RawMessage {
	if s == nil {
		return nil
	}
	return s.document.raw()
}

// UnmarshalJSON reads the document of a session. It refuses the output of MarshalJSON.
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

// Traits decodes the identity's traits into the struct or map that target points to. The
// server's configuration defines their form. The text of a decoding error names only the
// error's type, since a text of package json may show a trait; [errors.As] finds the error.
func (s *Session) Traits(target any) error {
	if s == nil || s.Identity == nil {
		return errors.New("orylogin: the session has no identity")
	}
	return decodeInto(target, "traits", s.Identity.Traits)
}

// PublicMetadata decodes the identity's public metadata into the struct or map that target
// points to. If the identity has none, target stays as it is. The errors are those of
// [Session.Traits].
func (s *Session) PublicMetadata(target any) error {
	if s == nil || s.Identity == nil {
		return errors.New("orylogin: the session has no identity")
	}
	if metadata := string(s.Identity.MetadataPublic); metadata == "" || metadata == "null" {
		return nil
	}
	return decodeInto(target, "public metadata", s.Identity.MetadataPublic)
}

// shown is the session's id and whether the session is active.
func (s *Session) shown() string {
	switch {
	case s == nil:
		return "no session"
	case s.Active:
		return "active session " + uuid.Shown(s.ID)
	default:
		return "inactive session " + uuid.Shown(s.ID)
	}
}

func (s *Session) attributes() []slog.Attr {
	return []slog.Attr{slog.String("id", uuid.Shown(s.ID)), slog.Bool("active", s.Active)}
}

// shown is the id of the login's session and whether the session is active.
func (l *Login) shown() string { return "login with " + l.Session.shown() }

func (l *Login) attributes() []slog.Attr { return []slog.Attr{slog.Any("session", l.Session)} }
