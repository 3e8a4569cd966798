package orylogin

import "github.com/orylogin/orylogin/api"

// Secret holds a password, a code, a token or another text that must not be
// seen. It prints, logs and marshals as [redacted], also as a field of another
// struct, exported or not; [Secret.Reveal] is the one way to its text. The zero
// Secret is empty. Secrets are compared with [Secret.Equal]; == does not
// compile. A Secret is immutable and safe for concurrent use.
type Secret = api.Secret

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return api.NewSecret(text) }
