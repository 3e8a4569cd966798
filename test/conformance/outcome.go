package conformance

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/orylogin/orylogin"
)

// outcome returns what the native client makes of an answer. It is empty if a native client
// does not send the request.
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
		return describeDone(client.Logout(r.ctx, dummy))
	case "GET " + readyPath:
		return describeDone(client.Ready(r.ctx))
	}
	return a.aboutSessions(r.ctx, client.OtherSessions(dummy))
}

// aboutSessions returns what a client makes of an answer about other sessions.
func (a *Answer) aboutSessions(ctx context.Context, others *orylogin.OtherSessions) string {
	id, isOne := strings.CutPrefix(a.path(), sessionsPath+"/")
	switch {
	case a.request.method == http.MethodDelete && isOne:
		err := others.Revoke(ctx, id)
		if errors.Is(err, orylogin.ErrInvalidCall) {
			return "" // a client does not send this request
		}
		return describeDone(err)
	case a.path() != sessionsPath:
		return ""
	case a.request.method == http.MethodDelete:
		return describeDone(others.RevokeAll(ctx))
	}
	list, err := others.List(ctx, 1)
	if list != nil && err != nil {
		return "sessions and an error"
	}
	return describeDone(err)
}

// outcome returns what a visit of the browser makes of an answer. The visit has the cookies
// that the browser had before the answer.
func (b *Browser) outcome(a Answer) string {
	r := b.run
	visit := b.visitWith(r.replayed(a), a.request.header.Get("Cookie"))
	switch a.request.method + " " + a.path() {
	case "GET " + browserPath:
		return describeOutcome(visit.CreateFlow(r.ctx, orylogin.FlowOptions{}))
	case "GET " + flowsPath:
		return describeOutcome(visit.GetFlow(r.ctx, unknownID))
	case "POST " + submitPath:
		flow := &orylogin.Flow{}
		flow.ID = a.submittedTo()
		if a.status/100 == 3 && flow.ID == "" {
			return "" // a visit fetches the flow before it submits the form
		}
		if a.status/100 == 3 {
			return describeOutcome(visit.SubmitForm(r.ctx, flow.ID, a.form()))
		}
		flow.ID = cmp.Or(flow.ID, unknownID)
		return describeOutcome(visit.Submit(r.ctx, flow, orylogin.Password{}))
	case "GET " + whoamiPath:
		return describeOutcome(visit.Whoami(r.ctx))
	case "GET " + leavePath:
		return describeDone(visit.Logout(r.ctx))
	}
	return a.aboutSessions(r.ctx, visit.OtherSessions())
}

// submittedTo returns the id of the flow of a submission, if the request names one.
func (a *Answer) submittedTo() string {
	_, query, _ := strings.Cut(a.request.target, "?")
	values, err := url.ParseQuery(query)
	if err != nil {
		return ""
	}
	return values.Get("flow")
}

// form returns the submitted form. If the request had no form, it returns another one, since
// the client sends no empty form.
func (a *Answer) form() url.Values {
	form, err := url.ParseQuery(string(a.request.body))
	if err != nil || len(form) == 0 {
		return url.Values{"method": {"password"}}
	}
	return form
}

// replayed returns a client that gets the answer to its request.
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

// replay is a transport that gives the answer again, to the first request for the same path. A
// client needs more requests before and after it: for the browser's session, for the flow of a
// form, and for the target of a redirect. These go to the server. Requests that change
// something there do not.
type replay struct {
	answer    Answer
	transport http.RoundTripper
	given     bool
}

func (r *replay) RoundTrip(request *http.Request) (*http.Response, error) {
	switch {
	case !r.given && request.URL.Path == r.answer.path():
		r.given = true
		return &http.Response{
			StatusCode: r.answer.status, Header: r.answer.header.Clone(), Request: request,
			Body: io.NopCloser(bytes.NewReader(r.answer.body)), ContentLength: int64(len(r.answer.body)),
		}, nil
	case !r.given && request.URL.Query().Get("id") == unknownID: // a form without a flow, which a client cannot send
		return &http.Response{
			StatusCode: http.StatusGone, Header: http.Header{"Content-Type": {typeJSON}}, Request: request,
			Body: io.NopCloser(strings.NewReader(`{"error":{"id":"self_service_flow_expired","code":410}}`)),
		}, nil
	case request.URL.Path == "/self-service/logout":
		return &http.Response{StatusCode: http.StatusNoContent, Header: http.Header{}, Body: http.NoBody, Request: request}, nil
	default:
		response, err := r.transport.RoundTrip(request)
		if err == nil {
			r.answer.run.noteFlow(request.URL, response.StatusCode)
		}
		return response, err
	}
}

func describeDone(err error) string {
	if err == nil {
		return string(orylogin.OutcomeDone)
	}
	return outcomeOf(err)
}

// describeOutcome describes the result of a call in a few words.
func describeOutcome[T any](value *T, err error) string {
	_, isLogin := any(value).(*orylogin.Login)
	switch {
	case err == nil && value == nil:
		return "neither a value nor an error"
	case err != nil && value != nil:
		return "a value and an error"
	case err == nil && !isLogin:
		return string(orylogin.OutcomeDone)
	}
	return outcomeOf(err)
}

// outcomeOf returns the outcome of an error, with its details.
func outcomeOf(err error) string { return string(orylogin.OutcomeOf(err)) + details(err) }

func details(err error) string {
	switch err := err.(type) { //nolint:errorlint // callers see the outermost type
	case nil, *orylogin.LocationChangeError, *orylogin.RegistrationError, *orylogin.SessionChangedError:
		return ""
	case *orylogin.ValidationError:
		return numbers(err.Flow)
	case *orylogin.NextStepError:
		return present(" code sent", err.Flow.CodeSent())
	case *orylogin.SecondFactorError:
		return present(" with token", !err.Token.IsZero()) + present(" with URL", err.URL != "")
	case *orylogin.VerificationError:
		return present(" with flow", err.Flow != nil) + present(" with verification", err.Verification != nil)
	case *orylogin.ExpiredError:
		return present(" with replacement", err.UseFlowID != "")
	case *orylogin.RedirectError:
		return " (redirect)"
	case *orylogin.APIError:
		return " " + strconv.Itoa(err.StatusCode) + present(" "+string(err.ID), err.ID != "") + numbers(err.Flow) + cause(err)
	}
	return fmt.Sprintf(" %T: %v", err, err)
}

func present(text string, is bool) string {
	if is {
		return text
	}
	return ""
}

// numbers lists the ids of the messages with which a flow refuses a submission.
func numbers(flow *orylogin.Flow) string {
	var text strings.Builder
	for _, message := range flow.Messages().Errors() {
		fmt.Fprintf(&text, " %d", message.ID)
	}
	return text.String()
}

// cause names an error that has the same outcome as others and no id to tell it from them.
func cause(err error) string {
	switch {
	case errors.Is(err, orylogin.ErrBrowserRequest):
		return " (browser request)"
	case errors.Is(err, orylogin.ErrUndecodableBody):
		return " (undecodable body)"
	case errors.Is(err, orylogin.ErrUnknownToken):
		return " (unknown token)"
	}
	return ""
}
