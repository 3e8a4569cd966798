package playground

import (
	"context"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// StartProvider starts an OpenID Connect provider until ctx ends, whose page asks who comes. It
// prints where the provider is, and returns the settings by which Kratos knows it.
func StartProvider(ctx context.Context) ([]kratostest.Setting, error) {
	release, err := kratostest.BinaryRelease()
	if err != nil {
		return nil, err
	}
	provider, err := providertest.Run(ctx)
	if err != nil {
		return nil, err
	}
	provider.Ask(
		providertest.User{About: "new@example.com, who has no account there yet", Email: "new@example.com"},
		providertest.User{About: "alice@example.com, who has a password there", Email: alice.Email},
		providertest.User{About: "Somebody who tells no e-mail address"},
	)
	printLine("provider", provider.URL()+"  is behind the button \""+providertest.Label+"\"")
	return provider.Settings(kratostest.EmailRequired(release)), nil
}
