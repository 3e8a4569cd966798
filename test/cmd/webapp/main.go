// Command webapp runs the example application with a real Ory Kratos. Its help says what
// they are like.
package main

import (
	"context"
	"flag"
	"io"
	"log"
	"log/slog"
	"net"
	"net/http"
	"os"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
	"github.com/orylogin/orylogin/test/playground"
)

const usage = `Usage: make webapp [APP_URL=http://localhost:3000] [SSO=1]

Runs the example application and a real Ory Kratos, until Ctrl-C. The application is at
http://localhost:4455 or, if that port is in use, at another one, and says so. APP_URL, which
is passed on as -app-url, demands a URL. With SSO=1, or -sso, an Ory Hydra and a client of it
run, too: the client's users log in with the application.
`

func main() {
	appURL := flag.String("app-url", "", "`URL` to serve the application at (default http://localhost:4455)")
	passkeys := flag.Bool("passkeys", false, "offer passkeys, too (nobody has one)")
	sso := flag.Bool("sso", false, "run an Ory Hydra and an OAuth2 client, too")
	post := flag.Bool("post-to-kratos", false, "have browsers send their forms to Kratos")
	// net/http writes to the standard logger what a server sends unasked.
	slog.SetDefault(slog.New(slog.NewTextHandler(plain.Writer(os.Stderr), nil)))
	log.SetOutput(io.Discard)
	playground.Main(usage, func(ctx context.Context) error {
		var single *singleSignOn
		var prepare func(context.Context, string) ([]kratostest.Setting, error)
		if *sso {
			single = &singleSignOn{}
			prepare = single.prepare
		}
		return playground.Run(ctx, playground.Config{
			AppURL: *appURL,
			Serve: func(ctx context.Context, listener net.Listener, appURL, kratosURL string) error {
				return serve(ctx, listener, app.Config{URL: appURL, PostToKratos: *post}, kratosURL, single)
			},
			Prepare:  prepare,
			Settings: []kratostest.Setting{kratostest.Set("selfservice.methods.passkey.enabled", *passkeys)},
		})
	})
}

func serve(ctx context.Context, listener net.Listener, config app.Config, kratosURL string, sso *singleSignOn) error {
	if sso != nil {
		config.ReturnOrigins = []string{sso.hydra.PublicURL} // a form may end there
	}
	client, err := orylogin.New(kratosURL, orylogin.WithReturnOrigins(config.URL))
	if err != nil {
		return err
	}
	config.Kratos, config.KratosURL = client, kratosURL
	handler, err := app.New(config)
	if err != nil {
		return err
	}
	if sso != nil {
		go sso.serve(ctx)
		mux := http.NewServeMux()
		mux.Handle("/", handler)
		mux.HandleFunc("/consent", sso.consent)
		handler = mux
	}
	return app.Serve(ctx, listener, handler)
}
