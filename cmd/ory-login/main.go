// Command ory-login logs in to an Ory Kratos or Ory Network project from a terminal
// and keeps the session token for curl and scripts.
//
//	ory-login login --url https://auth.example.com
//	curl -H "X-Session-Token: $(ory-login token)" https://api.example.com/
//
// login asks for what the server's login flow wants, in the flow's own words: an
// identifier, a password, a code, a second factor, or one of several ways to log in.
// Nothing secret is echoed. A provider's login goes on in a browser, which comes back to
// http://127.0.0.1:4477/ory-login: the server has to have that URL, or one with the port
// of --callback-port, in selfservice.allowed_return_urls.
//
// # Scripts
//
// Secrets are never arguments. The environment has them by the name of the form's
// field, as ORY_LOGIN_PASSWORD, ORY_LOGIN_CODE, ORY_LOGIN_TOTP_CODE and
// ORY_LOGIN_LOOKUP_SECRET, or a file has them, one on a line in the order in which
// the flow asks for them: --secrets FILE, where - is the standard input. If what is
// refused was not typed at a terminal, the program ends.
//
// # Output
//
// The standard output has what programs read: the token, or with --json the outcome
// as a JSON document, which of all commands token alone puts the token into. Text for
// people goes to standard error.
//
// # Exit codes
//
//	0    done
//	1    something else failed, such as the disk
//	2    wrong usage, or a server was neither named nor the only one stored
//	3    the server refused the credentials
//	4    more is needed than was given: an answer, a second factor, a browser
//	5    the server or the network failed
//	6    there is no session
//	130  interrupted
//
// # Files
//
// A session is kept in the user's configuration directory, in ory-login, one file with
// the mode 0600 for each server.
package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line, as kong reads it.
type commands struct {
	options
	Login  loginCommand  `cmd:"" help:"Log in and keep the session token."`
	Token  tokenCommand  `cmd:"" help:"Print the session token, and nothing else."`
	Whoami whoamiCommand `cmd:"" help:"Say whose session it is, as the server knows it."`
	Logout logoutCommand `cmd:"" help:"Revoke the session and forget its token."`
}

// options are those of every command.
type options struct {
	URL       string `help:"Base URL of the server's public API. Default: the only server with a stored session." placeholder:"URL"`
	PlainHTTP bool   `help:"Allow http to another machine, which sends secrets unencrypted."`
	JSON      bool   `help:"Print the outcome as JSON on standard output."`
}

func main() { os.Exit(run(os.Args[1:])) }

// run runs a command and returns the exit code.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var line commands
	parser := kong.Must(&line,
		kong.Name("ory-login"),
		kong.Description("Log in to an Ory Kratos or Ory Network project and get a session token."),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&line.options),
	)
	command, err := parser.Parse(args)
	if err != nil {
		return report(wrongUsage(err.Error(), "see ory-login --help"), slices.Contains(args, "--json"))
	}
	return report(command.Run(), line.JSON)
}
