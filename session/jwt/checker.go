package jwt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

// Checker is a [session.Checker] for signed sessions. Make one with [New]. It is safe for
// concurrent use.
type Checker struct {
	config     Config
	algorithms []jose.SignatureAlgorithm
	keys       *keySet
}

var _ session.Checker = (*Checker)(nil)

// longest limits a token, in bytes.
const longest = 32 << 10

// Check returns the session in a token, from X-Session-Token or from Authorization with the
// scheme Bearer. It does not ask Kratos, so a session that has been revoked still counts, and
// [orylogin.Session.Document] is always nil. The session has these fields:
//
//   - ID is the claim sid, Identity.ID the claim sub, and Active is true.
//   - ExpiresAt is when the token or the session expires, whichever is sooner.
//   - Tokenized is the token; [Claims] reads its other claims.
//   - All other fields come from the claim session, if the id in it is the claim sid. The
//     template's claims mapper must add the claim session: { claims: { session: session } }.
//     Otherwise they are empty, and [session.RequireAAL2], [session.RequireFresh] and
//     [session.RequireFreshAAL2] refuse the session.
//
// The error is [session.ErrNoCredential] if there is nothing that looks like a JSON Web
// Token. It matches [orylogin.ErrSessionInactive] if the token is not valid or not meant for
// this service. It is a [*session.Refusal] with the status 503 if there is no key set. If ctx
// ends first, it is the error of ctx.
func (c *Checker) Check(ctx context.Context, credential session.Credential) (*orylogin.Session, error) {
	if c == nil || c.keys == nil || ctx == nil {
		return nil, unavailable(errors.New("the Checker was not made by New, or the context is nil"))
	}
	text, found := tokenOf(credential)
	if !found {
		return nil, session.ErrNoCredential
	}
	token, err := jwt.ParseSigned(text, c.algorithms)
	if err != nil {
		return nil, invalid("is malformed, or its algorithm is none of the Config")
	}
	said, err := c.verify(ctx, token)
	if err != nil {
		return nil, err
	}
	return c.accept(said, text)
}

// tokenOf returns the first token of a credential. It reports false if that does not look like
// a JSON Web Token.
func tokenOf(credential session.Credential) (string, bool) {
	token := credential.Header("X-Session-Token")
	if token == "" {
		scheme, rest, _ := strings.Cut(credential.Header("Authorization"), " ")
		if strings.EqualFold(scheme, "Bearer") {
			token = strings.TrimSpace(rest)
		}
	}
	return token, len(token) <= longest && strings.Count(token, ".") == 2
}

// verify returns the claims of a token that one of the keys has signed.
func (c *Checker) verify(ctx context.Context, token *jwt.JSONWebToken) (*claims, error) {
	header := token.Headers[0]
	keys, err := c.keys.get(ctx, header.KeyID)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		said := &claims{}
		if (key.Algorithm == "" || key.Algorithm == header.Algorithm) && token.Claims(key.Key, said) == nil {
			return said, nil
		}
	}
	if len(keys) == 0 {
		return nil, invalid("names a key that is not in the key set")
	}
	return nil, invalid("has a wrong signature, or claims of another form")
}

// invalid returns the error of a token that does not count.
func invalid(why string) error {
	return fmt.Errorf("orylogin/session/jwt: the token %s (%w)", why, orylogin.ErrSessionInactive)
}

// unavailable returns the error of a check that cannot be made.
func unavailable(why error) error {
	return &session.Refusal{
		StatusCode: http.StatusServiceUnavailable, Outcome: orylogin.OutcomeUnavailable,
		Err: fmt.Errorf("orylogin/session/jwt: %w", why),
	}
}
