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
	"slices"
	"strings"

	"github.com/orylogin/orylogin"
)

func main() {
	slog.SetDefault(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	log.SetOutput(io.Discard) // the log of net/http, which can show a password
	client, err := orylogin.New(os.Getenv("KRATOS_URL"))
	if err == nil {
		err = logIn(context.Background(), client, os.Stdin)
	}
	if err != nil {
		slog.Error("not logged in", "outcome", orylogin.OutcomeOf(err), "error", err)
		os.Exit(1)
	}
}

func logIn(ctx context.Context, client *orylogin.Client, in io.Reader) error {
	person := &person{in: bufio.NewScanner(in)}
	login, err := client.Converse(ctx, orylogin.FlowOptions{}, person.next)
	switch {
	case err == nil:
		slog.Info("logged in", "session", login.Session)
	case !person.owed.IsZero(): // nobody needs this session any more
		err = errors.Join(err, client.Logout(ctx, person.owed))
	}
	return err
}

// person answers the steps of a login.
type person struct {
	in   *bufio.Scanner
	err  error           // why there is no answer
	owed orylogin.Secret // the token of a session that lacks its second factor
}

// next returns what the person submits in a step.
func (p *person) next(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
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
	method := p.method(step.Flow)
	return method, p.err
}

func (p *person) method(flow *orylogin.Flow) orylogin.Method {
	method := p.choose("Method", slices.DeleteFunc(flow.Methods(), func(name string) bool {
		return !slices.Contains([]string{"password", "code", "totp", "lookup_secret"}, name)
	}))
	switch addresses := flow.Choices("address"); {
	case p.err != nil:
		return nil
	case method == "password":
		return orylogin.Password{Identifier: p.ask("E-mail address"), Password: orylogin.NewSecret(p.ask("Password"))}
	case method == "totp":
		return orylogin.TOTP{Code: orylogin.NewSecret(p.ask("Code of the app"))}
	case method == "lookup_secret":
		return orylogin.LookupSecret{Secret: orylogin.NewSecret(p.ask("Backup code"))}
	case flow.CodeSent():
		code := p.ask("Mailed code (Enter: send another)")
		return orylogin.Code{
			Identifier: p.choose("Address", flow.Choices("identifier")),
			Code:       orylogin.NewSecret(code),
			Resend:     code == "",
		}
	case len(addresses) > 0: // for a second factor
		return orylogin.Code{Address: p.choose("Address", addresses)}
	default:
		return orylogin.Code{Identifier: p.ask("E-mail address")}
	}
}

// choose asks for one of the choices, if there are several.
func (p *person) choose(question string, choices []string) string {
	choices = slices.Compact(choices)
	if len(choices) == 0 {
		p.err = errors.New("the server offers nothing that this program knows")
		return ""
	}
	for len(choices) > 1 && p.err == nil {
		if answer := p.ask(question + " (" + strings.Join(choices, ", ") + ")"); slices.Contains(choices, answer) {
			return answer
		}
	}
	return choices[0]
}

// ask returns a line that the person types.
func (p *person) ask(question string) string {
	fmt.Print(question, ": ")
	if !p.in.Scan() {
		p.err = cmp.Or(p.err, p.in.Err(), io.EOF)
	}
	return p.in.Text()
}
