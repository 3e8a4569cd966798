package orylogin

import "github.com/orylogin/orylogin/api"

// Secret holds a password, a code, a token or another text that must not be
// seen. It prints, logs and marshals as [redacted], also as a field of another
// struct; in an unexported field, package fmt prints an address. [api.Secret.Reveal] is the
// one way to its text. The zero
// Secret is empty. [api.Secret.IsZero] tells an empty one, and
// [api.Secret.Equal] compares two; == does not compile. A Secret is immutable and safe for concurrent use.
type Secret = api.Secret

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return api.NewSecret(text) }
