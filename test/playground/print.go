package playground

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

// isServed reports whether something listens at a host and port of this machine.
func isServed(ctx context.Context, address string) bool {
	dialer := net.Dialer{Timeout: time.Second}
	connection, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return false
	}
	_ = connection.Close()
	return true
}

// printAll prints everything that a user needs to log in.
func printAll(ctx context.Context, kratos *kratostest.Server, app application, factors secondFactors, keysURL string) {
	printURL("public API", kratos.PublicURL, publicPort)
	printURL("admin API", kratos.AdminURL, adminPort)
	if app.AppURL == "" {
		printURL("application", app.url.String(), appPort)
	} else {
		printLine("application", app.url.String())
	}
	if app.Serve == nil {
		printLine("", "is yours to start: browsers are sent to its /login, /error and so on")
		if isServed(ctx, app.url.Host) {
			printLine("", "is served already, by another program")
		}
	}
	printLine("return_to", app.url.String()+" and the pages below it, by Kratos's list")
	printUser(alice)
	if app.CodeSecondFactor {
		printLine("", app.owes()+": a mailed code, as all users do")
	}
	printUser(carol)
	printLine("", "is disabled")
	printUser(bob)
	printLine("", app.owes()+": a code of the app, or a backup code, which is good once")
	printLine("", fmt.Sprintf("TOTP secret %s  backup codes %s %s", factors.app, factors.codes[0], factors.codes[1]))
	if app.Lifespan > 0 {
		printLine("flows", fmt.Sprintf("of logins expire after %v", app.Lifespan))
	}
	if keysURL != "" {
		printURL("key set", keysURL, keysPort)
		printLine("", fmt.Sprintf("is that of the template %q, which signs sessions: audience %s, issuer %s/, ES256",
			template, template, kratos.PublicURL))
	}
	plain.Printf("Codes that Kratos mails are printed here. Enter prints the TOTP code of %s.\n", bob.Email)
	plain.Println("Ctrl-C stops it.")
}

func printUser(user kratostest.Identity) {
	printLine("user", fmt.Sprintf("%s  password %q", user.Email, user.Password))
}

// owes says whether a user who has a second factor needs it.
func (c Config) owes() string {
	if c.RequiredAAL == oneFactor {
		return "has a second factor, which no login demands"
	}
	return "always owes a second factor"
}

// printURL prints a URL. If it is not at the usual port, it also says why.
func printURL(name, raw string, usual int) {
	printLine(name, raw)
	if parsed, err := url.Parse(raw); err == nil && parsed.Port() != strconv.Itoa(usual) {
		printLine("", fmt.Sprintf("is not at the usual port %d, which is in use", usual))
	}
}

func printLine(name, text string) { plain.Printf("%-11s  %s\n", name, text) }

// printTOTP prints the present code of an authenticator app for each line from standard input.
// It prints none without a terminal or in the background.
func printTOTP(key kratostest.TOTPKey) {
	const period = 30
	signal.Ignore(syscall.SIGTTIN) // it would stop the command in the background
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		now := time.Now()
		if code, err := key.Code(now); err == nil {
			printLine("TOTP code", fmt.Sprintf("%s  for another %ds", code, period-now.Unix()%period))
		}
	}
}

// printCodes prints the mailed login codes until ctx ends.
func printCodes(ctx context.Context, kratos *kratostest.Server) {
	for tick := time.Tick(200 * time.Millisecond); ctx.Err() == nil; <-tick {
		codes, _ := kratos.NewCodes(ctx) // an error means that the server is ending
		for _, code := range codes {
			printLine("mail", fmt.Sprintf("%s  code %s", code.Address, code.Code))
		}
	}
}
