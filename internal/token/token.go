// Package token checks session tokens.
package token

import (
	"errors"
	"strings"
)

// Longest is the length limit of a session token in bytes. It is also the limit of other words
// from a server that the next request repeats, such as the id of a flow. Servers send far
// shorter ones.
const Longest = 8 << 10

// Check refuses a token that cannot be sent in a header. Most often such a token was read from
// a file together with its line break.
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
