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

// answers has what the flow asks for. It takes it from the first of these places that has it:
// the command line, the environment, the file of secrets, the user at the terminal.
type answers struct {
	identifier string
	methods    []string
	screen     *screen
	server     string
	lines      *bufio.Reader // of the file of secrets; nil if there is no file
	terminal   *terminal     // nil if there is none

	typed    bool // an answer to the present step comes from the terminal
	refusals int  // how often typed answers were refused
	sent     int  // how often the server was asked to send a code

	owed orylogin.Secret // the token of a session that owes its second factor
}

const (
	// variablePrefix is the prefix of the environment variables with secrets.
	variablePrefix = "ORY_LOGIN_"

	// maxSecret limits a secret, in bytes.
	maxSecret = 4 << 10
)

// identity returns the identifier of the account. The user types it if it was not given.
func (a *answers) identity(ctx context.Context, field api.UINode, seen bool) (string, error) {
	label := label(field)
	if a.identifier != "" {
		return a.identifier, nil
	}
	if a.terminal == nil {
		return "", moreNeeded(fmt.Sprintf("the server asks for %q", label),
			"give it with --identifier, or run in a terminal")
	}
	return a.ask(ctx, question{label + ": ", seen, false})
}

// secret returns the answer to a field that must not be shown. It is empty only if Enter alone
// is an answer, and only from a terminal.
func (a *answers) secret(ctx context.Context, field, label string, enter bool) (orylogin.Secret, error) {
	text, err := a.unseen(ctx, field, label, enter)
	if err == nil {
		err = checkText(strconv.Quote(label), text)
	}
	if err == nil && len(text) > maxSecret {
		err = wrongUsage(fmt.Sprintf("%q has more than %d bytes", label, maxSecret), "check what is given for it")
	}
	secret := orylogin.NewSecret(text)
	a.screen.hide(secret)
	return secret, err
}

// unseen returns the text of a field that must not be shown.
func (a *answers) unseen(ctx context.Context, field, label string, enter bool) (string, error) {
	variable := variablePrefix + strings.ToUpper(field)
	text, found := os.LookupEnv(variable)
	switch {
	case found:
		return notEmpty(text, variable)
	case a.lines != nil:
		return a.line(ctx, label)
	case a.terminal != nil:
		return a.ask(ctx, question{label + ": ", false, enter})
	default:
		return "", moreNeeded(fmt.Sprintf("the server asks for %q", label),
			"set "+variable+", name a file with --secrets, or run in a terminal")
	}
}

// notEmpty returns a secret without the end of its line. An empty secret is an error.
func notEmpty(text, where string) (string, error) {
	if text = strings.TrimRight(text, "\r\n"); text == "" {
		return "", wrongUsage(where+" is empty", "give the secret there, or leave it out to be asked at a terminal")
	}
	return text, nil
}

// line returns the next line of the file of secrets. The last line may lack its end.
func (a *answers) line(ctx context.Context, label string) (string, error) {
	line, err := await(ctx, func() (string, error) { return a.lines.ReadString('\n') })
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("read the file of secrets: %s", withoutPath(err))
	}
	if line == "" {
		return "", moreNeeded(fmt.Sprintf("the server asks for %q, and the file of secrets is at its end", label), "add a line")
	}
	return notEmpty(line, fmt.Sprintf("the line of the file of secrets for %q", label))
}

// question is a question to the user.
type question struct {
	text  string
	seen  bool // the answer is shown
	enter bool // Enter alone is an answer
}

// ask asks the user. After Enter alone it asks again, unless that is an answer.
func (a *answers) ask(ctx context.Context, question question) (string, error) {
	a.typed = true
	for {
		answer, err := a.terminal.ask(ctx, a.screen.safe(question.text), question.seen)
		if err != nil || answer != "" || question.enter {
			return answer, err
		}
	}
}

// choose returns the button to press: the only one, the one of --method, or the one that the
// user chooses.
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
		text, err := a.ask(ctx, question{fmt.Sprintf("Choose (1-%d): ", len(buttons)), true, false})
		if err != nil {
			return button{}, err
		}
		if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil && n >= 1 && n <= len(buttons) {
			return buttons[n-1], nil
		}
	}
}

// list names the buttons, each by a value of --method that fits no other button.
func list(buttons []button) string {
	names := make([]string, len(buttons))
	for i, button := range buttons {
		names[i] = cmp.Or(button.value, button.method)
	}
	return strings.Join(names, ", ")
}
