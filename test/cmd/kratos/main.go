// Command kratos runs Ory Kratos in the foreground, to try things by hand. It
// starts with two users, of which the second one has an authenticator app as a
// second factor; Enter prints its code. Login codes that Kratos mails are printed.
// Everything is in memory and gone at the end. Ctrl-C or a SIGTERM stops it, which is
// no failure. With -build it only builds the server.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/orylogin/orylogin/test/kratostest"
)

// The users of the demonstration. Their passwords are no secrets.
var (
	plainUser  = kratostest.Identity{Email: "alice@example.com", Password: "demo password of alice", Verified: true}
	strongUser = kratostest.Identity{Email: "bob@example.com", Password: "demo password of bob", Verified: true}
)

// The ports that Kratos has by default.
const publicPort, adminPort = 4433, 4434

func main() {
	onlyBuild := flag.Bool("build", false, "only build the server")
	flag.Parse()
	if *onlyBuild {
		exit(build())
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); ctx.Err() == nil {
		exit(err)
	}
}

// exit ends the program if there is an error.
func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "kratos:", err)
		os.Exit(1)
	}
}

func build() error {
	_, err := kratostest.Build()
	return err
}

func run(ctx context.Context) error {
	server, err := start(ctx)
	if err != nil {
		return err
	}
	defer server.Stop()
	key, err := seed(ctx, server)
	if err != nil {
		return err
	}
	fmt.Printf("Codes that Kratos mails are printed here. Enter prints the TOTP code of %s.\n", strongUser.Email)
	fmt.Println("Ctrl-C stops it.")
	go printMails(ctx, server.AdminURL)
	go printTOTP(key)
	<-server.Done()
	if ctx.Err() == nil {
		return errors.New("the server ended by itself")
	}
	return nil
}

// seed creates the users, prints what one needs to know to log in, and returns the key of
// the second user's authenticator app.
func seed(ctx context.Context, server *kratostest.Server) (kratostest.TOTPKey, error) {
	if _, err := server.CreateIdentity(ctx, plainUser); err != nil {
		return "", err
	}
	strong, err := server.CreateIdentity(ctx, strongUser)
	if err != nil {
		return "", err
	}
	key, err := server.EnrolTOTP(ctx, strong)
	if err != nil {
		return "", err
	}
	fmt.Printf("public API  %s\n", server.PublicURL)
	fmt.Printf("admin API   %s\n", server.AdminURL)
	fmt.Printf("user        %s  password %q\n", plainUser.Email, plainUser.Password)
	fmt.Printf("user        %s  password %q  TOTP secret %s\n", strongUser.Email, strongUser.Password, key)
	return key, nil
}

// settings make Kratos ask for both factors of who has two, and log in with mailed codes.
var settings = []kratostest.Setting{
	kratostest.Set("session.whoami.required_aal", "highest_available"),
	kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
}

// start starts Kratos at the ports that it has by default, or at any others if these are
// in use or somebody takes them meanwhile.
func start(ctx context.Context) (*kratostest.Server, error) {
	if err := build(); err != nil {
		return nil, err
	}
	if free(ctx, publicPort) && free(ctx, adminPort) {
		server, err := kratostest.Run(ctx, append(slices.Clone(settings),
			kratostest.Set("serve.public.port", publicPort), kratostest.Set("serve.admin.port", adminPort))...)
		if err == nil || ctx.Err() != nil {
			return server, err
		}
	}
	return kratostest.Run(ctx, settings...)
}

func free(ctx context.Context, port int) bool {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	_ = listener.Close()
	return true
}
