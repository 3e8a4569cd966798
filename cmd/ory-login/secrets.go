package main

import (
	"strings"

	"github.com/orylogin/orylogin"
)

// secrets are those that have been submitted, which a server may repeat.
type secrets []orylogin.Secret

// hide returns the text without the secrets. One that is shorter than any code would
// only make the text unreadable.
func (s secrets) hide(text string) string {
	for _, secret := range s {
		if len(secret.Reveal()) >= 4 {
			text = strings.ReplaceAll(text, secret.Reveal(), "[redacted]")
		}
	}
	return text
}
