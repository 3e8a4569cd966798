// Package playground runs an Ory Kratos for trying things. The command kratos runs it alone,
// and the command webapp with the example application.
package playground

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/orylogin/orylogin/test/plain"
)

// about is the common part of both commands' help.
const about = `
The server has the ports 4433 (public API) and 4434 (admin API). Where another program
uses one of them, the server takes a free port and says so. Everything that it knows is in
memory and gone at the end.

There are three users, alice, bob and carol, whose passwords are printed. Bob has an
authenticator app and backup codes, too, so each of his logins owes a second factor. Carol is
disabled. Kratos mails nothing: the codes that it would mail are printed, and Enter prints the
present code of bob's app. Tests get both from the admin API, as docs/testing.md shows.

The template "demo" signs sessions for a minute, by a key that is new each time. Its public half
is the key set, at the port 4435.

Kratos sends browsers to the pages /login, /error, /registration, /settings, /verification
and /recovery of the application, and to its first page after a login. It allows a return_to
there, and the application's origin in CORS and for passkeys. The public API has the same
host as the application, so that the application gets the cookies of Kratos.

Flags:
`

// Main runs a command with the defined flags until it ends, or until Ctrl-C or a SIGTERM, which
// are no failures. The help begins with the usage.
func Main(usage string, run func(context.Context) error) {
	flag.Usage = func() {
		_, _ = fmt.Fprint(flag.CommandLine.Output(), usage, about)
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stopped := ctx.Err() != nil
	stop()
	if err != nil && !stopped {
		plain.Failure("failed:", err)
		os.Exit(1)
	}
}
