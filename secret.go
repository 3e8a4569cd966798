package orylogin

import "github.com/orylogin/orylogin/api"

// Secret holds a password, a code, a token or another text that must not be seen. It prints,
// logs and marshals as [redacted], also as a field of another struct. Reflection finds only a
// number that says nothing about the text. Package fmt uses reflection for an unexported
// field, and so do the messages of failed tests. [api.Secret.Reveal] is the only way to the
// text. The zero Secret is empty. [api.Secret.IsZero] reports whether a Secret is empty.
// [api.Secret.Equal] compares two, as do [reflect.DeepEqual] and test packages; == does not
// compile. A Secret is immutable and safe for concurrent use.
type Secret = api.Secret

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return api.NewSecret(text) }
