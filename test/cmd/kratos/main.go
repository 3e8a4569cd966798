// Command kratos runs Ory Kratos in the foreground, to try things with. Its help says what
// it is like.
package main

import (
	"context"
	"flag"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

const usage = `Usage: make kratos [APP_URL=http://localhost:3000] [LIFESPAN=10s] [SSO=1]

Runs a real Ory Kratos for programs of your own, until Ctrl-C. APP_URL, which is passed on
as -app-url, is where an application under development is. LIFESPAN, or -lifespan, is how long
a login flow lasts: a short one shows what a page does when it has expired. With SSO=1, or
-sso, an Ory Hydra and a client of it run, too: the client's users log in with the
application, which also has to serve /consent.
`

func main() {
	config := playground.Config{}
	flag.StringVar(&config.AppURL, "app-url", "", "`URL` of the application (default http://localhost:4455)")
	flag.DurationVar(&config.Lifespan, "lifespan", 0, "`time` that a login flow lasts (default 10m)")
	sso := flag.Bool("sso", false, "run an Ory Hydra and an OAuth2 client, too")
	playground.Main(usage, func(ctx context.Context) error {
		if *sso {
			config.Prepare = prepareHydra
		}
		return playground.Run(ctx, config)
	})
}

func prepareHydra(ctx context.Context, appURL string) ([]kratostest.Setting, error) {
	_, known, err := playground.StartHydra(ctx, appURL)
	return []kratostest.Setting{known}, err
}
