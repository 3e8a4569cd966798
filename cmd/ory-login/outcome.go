package main

import (
	"cmp"
	"context"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/private"
)

// The exit codes. Scripts rely on them.
const (
	exitOK          = 0
	exitOther       = 1
	exitUsage       = 2
	exitRefused     = 3
	exitMore        = 4
	exitFailed      = 5
	exitNoSession   = 6
	exitInterrupted = 130
)

// The advice for the most frequent problems.
const (
	nextLogin  = "log in with ory-login login"
	nextAgain  = "run ory-login login again"
	nextServer = "check that --url is the server's public API, or ask whoever runs the server"
)

// problem says why a command has failed.
type problem struct {
	Exit    int    `json:"exit_code"`
	What    string `json:"what"`
	Message string `json:"message,omitempty"` // from the server
	ID      string `json:"id,omitempty"`      // from the server, of its message or its error
	Request string `json:"request_id,omitempty"`
	Next    string `json:"next,omitempty"`
}

func (p *problem) Error() string { return p.What }

func wrongUsage(what, next string) error {
	return &problem{Exit: exitUsage, What: what, Next: next}
}

func noSession(what string) error {
	return &problem{Exit: exitNoSession, What: what, Next: nextLogin}
}

func moreNeeded(what, next string) error {
	return &problem{Exit: exitMore, What: what, Next: next}
}

// checkText refuses a text that cannot be sent to a server. It has bytes that are not UTF-8, or
// the character that replaces such bytes.
func checkText(name, text string) error {
	if !strings.ContainsRune(text, utf8.RuneError) {
		return nil
	}
	return wrongUsage(name+" is not UTF-8", "write it in UTF-8")
}

// errInterrupted says that the user has interrupted the program.
var errInterrupted = errors.New("interrupted")

// explain returns the problem that the user is told for an error.
func explain(err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	var distrusted *private.Error
	if errors.As(err, &distrusted) {
		next := distrusted.Next
		if next == private.NextFolder {
			next += " with XDG_CONFIG_HOME, or on macOS with HOME"
		}
		return &problem{Exit: exitOther, What: distrusted.Path + " " + distrusted.Why, Next: next}
	}
	if errors.Is(err, errInterrupted) || errors.Is(err, context.Canceled) {
		return &problem{Exit: exitInterrupted, What: errInterrupted.Error()}
	}
	verdict := judge(err)
	p := &problem{Exit: verdict.exit, What: plain(err), Next: verdict.next}
	p.fromServer(err)
	return p
}

// verdict is an exit code and advice.
type verdict struct {
	exit int
	next string
}

// verdicts are the verdicts for outcomes about which the user can do something.
var verdicts = map[orylogin.Outcome]verdict{
	orylogin.OutcomeRefused:        {exitRefused, nextAgain},
	orylogin.OutcomeTooManyTries:   {exitRefused, nextAgain},
	orylogin.OutcomeDisabled:       {exitRefused, "ask whoever runs the server to enable the account, or registration"},
	orylogin.OutcomeVerification:   {exitMore, "verify the address, then log in again"},
	orylogin.OutcomeRegistration:   {exitMore, "register in a browser, then log in again"},
	orylogin.OutcomeSecondFactor:   {exitMore, "log in again and give the second factor"},
	orylogin.OutcomeLocationChange: {exitMore, "log in in a browser"},
	orylogin.OutcomeNoSession:      {exitNoSession, nextLogin},
	orylogin.OutcomeExpired:        {exitFailed, nextAgain},
	orylogin.OutcomeNoAnswer:       {exitFailed, "check --url and the network"},
	orylogin.OutcomeUnsupported:    {exitFailed, "ask whoever runs the server for Kratos v0.9 or later, or check --url"},
}

func judge(err error) verdict {
	if errors.Is(err, orylogin.ErrTooManySteps) {
		return verdict{exitMore, nextAgain}
	}
	if known, found := verdicts[orylogin.OutcomeOf(err)]; found {
		return known
	}
	var answer *orylogin.APIError
	if errors.As(err, &answer) {
		return verdict{exitFailed, lookAt(answer, err)}
	}
	return verdict{exitOther, ""}
}

// lookAt says where an answer may come from if it means nothing to the user.
func lookAt(answer *orylogin.APIError, err error) string {
	var redirect *orylogin.RedirectError
	if errors.As(err, &redirect) {
		return "check --url: the server redirects to " + cmp.Or(withoutSecrets(redirect.Location), "another place")
	}
	if errors.Is(err, orylogin.ErrBrowserRequest) || errors.Is(err, orylogin.ErrUndecodableBody) {
		return "check the proxy between this machine and the server: it changes requests"
	}
	if answer.RetryAfter > 0 {
		return "try again in " + answer.RetryAfter.String()
	}
	if errors.Is(err, orylogin.ErrRateLimited) {
		return "try again later"
	}
	return nextServer
}

// fromServer adds the server's message.
func (p *problem) fromServer(err error) {
	var answer *orylogin.APIError
	if !errors.As(err, &answer) {
		return
	}
	p.Message = cmp.Or(answer.Reason, answer.Message)
	p.ID = string(answer.ID)
	p.Request = answer.RequestID
	if len(answer.Flow.Messages().Errors()) > 0 {
		p.What = "the server refused the login"
		p.quote(answer.Flow)
	}
}

// quote adds the messages with which a flow refuses something.
func (p *problem) quote(flow *orylogin.Flow) {
	var texts, ids []string
	for _, message := range flow.Messages().Errors() {
		texts = append(texts, message.Text)
		ids = append(ids, strconv.FormatInt(int64(message.ID), 10))
	}
	p.Message, p.ID = strings.Join(texts, " "), strings.Join(ids, ", ")
}

// said returns the server's message, with its id in parentheses.
func (p *problem) said() string {
	if p.Message == "" || p.ID == "" {
		return p.Message + p.ID
	}
	return p.Message + " (" + p.ID + ")"
}

// plain returns an error's text without the names of the library, its operation and its types,
// which help only those who write Go.
func plain(err error) string {
	if errors.Is(err, orylogin.ErrTooManySteps) {
		return "the login took too many steps"
	}
	text := strings.TrimPrefix(err.Error(), "orylogin: ")
	var (
		answer  *orylogin.APIError
		network *orylogin.TransportError
	)
	if errors.As(err, &answer) || errors.As(err, &network) {
		_, text, _ = strings.Cut(text, ": ")
	}
	text, _, _ = strings.Cut(text, ": an error of type ")
	return text
}
