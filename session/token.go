package session

import (
	"context"
	"fmt"

	"github.com/orylogin/orylogin"
	tokens "github.com/orylogin/orylogin/internal/token"
)

// TokenSource provides a session token. Implementations are safe for concurrent use.
type TokenSource interface {
	// Token returns a token that is valid as far as the source knows.
	Token(ctx context.Context) (orylogin.Secret, error)
}

// Renewer is a [TokenSource] that can replace a token before it expires.
type Renewer interface {
	TokenSource

	// Refused tells the source that a server has refused the token. It does nothing if the
	// source has another token by now.
	Refused(ctx context.Context, token orylogin.Secret)
}

// Static returns a source that always provides the same token. If the token is empty or
// cannot be sent in a header, Token returns an error. The source is safe for concurrent use.
func Static(token orylogin.Secret) TokenSource { return static{token} }

type static struct{ token orylogin.Secret }

func (s static) Token(context.Context) (orylogin.Secret, error) { return s.token, checkToken(s.token) }

// checkToken refuses what cannot be a session token.
func checkToken(token orylogin.Secret) error {
	if err := tokens.Check(token.Reveal()); err != nil {
		return fmt.Errorf("orylogin/session: %w", err)
	}
	return nil
}
