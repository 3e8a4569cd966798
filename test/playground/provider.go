package playground

import (
	"context"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// StartProvider starts an OpenID Connect provider that runs until ctx ends. Its page asks which
// user logs in. It prints the URL of the provider, and returns the settings with which Kratos
// knows it.
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
