package session

import (
	"context"
	"errors"
	"strings"

	"github.com/orylogin/orylogin"
)

// TokenSource provides a session token. Implementations are safe for concurrent
// use.
type TokenSource interface {
	// Token returns a token that is valid as far as the source knows.
	Token(ctx context.Context) (orylogin.Secret, error)
}

// Renewer is a [TokenSource] that can replace a token before it expires.
type Renewer interface {
	TokenSource

	// Refused tells the source that a server has refused the token. It does
	// nothing if the source has another token by now.
	Refused(ctx context.Context, token orylogin.Secret)
}

// Static returns a source that always provides the same token. If that is empty or
// cannot be sent in a header, its method Token returns an error. It is safe for
// concurrent use.
func Static(token orylogin.Secret) TokenSource { return static{token} }

type static struct{ token orylogin.Secret }

func (s static) Token(context.Context) (orylogin.Secret, error) { return s.token, checkToken(s.token) }

// maxToken is far above the length of a token, in bytes.
const maxToken = 8 << 10

// checkToken refuses what cannot be sent in a header, most often a token that was
// read from a file with its line break.
func checkToken(token orylogin.Secret) error {
	switch text := token.Reveal(); {
	case text == "":
		return errors.New("orylogin/session: the session token is empty")
	case len(text) > maxToken:
		return errors.New("orylogin/session: the session token is longer than any")
	case strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("orylogin/session: the session token has a space, a line break or a control character")
	}
	return nil
}
