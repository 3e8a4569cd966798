// Command kratos runs Ory Kratos in the foreground, for trying things. Its help describes the
// server.
package main

import (
	"context"
	"flag"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

const usage = `Usage: make kratos [APP_URL=http://localhost:3000] [LIFESPAN=10s] [REQUIRED_AAL=aal1] [CODE2=1] [PROVIDER=1] [SSO=1] [KRATOS_ENV=kratos.env]

Runs a real Ory Kratos for programs of your own, until Ctrl-C. APP_URL, which is passed on
as -app-url, is where an application under development is. LIFESPAN, or -lifespan, is how long
a login flow lasts: a short one shows what a page does when it has expired. With
REQUIRED_AAL=aal1, or -required-aal, a login with one factor is complete, and a page can ask for
the second one later. With CODE2=1, or -code2, mailed codes are a second factor of all users
instead of a first one. With PROVIDER=1, or
-provider, users can come from a provider, too, whose page asks who they are. With SSO=1, or
-sso, an Ory Hydra and a client of it run, too, at the ports 4444 (public API), 4445 (admin API)
and 4446: the client's users log in with the application, which also has to serve /consent.
KRATOS_ENV, or -env-file, is a file that has the URLs of Kratos and bob's TOTP secret while it runs.
`

func main() {
	config := playground.Config{}
	flag.StringVar(&config.AppURL, "app-url", "", "`URL` of the application (default http://localhost:4455)")
	flag.DurationVar(&config.Lifespan, "lifespan", 0, "`time` that a login flow lasts (default 10m)")
	flag.StringVar(&config.RequiredAAL, "required-aal", "", "`level` that a session needs: aal1 or highest_available (default highest_available)")
	flag.BoolVar(&config.CodeSecondFactor, "code2", false, "make a mailed code a second factor")
	flag.StringVar(&config.EnvFile, "env-file", "", "`file` for the URLs and bob's TOTP secret (default none)")
	provider := flag.Bool("provider", false, "run an OpenID Connect provider, too")
	sso := flag.Bool("sso", false, "run an Ory Hydra and an OAuth2 client, too")
	playground.Main(usage, func(ctx context.Context) error {
		config.Prepare = func(ctx context.Context, appURL string) ([]kratostest.Setting, error) {
			return prepare(ctx, appURL, *provider, *sso)
		}
		return playground.Run(ctx, config)
	})
}

// prepare starts the provider and the Hydra that are wanted. It returns the settings with which
// Kratos knows them.
func prepare(ctx context.Context, appURL string, provider, sso bool) ([]kratostest.Setting, error) {
	var settings []kratostest.Setting
	if provider {
		known, err := playground.StartProvider(ctx)
		if err != nil {
			return nil, err
		}
		settings = known
	}
	if sso {
		_, _, known, err := playground.StartHydra(ctx, appURL)
		if err != nil {
			return nil, err
		}
		settings = append(settings, known)
	}
	return settings, nil
}
