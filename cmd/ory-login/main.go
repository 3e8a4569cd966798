// Command ory-login logs in to an Ory Kratos or Ory Network project from a terminal
// and keeps the session token for curl and scripts.
//
//	ory-login login --url https://auth.example.com
//	ory-login token --header | curl -H @- https://api.example.com/
//
// login asks for what the login flow wants, by the labels of the flow's form: an identifier, a
// password, a code, a second factor, or one of several methods. Secrets are not echoed. What
// is typed before its question is dropped. A login with a provider continues in a browser,
// which comes back to http://127.0.0.1:4477/ory-login, or to the port of --callback-port. The
// server must have that URL in selfservice.allowed_return_urls.
//
// # Scripts
//
// Secrets are never arguments. They come from the environment, by the name of the form's
// field: ORY_LOGIN_PASSWORD, ORY_LOGIN_CODE, ORY_LOGIN_TOTP_CODE and ORY_LOGIN_LOOKUP_SECRET.
// Or they come from a file, --secrets FILE, one on each line, in the order in which the flow
// asks for them; - is standard input. The program ends at the first refusal of an answer that
// nobody has typed at a terminal, and at the fifth refusal of typed ones.
//
// # Output
//
// Standard output has what programs read: the token, or with --json the outcome as a JSON
// document. Only the command token puts the token into that document. Text for people goes to
// standard error. What was typed unseen is in neither, if it has 4 bytes or more, even if a
// server repeats it: as it is, or as URLs, HTML, JSON, strings of Go or base64 write it.
// Control characters that a server sends are replaced or escaped.
//
// The exit codes are in the output of ory-login --help.
//
// # Files
//
// A session is kept in the user's configuration directory, in the folder ory-login: one file
// with the mode 0600 for each server. A folder or a file that is a link, belongs to somebody
// else, or can be written by others is refused. If others can read a file, login and logout
// only revoke its session. A login revokes the session that it replaces, and a session that
// it cannot keep.
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

// commands is the command line in the form of package kong.
type commands struct {
	Version kong.VersionFlag `help:"Show the version and exit."`
	options
	Login  loginCommand  `cmd:"" help:"Log in and keep the session token."`
	Token  tokenCommand  `cmd:"" help:"Print the session token."`
	Whoami whoamiCommand `cmd:"" help:"Show whose session it is."`
	Logout logoutCommand `cmd:"" help:"Revoke the session at the server and forget its token."`

	Sessions sessionsCommand `cmd:"" help:"List where the user is logged in, and end other sessions."`
}

// options are the options of all commands.
type options struct {
	URL       string  `help:"Base URL of the server's public API. Default: the only server with a stored session." placeholder:"URL"`
	PlainHTTP bool    `help:"Allow http to another machine, which sends secrets unencrypted."`
	Timeout   timeout `help:"How long to wait for each answer of the server. Default: ${default}." placeholder:"TIME" default:"30s"`
	JSON      bool    `help:"Print the outcome as JSON on standard output, errors included."`
}

// description is the help of the whole program.
const description = `Log in to an Ory Kratos server or an Ory Network project, and keep the session token for curl and scripts.

Example:

    ory-login login --url https://auth.example.com
    ory-login token --header | curl -H @- https://api.example.com/

A session is kept for each server in the user's configuration directory, readable only by its owner.

Exit codes:

    0    done
    1    something else failed, such as the disk
    2    wrong usage, or --url is missing and either no session or more than one is stored
    3    the server refused the credentials
    4    more is needed: an answer to a question, a second factor, a verified address, a registration, a browser
    5    the server or the network failed
    6    there is no session
    130  interrupted`

func main() { os.Exit(run(os.Args[1:])) }

// run runs a command and returns the exit code.
func run(args []string) int {
	log.SetOutput(io.Discard) // net/http writes unasked data from servers there
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
	signals = slices.DeleteFunc(signals, signal.Ignored) // nohup makes a program ignore a signal
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

// Messages of kong repeat parts of the command line. Such a part may be a secret in the wrong
// place.
var (
	missingValue    = regexp.MustCompile(`expected \S+ value but got .*`)
	wrongValue      = regexp.MustCompile(` but got .*`)
	unknownArgument = regexp.MustCompile(`(unexpected argument|unknown flag) .*?(, did you mean .*|$)`)
)

// misuse returns the error for a command line that cannot be read.
func misuse(err error) error {
	text := missingValue.ReplaceAllString(err.Error(), "its value is missing")
	text = wrongValue.ReplaceAllString(text, "")
	text = unknownArgument.ReplaceAllString(text, "$1$2")
	return wrongUsage(text, "see ory-login --help")
}

// version returns the version of the program, if the go command has recorded one.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
