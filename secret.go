package orylogin

import "github.com/orylogin/orylogin/api"

// Secret holds a password, a code, a token or another text that must not be
// seen. It prints, logs and marshals as [redacted], also as a field of another
// struct. What walks into it by reflection, such as package fmt in an unexported field, or
// the message of a failed test, finds a number that says nothing of the text.
// [api.Secret.Reveal] is the one way to its text. The zero Secret is empty.
// [api.Secret.IsZero] tells an empty one, and [api.Secret.Equal] compares two, as do
// [reflect.DeepEqual] and the packages for tests; == does not compile. A Secret is
// immutable and safe for concurrent use.
type Secret = api.Secret

// NewSecret returns a Secret that holds text.
func NewSecret(text string) Secret { return api.NewSecret(text) }
