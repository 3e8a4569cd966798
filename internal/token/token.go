// Package token judges session tokens.
package token

import (
	"errors"
	"strings"
)

// Longest bounds a session token in bytes, and any other word that a server says for the
// next request, such as the id of a flow. It is far above what servers send.
const Longest = 8 << 10

// Check refuses what cannot be sent in a header, most often a token that was read from a
// file with its line break.
func Check(token string) error {
	switch {
	case token == "":
		return errors.New("the session token is empty")
	case len(token) > Longest:
		return errors.New("the session token is too long")
	case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return errors.New("the session token has a space, a line break or a control character")
	}
	return nil
}
