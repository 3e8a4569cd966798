package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// answers has what the flow asks for, from the first of these that does: the command
// line, the environment, the file of secrets, the user at the terminal.
type answers struct {
	identifier string
	methods    []string
	screen     *screen
	lines      *bufio.Reader // of the file of secrets, nil if none is named
	terminal   *terminal     // nil if there is none

	typed    bool // some answer to the present step is from the terminal
	refusals int  // of what was typed
}

// identity returns what names the account, as it was given or is typed now.
func (a *answers) identity(ctx context.Context, field api.UINode, seen bool) (string, error) {
	label := label(field)
	if a.identifier != "" {
		return a.identifier, nil
	}
	if a.terminal == nil {
		return "", moreNeeded(fmt.Sprintf("the server asks for %q", label),
			"give it with --identifier, or run in a terminal")
	}
	return a.ask(ctx, label+": ", seen)
}

// secret returns the answer to a field that must not be seen.
func (a *answers) secret(ctx context.Context, field, label string) (orylogin.Secret, error) {
	text, err := a.unseen(ctx, field, label)
	if err == nil {
		err = checkText(strconv.Quote(label), text)
	}
	secret := orylogin.NewSecret(strings.TrimRight(text, "\r\n"))
	a.screen.hide(secret)
	return secret, err
}

// unseen returns the text of a field that must not be seen.
func (a *answers) unseen(ctx context.Context, field, label string) (string, error) {
	variable := "ORY_LOGIN_" + strings.ToUpper(field)
	text, found := os.LookupEnv(variable)
	switch {
	case found:
		return text, nil
	case a.lines != nil:
		return a.line(ctx, label)
	case a.terminal != nil:
		return a.ask(ctx, label+": ", false)
	default:
		return "", moreNeeded(fmt.Sprintf("the server asks for %q", label),
			"set "+variable+", name a file with --secrets, or run in a terminal")
	}
}

// line returns the next line of the file of secrets, whose last one may have no end.
func (a *answers) line(ctx context.Context, label string) (string, error) {
	line, err := await(ctx, func() (string, error) { return a.lines.ReadString('\n') })
	if !errors.Is(err, io.EOF) {
		return line, err
	}
	if line == "" {
		return "", moreNeeded(fmt.Sprintf("the server asks for %q, and the file of secrets is at its end", label), "add a line")
	}
	return line, nil
}

// ask asks the user.
func (a *answers) ask(ctx context.Context, question string, echo bool) (string, error) {
	a.typed = true
	return a.terminal.ask(ctx, a.screen.safe(question), echo)
}

// choose returns the button to press: the only one, the one that --method names, or
// the one that the user picks.
func (a *answers) choose(ctx context.Context, buttons []button) (button, error) {
	for _, method := range a.methods {
		named := slices.DeleteFunc(slices.Clone(buttons), func(b button) bool { return !b.is(method) })
		if len(named) > 0 {
			buttons = named
			break
		}
	}
	switch {
	case len(buttons) == 0:
		return button{}, moreNeeded("the server offers no method that works in a terminal", "log in in a browser")
	case len(buttons) == 1:
		return buttons[0], nil
	case a.terminal == nil:
		return button{}, moreNeeded("the server offers several methods: "+list(buttons),
			"name one with --method, or run in a terminal")
	}
	for i, button := range buttons {
		a.screen.say("  %s  %s", strconv.Itoa(i+1), button.label)
	}
	for {
		text, err := a.ask(ctx, fmt.Sprintf("Choose (1-%d): ", len(buttons)), true)
		if err != nil {
			return button{}, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 1 && n <= len(buttons) {
			return buttons[n-1], nil
		}
	}
}

// list names the buttons, each by what --method takes for it alone.
func list(buttons []button) string {
	names := make([]string, len(buttons))
	for i, button := range buttons {
		names[i] = cmp.Or(button.value, button.method)
	}
	return strings.Join(names, ", ")
}
