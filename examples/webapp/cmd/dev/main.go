// Command dev runs the application together with a real Ory Kratos that is
// configured for it, until Ctrl-C. There are two users; the second one has an
// authenticator app and backup codes. Codes that Kratos mails are printed.
// Everything is in memory and gone at the end.
package main

import (
	"context"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"syscall"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The users. Their passwords are no secrets.
var (
	plainUser  = kratostest.Identity{Email: "alice@example.com", Password: "demo password of alice", Verified: true}
	strongUser = kratostest.Identity{Email: "bob@example.com", Password: "demo password of bob", Verified: true}
)

func main() {
	passkeys := flag.Bool("passkeys", false, "offer passkeys, too (nobody has one)")
	post := flag.Bool("post-to-kratos", false, "have browsers send their forms to Kratos; mailed codes are not printed then")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *passkeys, *post); err != nil && ctx.Err() == nil {
		stop()
		fmt.Fprintln(os.Stderr, "dev:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, passkeys, post bool) error {
	listener, err := listen(ctx, 4455)
	if err != nil {
		return err
	}
	defer func() { _ = listener.Close() }()
	url := fmt.Sprintf("http://localhost:%d", port(listener))
	kratos, kratosURL, err := startKratos(ctx, url, passkeys)
	if err != nil {
		return err
	}
	defer kratos.Stop()

	client, err := orylogin.New(kratosURL)
	if err != nil {
		return err
	}
	browsers, err := browser.New(client)
	if err != nil {
		return err
	}
	handler, err := app.New(app.Config{Browsers: browsers, URL: url, PostToKratos: post, CodeSent: printCode(kratos)})
	if err != nil {
		return err
	}
	if err := seed(ctx, kratos); err != nil {
		return err
	}
	fmt.Printf("Kratos      %s\napplication %s\nCtrl-C stops both.\n", kratosURL, url)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // the application ends with Kratos
		<-kratos.Done()
		cancel()
	}()
	return app.Serve(ctx, listener, handler)
}

// startKratos starts a Kratos whose pages the application at url is. It takes the usual
// port, or any other one if that is in use or somebody takes it meanwhile.
func startKratos(ctx context.Context, url string, passkeys bool) (*kratostest.Server, string, error) {
	if _, err := kratostest.Build(); err != nil {
		return nil, "", err
	}
	server, base, err := startKratosAt(ctx, 4433, url, passkeys)
	if err == nil || ctx.Err() != nil {
		return server, base, err
	}
	return startKratosAt(ctx, 0, url, passkeys)
}

func startKratosAt(ctx context.Context, usual int, url string, passkeys bool) (*kratostest.Server, string, error) {
	reserved, err := listen(ctx, usual)
	if err != nil {
		return nil, "", err
	}
	public := port(reserved)
	if err := reserved.Close(); err != nil {
		return nil, "", err
	}
	base := fmt.Sprintf("http://localhost:%d", public)
	server, err := kratostest.Run(ctx, settings(url, base, public, passkeys)...)
	return server, base, err
}

func settings(url, base string, public int, passkeys bool) []kratostest.Setting {
	return []kratostest.Setting{
		kratostest.Set("serve.public.port", public),
		kratostest.Set("serve.public.base_url", base+"/"),
		kratostest.Set("serve.public.cors", map[string]any{"enabled": true, "allowed_origins": []string{url}}), // for its script
		kratostest.Set("selfservice.default_browser_return_url", url+"/"),
		kratostest.Set("selfservice.allowed_return_urls", []string{url}),
		kratostest.Set("selfservice.flows.login.ui_url", url+"/login"),
		kratostest.Set("selfservice.flows.error.ui_url", url+"/error"),
		kratostest.Set("selfservice.flows.logout.after.default_browser_return_url", url+"/login"),
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
		kratostest.Set("selfservice.methods.passkey.enabled", passkeys),
		kratostest.Set("selfservice.methods.passkey.config.rp.origins", []string{url}),
		kratostest.Set("session.whoami.required_aal", "highest_available"),
	}
}

// seed creates the users and prints what one needs to know to log in.
func seed(ctx context.Context, kratos *kratostest.Server) error {
	if _, err := kratos.CreateIdentity(ctx, plainUser); err != nil {
		return err
	}
	strong, err := kratos.CreateIdentity(ctx, strongUser)
	if err != nil {
		return err
	}
	codes, err := kratos.EnrolLookupSecrets(ctx, strong)
	if err != nil {
		return err
	}
	key, err := kratos.EnrolTOTP(ctx, strong)
	if err != nil {
		return err
	}
	fmt.Printf("user        %s  password %q\n", plainUser.Email, plainUser.Password)
	fmt.Printf("user        %s  password %q\n", strongUser.Email, strongUser.Password)
	fmt.Printf("            TOTP secret %s  backup codes %s %s\n", key, codes[0], codes[1])
	return nil
}

// printCode prints a code that was mailed, without keeping the browser waiting.
func printCode(kratos *kratostest.Server) func(context.Context, string) {
	return func(ctx context.Context, address string) {
		go func(ctx context.Context) {
			if code, err := kratos.Code(ctx, address); err == nil {
				fmt.Printf("mail        %s  code %s\n", address, code)
			}
		}(context.WithoutCancel(ctx))
	}
}

// listen takes a port, or any other one if it is in use.
func listen(ctx context.Context, port int) (net.Listener, error) {
	var config net.ListenConfig
	if listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		return listener, nil
	}
	return config.Listen(ctx, "tcp4", "127.0.0.1:0")
}

func port(listener net.Listener) int {
	return listener.Addr().(*net.TCPAddr).Port //nolint:forcetypeassert // a TCP listener
}
