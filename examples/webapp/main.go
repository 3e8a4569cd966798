// Command webapp is a small web application whose users log in with Ory Kratos. Read it, and
// copy from it. It needs a running Kratos that uses its pages: set
// selfservice.flows.login.ui_url to its /login and selfservice.flows.error.ui_url to its
// /error. "make kratos" in the root of the repository runs such a Kratos. "make webapp" runs
// both.
package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
)

func main() {
	kratos := flag.String("kratos", "http://localhost:4433", "public `URL` of Kratos, as the application reaches it")
	public := flag.String("kratos-public", "", "public `URL` of Kratos, as browsers reach it (default that of -kratos)")
	listen := flag.String("listen", "localhost:4455", "`address` to listen on")
	url := flag.String("url", "http://localhost:4455", "`URL` at which browsers find the application")
	origins := flag.String("return-to", "", "`origins` that a login may return to besides, with commas between")
	forms := flag.String("form-to", "", "`origins` at which a form may end besides, such as an OAuth2 server and its clients, with commas between")
	captcha := flag.String("captcha", "", "`URL` of a captcha, https://challenges.cloudflare.com on Ory Network")
	header := flag.String("address-header", "", "`header` in which a proxy says the address of the browser, such as X-Forwarded-For")
	post := flag.Bool("post-to-kratos", false, "have browsers send their forms to Kratos instead of here")
	flag.Parse()
	// net/http writes unasked data from a server to the standard logger.
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	log.SetOutput(io.Discard)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	config := app.Config{
		KratosURL: cmp.Or(*public, *kratos), URL: *url, PostToKratos: *post, CaptchaURL: *captcha, AddressHeader: *header,
	}
	if *origins != "" {
		config.ReturnOrigins = strings.Split(*origins, ",")
	}
	if *forms != "" {
		config.FormOrigins = strings.Split(*forms, ",")
	}
	if err := run(ctx, config, *kratos, *listen); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "webapp:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, config app.Config, kratos, address string) error {
	client, err := orylogin.New(kratos, orylogin.WithReturnOrigins(append(config.ReturnOrigins, config.URL)...))
	if err != nil {
		return err
	}
	config.Kratos = client
	handler, err := app.New(config)
	if err != nil {
		return err
	}
	var listening net.ListenConfig
	listener, err := listening.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("serving", config.URL)
	return app.Serve(ctx, listener, handler)
}
