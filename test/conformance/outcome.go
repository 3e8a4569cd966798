package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
)

// outcome is what the native client makes of an answer; nothing if the request is
// none of its own.
func (r *Run) outcome(a Answer) string {
	client := r.replayed(a)
	dummy := orylogin.NewSecret("not sent")
	switch a.request.method + " " + a.path() {
	case "GET " + nativePath:
		return describeOutcome(client.CreateFlow(r.ctx, orylogin.FlowOptions{}))
	case "GET " + flowsPath:
		return describeOutcome(client.GetFlow(r.ctx, unknownID))
	case "POST " + submitPath:
		return describeOutcome(client.Submit(r.ctx, unknownID, orylogin.Password{}))
	case "GET " + exchangePath:
		return describeOutcome(client.Exchange(r.ctx, dummy, dummy))
	case "GET " + whoamiPath:
		return describeOutcome(client.Whoami(r.ctx, dummy))
	case "DELETE " + logoutPath:
		return describeLogout(client.Logout(r.ctx, dummy))
	}
	return ""
}

// outcome is what package browser makes of an answer.
func (b *Browser) outcome(a Answer) string {
	r := b.run
	visit := b.visitWith(r.replayed(a))
	switch a.request.method + " " + a.path() {
	case "GET " + browserPath:
		return describeOutcome(visit.CreateFlow(r.ctx, browser.FlowOptions{}))
	case "GET " + flowsPath:
		return describeOutcome(visit.GetFlow(r.ctx, unknownID))
	case "POST " + submitPath:
		flow := &browser.Flow{}
		flow.ID = a.submittedTo()
		if a.status/100 == 3 {
			return describeOutcome(visit.SubmitForm(r.ctx, flow.ID, a.form()))
		}
		return describeOutcome(visit.Submit(r.ctx, flow, orylogin.Password{}))
	case "GET " + whoamiPath:
		return describeOutcome(visit.Whoami(r.ctx))
	case "GET " + leavePath:
		return describeLogout(visit.Logout(r.ctx))
	}
	return ""
}

// submittedTo returns the id of the flow that a submission was for.
func (a *Answer) submittedTo() string {
	_, query, _ := strings.Cut(a.request.target, "?")
	values, err := url.ParseQuery(query)
	if err != nil || values.Get("flow") == "" {
		return unknownID
	}
	return values.Get("flow")
}

// form returns the form that was sent, or another one if it was none: the client
// sends no empty one.
func (a *Answer) form() url.Values {
	form, err := url.ParseQuery(string(a.request.body))
	if err != nil || len(form) == 0 {
		return url.Values{"method": {"password"}}
	}
	return form
}

// replayed returns a client that gets the answer, whatever it asks first.
func (r *Run) replayed(a Answer) *orylogin.Client {
	client, err := orylogin.New(r.target.PublicURL, orylogin.WithPlainHTTP(),
		orylogin.WithHTTPClient(&http.Client{Transport: &replay{answer: a, transport: r.target.transport()}}))
	r.must(err, "make a client")
	return client
}

func (t *Target) transport() http.RoundTripper {
	if t.Transport == nil {
		return http.DefaultTransport
	}
	return t.Transport
}

// replay gives the same answer again. After it, it lets a client look at the
// server, as is needed for what is behind a redirect, and change nothing there.
type replay struct {
	answer    Answer
	transport http.RoundTripper
	given     bool
}

func (r *replay) RoundTrip(request *http.Request) (*http.Response, error) {
	if r.given && request.URL.Path != "/self-service/logout" {
		return r.transport.RoundTrip(request)
	}
	if r.given {
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
	}
	r.given = true
	return &http.Response{
		StatusCode: r.answer.status, Header: r.answer.header.Clone(), Request: request,
		Body: io.NopCloser(bytes.NewReader(r.answer.body)), ContentLength: int64(len(r.answer.body)),
	}, nil
}

func describeLogout(err error) string {
	if err == nil {
		return "LoggedOut"
	}
	return describeOutcome[orylogin.Login](nil, err)
}

// describeOutcome says in a few words what a caller of the client gets.
func describeOutcome[T any](value *T, err error) string {
	switch {
	case err == nil && value == nil:
		return "neither a value nor an error"
	case err == nil:
		name := fmt.Sprintf("%T", *value)
		return name[strings.LastIndex(name, ".")+1:]
	case value != nil:
		return "a value and an error"
	}
	return describeOutcomeError(err)
}

func describeOutcomeError(err error) string {
	switch err := err.(type) { //nolint:errorlint // the outermost type is what callers see
	case *orylogin.ValidationError:
		return "ValidationError" + numbers(err.Flow.Messages().Errors()) + meaning(err)
	case *orylogin.NextStepError:
		if err.Flow.CodeSent() {
			return "NextStepError code sent"
		}
		return "NextStepError"
	case *orylogin.SecondFactorError:
		return "SecondFactorError" + present(" with token", !err.Token.IsZero()) + present(" with URL", err.URL != "")
	case *orylogin.VerificationError:
		return "VerificationError" + present(" with flow", err.Flow != nil) +
			present(" with verification", err.Verification != nil)
	case *orylogin.ExpiredError:
		return "ExpiredError" + present(" with replacement", err.UseFlowID != "")
	case *orylogin.LocationChangeError:
		return "LocationChangeError"
	case *orylogin.RedirectError:
		return "RedirectError"
	case *orylogin.SessionChangedError:
		return "SessionChangedError"
	case *orylogin.APIError:
		return "APIError " + strconv.Itoa(err.StatusCode) + present(" "+string(err.ID), err.ID != "") + meaning(err)
	}
	return fmt.Sprintf("%T: %v", err, err)
}

func present(text string, is bool) string {
	if is {
		return text
	}
	return ""
}

func numbers(messages orylogin.Messages) string {
	var text strings.Builder
	for _, message := range messages {
		fmt.Fprintf(&text, " %d", message.ID)
	}
	return text.String()
}

// meanings are what an answer can stand for without an id that says so.
var meanings = []struct {
	target error
	name   string
}{
	{orylogin.ErrSessionAlreadyAvailable, "session_already_available"},
	{orylogin.ErrSessionInactive, "session_inactive"},
	{orylogin.ErrIdentityDisabled, "identity_disabled"},
	{orylogin.ErrBrowserRequest, "browser request"},
	{orylogin.ErrTooManyTries, "too many tries"},
	{orylogin.ErrUndecodableBody, "undecodable body"},
	{orylogin.ErrUnknownAnswer, "unknown answer"},
}

// meaning names what an error stands for without having its id.
func meaning(err error) string {
	var apiErr *orylogin.APIError
	for _, known := range meanings {
		if errors.Is(err, known.target) && (!errors.As(err, &apiErr) || string(apiErr.ID) != known.name) {
			return " (" + known.name + ")"
		}
	}
	return ""
}
