// Command webapp runs the example application with a real Ory Kratos. Its help describes both.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
	"github.com/orylogin/orylogin/test/playground"
)

const usage = `Usage: make webapp [APP_URL=http://localhost:3000] [SSO=1]

Runs the example application and a real Ory Kratos, until Ctrl-C. The application is at
http://localhost:4455 or, if that port is in use, at another one, and says so. APP_URL, which
is passed on as -app-url, demands a URL. Users can come from a provider, too, whose page asks
who they are. With SSO=1, or -sso, an Ory Hydra and a client of it run, too: the client's
users log in with the application.
`

func main() {
	appURL := flag.String("app-url", "", "`URL` to serve the application at (default http://localhost:4455)")
	passkeys := flag.Bool("passkeys", false, "offer passkeys, too (nobody has one)")
	sso := flag.Bool("sso", false, "run an Ory Hydra and an OAuth2 client, too")
	post := flag.Bool("post-to-kratos", false, "have browsers send their forms to Kratos")
	// net/http writes unasked data from a server to the standard logger.
	slog.SetDefault(slog.New(slog.NewTextHandler(plain.Writer(os.Stderr), nil)))
	log.SetOutput(io.Discard)
	playground.Main(usage, func(ctx context.Context) error {
		site := &site{postToKratos: *post, withSSO: *sso}
		return playground.Run(ctx, playground.Config{
			AppURL:   *appURL,
			Serve:    site.serve,
			Prepare:  site.prepare,
			Settings: []kratostest.Setting{kratostest.Set("selfservice.methods.passkey.enabled", *passkeys)},
		})
	})
}
