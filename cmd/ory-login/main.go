// Command ory-login logs in to an Ory Kratos or Ory Network project from a terminal
// and keeps the session token for curl and scripts.
//
//	ory-login login --url https://auth.example.com
//	ory-login token --header | curl -H @- https://api.example.com/
//
// login asks for what the server's login flow wants, in the flow's own words: an
// identifier, a password, a code, a second factor, or one of several ways to log in.
// Nothing secret is echoed, and what is typed before its question is dropped. A provider's login goes on in a browser, which comes back to
// http://127.0.0.1:4477/ory-login: the server has to have that URL, or one with the port
// of --callback-port, in selfservice.allowed_return_urls.
//
// # Scripts
//
// Secrets are never arguments. The environment has them by the name of the form's
// field, as ORY_LOGIN_PASSWORD, ORY_LOGIN_CODE, ORY_LOGIN_TOTP_CODE and
// ORY_LOGIN_LOOKUP_SECRET, or a file has them, one on a line in the order in which
// the flow asks for them: --secrets FILE, where - is the standard input. The program
// ends at the first refusal of what was not typed at a terminal, and at the fifth of
// what was.
//
// # Output
//
// The standard output has what programs read: the token, or with --json the outcome
// as a JSON document, which of all commands token alone puts the token into. Text for
// people goes to standard error. Neither has what was typed unseen, if it has 4 bytes or
// more, even if a server repeats it: as it is, or as URLs, HTML, JSON, strings of Go or base64
// write it. Control characters that a server sends are replaced or escaped.
//
// The exit codes are in the output of ory-login --help.
//
// # Files
//
// A session is kept in the user's configuration directory, in ory-login, one file with
// the mode 0600 for each server. A folder or a file is refused that is a link, belongs to
// somebody else, or can be written by others; of a file that others can read, login and
// logout only revoke the session. A login revokes the session that it takes the place of, and
// one that it cannot keep.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"regexp"
	"runtime/debug"
	"slices"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the command line, as kong reads it.
type commands struct {
	Version kong.VersionFlag `help:"Show the version and exit."`
	options
	Login  loginCommand  `cmd:"" help:"Log in and keep the session token."`
	Token  tokenCommand  `cmd:"" help:"Print the session token."`
	Whoami whoamiCommand `cmd:"" help:"Show whose session it is."`
	Logout logoutCommand `cmd:"" help:"Revoke the session at the server and forget its token."`

	Sessions sessionsCommand `cmd:"" help:"List where else the user is logged in, and end sessions there."`
}

// options are those of every command.
type options struct {
	URL       string  `help:"Base URL of the server's public API. Default: the only server with a stored session." placeholder:"URL"`
	PlainHTTP bool    `help:"Allow http to another machine, which sends secrets unencrypted."`
	Timeout   timeout `help:"How long to wait for each answer of the server. Default: ${default}." placeholder:"TIME" default:"30s"`
	JSON      bool    `help:"Print the outcome as JSON on standard output, errors included."`
}

// description is the help of the program as a whole.
const description = `Log in to an Ory Kratos server or an Ory Network project, and keep the session token for curl and scripts.

Example:

    ory-login login --url https://auth.example.com
    ory-login token --header | curl -H @- https://api.example.com/

A session is kept for each server in the user's configuration directory, readable for its owner only.

Exit codes:

    0    done
    1    something else failed, such as the disk
    2    wrong usage, or no server named and not exactly one stored
    3    the server refused the credentials
    4    more is needed: an answer, a second factor, a verified address, a registration, a browser
    5    the server or the network failed
    6    there is no session
    130  interrupted`

func main() { os.Exit(run(os.Args[1:])) }

// run runs a command and returns the exit code.
func run(args []string) int {
	log.SetOutput(io.Discard) // net/http writes there what a server sends unasked
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
	signals = slices.DeleteFunc(signals, signal.Ignored) // as nohup has it
	ctx, stop := signal.NotifyContext(context.Background(), signals...)
	defer stop()
	var (
		line   commands
		screen = screen{asJSON: slices.Contains(args, "--json")}
	)
	parser := kong.Must(&line,
		kong.Name("ory-login"),
		kong.Description(description),
		kong.Vars{"version": "ory-login " + version()},
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(&line.options, &screen),
	)
	parser.Model.HelpFlag.Help = "Show this help and exit."
	command, err := parser.Parse(args)
	if err != nil {
		return screen.report(misuse(err))
	}
	screen.asJSON = line.JSON
	return screen.report(late(command.Run(), line.Timeout))
}

// What kong's messages repeat of the command line may be a secret in the wrong place.
var (
	missingValue    = regexp.MustCompile(`expected \S+ value but got .*`)
	wrongValue      = regexp.MustCompile(` but got .*`)
	unknownArgument = regexp.MustCompile(`(unexpected argument|unknown flag) .*?(, did you mean .*|$)`)
)

// misuse says why the command line cannot be read.
func misuse(err error) error {
	text := missingValue.ReplaceAllString(err.Error(), "its value is missing")
	text = wrongValue.ReplaceAllString(text, "")
	text = unknownArgument.ReplaceAllString(text, "$1$2")
	return wrongUsage(text, "see ory-login --help")
}

// version returns the version that was built, as far as the go command knew it.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
