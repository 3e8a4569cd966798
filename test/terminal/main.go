// Command terminal logs a person in at a terminal. It is a part of docs/native.md.
package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"
	"os/signal"
	"slices"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/orylogin/orylogin"
)

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	log.SetOutput(io.Discard) // the log of net/http, which can show a password
	// ctx is for the questions. Ctrl-C cancels ctx, and a request that is under way goes on.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	var login *orylogin.Login
	client, err := orylogin.New(os.Getenv("KRATOS_URL"))
	if err == nil {
		login, err = logIn(ctx, client)
	}
	interrupted := ctx.Err() != nil || errors.Is(err, context.Canceled)
	stop()
	if err == nil {
		slog.Info("logged in", "session", login.Session)
		return
	}
	slog.Error("not logged in", "outcome", orylogin.OutcomeOf(err), "error", err)
	if interrupted {
		os.Exit(130) // the usual exit code after Ctrl-C
	}
	os.Exit(1)
}

// logIn asks the person until the login is complete. If it fails, no session is left.
func logIn(ctx context.Context, client *orylogin.Client) (*orylogin.Login, error) {
	var person person
	late, cancel := context.WithCancel(context.WithoutCancel(ctx)) // ends five seconds after Ctrl-C
	defer cancel()
	defer context.AfterFunc(ctx, func() { time.AfterFunc(5*time.Second, cancel) })()
	login, err := client.Converse(late, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		return person.next(ctx, step)
	})
	if err == nil && ctx.Err() != nil { // Ctrl-C during the last request
		person.owed, err = login.Token, ctx.Err()
	}
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) { // Converse could not create the flow for the second factor
		person.owed = owed.Token
	}
	if !person.owed.IsZero() && err != nil { // nobody needs this session any more
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		err = errors.Join(err, client.Logout(ctx, person.owed))
	}
	return login, err
}

// lines has what the person types if there is no terminal. All logins of the program read from it.
var lines = bufio.NewScanner(os.Stdin)

// person answers the steps of one login.
type person struct {
	err  error           // why there is no answer
	owed orylogin.Secret // the token of a session that logIn revokes if it fails
}

// next returns what the person submits in a step.
func (p *person) next(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
	slog.Info("next step", "step", step)
	var owed *orylogin.SecondFactorError
	if errors.As(step.Err, &owed) {
		p.owed = owed.Token
	}
	if orylogin.OutcomeOf(step.Err) == orylogin.OutcomeExpired {
		fmt.Println("That took too long. Please begin again.")
	}
	for _, message := range step.Flow.Messages() { // for example, that the password is wrong
		fmt.Println(message.Text)
	}
	method := p.method(ctx, step.Flow)
	return method, p.err
}

func (p *person) method(ctx context.Context, flow *orylogin.Flow) orylogin.Method {
	method := p.choose(ctx, "Method", slices.DeleteFunc(flow.Methods(), func(name string) bool {
		return !slices.Contains([]string{"password", "code", "totp", "lookup_secret"}, name)
	}))
	switch addresses, sent := flow.Choices("address"), flow.Choices("identifier"); {
	case p.err != nil:
		return nil
	case method == "password":
		return orylogin.Password{Identifier: p.ask(ctx, "E-mail address"), Password: p.askSecret(ctx, "Password")}
	case method == "totp":
		return orylogin.TOTP{Code: p.askSecret(ctx, "Code of the app")}
	case method == "lookup_secret":
		return orylogin.LookupSecret{Secret: p.askSecret(ctx, "Backup code")}
	case flow.CodeSent() && len(sent) > 0:
		code := p.askSecret(ctx, "Mailed code (Enter: send another)")
		return orylogin.Code{Identifier: sent[0], Code: code, Resend: code.IsZero()}
	case len(addresses) > 0: // for a second factor
		return orylogin.Code{Address: p.choose(ctx, "Address", addresses)}
	default:
		return orylogin.Code{Identifier: p.ask(ctx, "E-mail address")}
	}
}

// choose asks for the number of a choice, if there are several.
func (p *person) choose(ctx context.Context, question string, choices []string) string {
	if len(choices) == 0 {
		p.err = errors.New("the server offers nothing that this program knows")
		return ""
	}
	for len(choices) > 1 && p.err == nil {
		for i, choice := range choices {
			fmt.Printf("%d: %s\n", i+1, choice)
		}
		if n, _ := strconv.Atoi(p.ask(ctx, question)); 1 <= n && n <= len(choices) {
			return choices[n-1]
		}
	}
	return choices[0]
}

// askSecret returns a line that the person types. The terminal does not show it.
func (p *person) askSecret(ctx context.Context, question string) orylogin.Secret {
	return orylogin.NewSecret(p.read(ctx, question, (*term.Terminal).ReadPassword))
}

// ask returns a line that the person types.
func (p *person) ask(ctx context.Context, question string) string {
	return p.read(ctx, question, func(tty *term.Terminal, prompt string) (string, error) {
		tty.SetPrompt(prompt)
		return tty.ReadLine()
	})
}

// read returns a line of the terminal, or of a pipe. It ends with ctx.
func (p *person) read(ctx context.Context, question string, line func(*term.Terminal, string) (string, error)) string {
	if p.err = cmp.Or(p.err, ctx.Err()); p.err != nil {
		return ""
	}
	stdin := int(os.Stdin.Fd())
	before, err := term.MakeRaw(stdin) // then Ctrl-C is a key, and the terminal shows no key by itself
	isTerminal, tty := err == nil, term.NewTerminal(struct {
		io.Reader
		io.Writer
	}{os.Stdin, os.Stdout}, "") // a new one for each question, since it reads no more after Ctrl-C
	if isTerminal {
		defer func() { _ = term.Restore(stdin, before) }()
	} else {
		line = readPipe
	}
	var text string
	done := make(chan error, 1)
	go func() {
		var err error
		text, err = line(tty, question+": ")
		done <- err
	}()
	select {
	case p.err = <-done:
		if isTerminal && errors.Is(p.err, io.EOF) {
			p.err = context.Canceled // Ctrl-C or Ctrl-D
		}
	case <-ctx.Done():
		p.err = ctx.Err()
	}
	if p.err != nil {
		fmt.Print("\r\n")
		return ""
	}
	return text
}

// readPipe returns a line if there is no terminal.
func readPipe(_ *term.Terminal, question string) (string, error) {
	fmt.Print(question)
	if !lines.Scan() {
		return "", cmp.Or(lines.Err(), io.EOF)
	}
	return lines.Text(), nil
}
