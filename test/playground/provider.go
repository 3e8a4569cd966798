package playground

import (
	"context"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// StartProvider starts an OpenID Connect provider that runs until ctx ends. Its page and its button
// are like those of a provider "loopback" of orylogintest. It prints the URL of the provider, and
// returns the settings with which Kratos knows it.
func StartProvider(ctx context.Context) ([]kratostest.Setting, error) {
	release, err := kratostest.BinaryRelease()
	if err != nil {
		return nil, err
	}
	provider, err := providertest.Run(ctx)
	if err != nil {
		return nil, err
	}
	provider.Ask()
	printLine("provider", provider.URL()+"  is behind the button \"Sign in with "+providertest.ID+"\"")
	printLine("", "whose page asks for an e-mail address: that of a user below, a new one, or none")
	asInTheFake := providertest.Known(provider.Entry(map[string]any{"label": providertest.ID}))
	return provider.Settings(kratostest.EmailRequired(release), asInTheFake), nil
}
