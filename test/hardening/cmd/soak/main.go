// Command soak tests the module under load while servers and connections fail. First, 64
// callers use two Kratos on PostgreSQL behind nginx, while each part fails in turn. Then they
// log in, ask whoami and log out while connections break: at a Kratos, and at the fake of
// package orylogintest. The command reports the results. It fails if something was lost or has
// grown.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"testing"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/hardening/outage"
	"github.com/orylogin/orylogin/test/hardening/soak"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

const (
	people   = 16
	password = "correct horse battery staple"
)

func main() {
	duration := flag.Duration("duration", 30*time.Second, "how long, in all")
	fake := flag.Bool("fake", false, "only be the fake")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *fake {
		serveFake(ctx)
		return
	}
	if err := run(ctx, *duration); err != nil {
		stop()
		plain.Failure(err)
		os.Exit(1) //nolint:gocritic // stop was called
	}
}

func run(ctx context.Context, duration time.Duration) error {
	err := outage.Run(ctx, duration*2/3, plain.Writer(os.Stdout))
	var missing *daemon.Missing
	if errors.As(err, &missing) {
		plain.Failure("what needs it is left out:", missing)
	} else if err != nil {
		return err
	}
	if err := atKratos(ctx, duration/6); err != nil {
		return err
	}
	return atFake(ctx, duration/6)
}

func atKratos(ctx context.Context, duration time.Duration) error {
	kratos, err := kratostest.Run(ctx)
	if err != nil {
		return err
	}
	defer kratos.Stop()
	var methods []orylogin.Method
	for number := range people {
		person := kratostest.Identity{Email: email(number), Password: password}
		if _, err := kratos.CreateIdentity(ctx, person); err != nil {
			return err
		}
		methods = append(methods, methodOf(number))
	}
	run := soak.Soak{Server: kratos.PublicURL, Methods: methods}
	return run.Run(ctx, "Ory Kratos", duration, plain.Writer(os.Stdout))
}

// atFake soaks the fake in its own process, since the fake keeps every request.
func atFake(ctx context.Context, duration time.Duration) error {
	program, err := os.Executable()
	if err != nil {
		return err
	}
	fake := exec.CommandContext(ctx, program, "-fake") //nolint:gosec // this program
	fake.Stderr = plain.Writer(os.Stderr)
	url, err := fake.StdoutPipe()
	if err != nil {
		return err
	}
	stop, err := fake.StdinPipe()
	if err != nil {
		return err
	}
	if err := fake.Start(); err != nil {
		return err
	}
	defer func() {
		_ = stop.Close()
		_ = fake.Wait()
	}()
	server, err := bufio.NewReader(url).ReadString('\n')
	if err != nil {
		return err
	}
	var methods []orylogin.Method
	for number := range people {
		methods = append(methods, methodOf(number))
	}
	run := soak.Soak{Server: strings.TrimSpace(server), Methods: methods}
	return run.Run(ctx, "orylogintest", duration, plain.Writer(os.Stdout))
}

// serveFake runs the fake until stdin ends. It writes the fake's URL to stdout.
func serveFake(ctx context.Context) {
	host := &host{ctx: ctx}
	defer host.end()
	fake := orylogintest.NewServer(host)
	for number := range people {
		fake.AddIdentity(orylogintest.Identity{Email: email(number), Password: password})
	}
	plain.Println(fake.URL)
	_, _ = io.Copy(io.Discard, os.Stdin)
}

func email(number int) string { return fmt.Sprintf("person-%d@example.com", number) }

func methodOf(number int) orylogin.Method {
	return orylogin.Password{Identifier: email(number), Password: orylogin.NewSecret(password)}
}

// host is the testing.TB of the fake.
type host struct {
	testing.TB

	ctx     context.Context //nolint:containedctx // a test has one
	cleanup []func()
}

func (h *host) Helper() {}

func (h *host) Failed() bool { return false }

func (h *host) Context() context.Context { return h.ctx }

func (h *host) Cleanup(f func()) { h.cleanup = append(h.cleanup, f) }

func (h *host) Fatal(args ...any) { panic(fmt.Sprint(args...)) }

func (h *host) Fatalf(format string, args ...any) { panic(fmt.Sprintf(format, args...)) }

func (h *host) end() {
	for _, f := range h.cleanup {
		f()
	}
}
