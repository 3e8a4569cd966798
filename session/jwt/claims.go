package jwt

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// claims are the claims about the session.
type claims struct {
	jwt.Claims
	SessionID string          `json:"sid"`
	Session   json.RawMessage `json:"session"` // only from templates that copy the session
}

// accept returns the session of a token if the token is meant for this service and is valid
// now.
func (c *Checker) accept(said *claims, token string) (*orylogin.Session, error) {
	now := time.Now()
	switch {
	case said.SessionID == "" || said.Subject == "":
		return nil, invalid("has no session, or no subject")
	case said.Issuer != c.config.Issuer:
		return nil, invalid("is of another issuer")
	case c.config.Audience == "" && len(said.Audience) > 0, c.config.Audience != "" && !said.Audience.Contains(c.config.Audience):
		return nil, invalid("is for another audience")
	case said.Expiry == nil:
		return nil, invalid("never expires")
	case said.ValidateWithLeeway(jwt.Expected{Time: now}, c.config.Leeway) != nil:
		return nil, invalid("has expired, or is not valid yet")
	}
	made := said.session()
	if now.Add(-c.config.Leeway).After(made.ExpiresAt) {
		return nil, invalid("is of a session that has expired")
	}
	made.Tokenized = orylogin.NewSecret(token)
	return made, nil
}

// session returns the session that the claims describe.
func (c *claims) session() *orylogin.Session {
	made := &orylogin.Session{}
	if len(c.Session) > 0 {
		copied := &orylogin.Session{}
		if json.Unmarshal(c.Session, copied) == nil && copied.ID == c.SessionID {
			made.Session = copied.Session // Document stays nil, since only a server sends one
		}
	}
	if made.Identity == nil {
		made.Identity = &api.Identity{}
	}
	made.ID, made.Active = c.SessionID, true
	made.Identity.ID = cmp.Or(made.Identity.ID, c.Subject)
	if expiry := c.Expiry.Time(); made.ExpiresAt.IsZero() || expiry.Before(made.ExpiresAt) {
		made.ExpiresAt = expiry
	}
	return made
}

// Claims decodes all claims of a session's token into the struct or map that target points
// to. Pass only a session from a [Checker] or from Kratos itself: Claims does not check the
// signature.
func Claims(session *orylogin.Session, target any) error {
	if session == nil || session.Tokenized.IsZero() {
		return errors.New("orylogin/session/jwt: the session has no token")
	}
	_, rest, _ := strings.Cut(session.Tokenized.Reveal(), ".")
	payload, _, _ := strings.Cut(rest, ".")
	text, err := base64.RawURLEncoding.DecodeString(payload)
	if err != nil || json.Unmarshal(text, target) != nil { // the error may show a claim
		return fmt.Errorf("orylogin/session/jwt: the claims do not fit into a %T", target)
	}
	return nil
}
