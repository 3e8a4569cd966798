package orylogin

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/internal/operation"
)

// maxSteps bounds a conversation. The longest real one has about five steps.
const maxSteps = 16

// ErrTooManySteps says that a conversation did not end in time.
var ErrTooManySteps = errors.New("orylogin: the login did not end after 16 steps")

// Step asks for the next submission of a login.
type Step struct {
	// Flow takes the submission and says what it offers: see Flow.Methods and
	// Flow.CodeSent.
	Flow *Flow

	// Err is why there is another step: a [*ValidationError], a [*NextStepError],
	// a [*SecondFactorError], or an [*ExpiredError] if what was submitted was for
	// the old flow only: a mailed code, the answer to a challenge, or a login with
	// [FlowOptions].TokenExchange. It is nil for the first step.
	Err error
}

// LogValue shows what is logged of the flow, and the error's text.
func (s Step) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("flow", fmt.Sprint(s.Flow))}
	if s.Err != nil {
		attributes = append(attributes, slog.String("err", s.Err.Error()))
	}
	return slog.GroupValue(attributes...)
}

// Converse logs in by as many steps as it takes. It creates a flow and calls next
// for the method to submit to it. It calls next again after a refused submission,
// after progress, and, with a new flow, when a second factor is owed. The function
// next runs in the caller's goroutine and must return a method or an error.
//
// No method is submitted twice, except that one whose flow has expired is submitted
// once to a new flow: nothing was checked before. A mailed code is not, nor the answer to
// a challenge, since it belongs to the old flow: next is asked again.
//
// With [FlowOptions].TokenExchange the flow of each step has the code to exchange; keep the
// flow of the last step for [Client.Callback].
//
// The error is nil only for a complete login. Otherwise it is the error that next
// returned, an error of [Client.CreateFlow] or [Client.Submit] after which the login
// cannot go on, or [ErrTooManySteps]. With [WithSessionToken] the conversation is
// about that session: it ends in a [*SessionChangedError] when the login was for
// another one.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) Converse(
	ctx context.Context,
	options FlowOptions,
	next func(context.Context, Step) (Method, error),
	opts ...CallOption,
) (*Login, error) {
	if next == nil {
		return nil, invalidCall("orylogin: the function that chooses the methods is nil")
	}
	conversation := conversation{options: options, call: c.call(opts, sessionToken)}
	step, err := conversation.begin(ctx, nil)
	if err != nil {
		return nil, err
	}
	for range maxSteps {
		method, err := next(ctx, step)
		if err != nil {
			return nil, err
		}
		login, err := conversation.submit(ctx, step.Flow, method)
		if err == nil {
			return conversation.end(login)
		}
		if step, err = conversation.follow(ctx, method, err); err != nil {
			return nil, err
		}
	}
	return nil, fmt.Errorf("%w; the last answer: %v", ErrTooManySteps, step.Err) //nolint:errorlint // one meaning
}

// Refresh logs the session of a token in again, which makes it privileged. It
// returns the same session and token. Its errors are those of [Client.CreateFlow] and
// [Client.Submit], and [*SessionChangedError] if somebody else has logged in; a token
// without a valid session is [ErrSessionInactive], and an empty one [ErrInvalidCall]. After a [*ValidationError] call
// Refresh again, or Submit to the error's Flow with [WithSessionToken]. For a method of
// two steps, such as a code, use [Client.Converse].
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) Refresh(ctx context.Context, token Secret, method Method, opts ...CallOption) (*Login, error) {
	return c.again(ctx, FlowOptions{Refresh: true}, token, method, opts)
}

// StepUp adds a second factor to the session of a token. It returns the same session
// and token. Its errors are those of [Client.CreateFlow] and [Client.Submit]; a token
// without a valid session is [ErrSessionAAL1Required], and an empty one
// [ErrInvalidCall]. After a [*ValidationError],
// such as a wrong code, call StepUp again, or Submit to the error's Flow with
// [WithSessionToken]. For a factor of two steps, such as a mailed code, use
// [Client.Converse] with [FlowOptions].AAL.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) StepUp(ctx context.Context, token Secret, method Method, opts ...CallOption) (*Login, error) {
	return c.again(ctx, FlowOptions{AAL: AAL2}, token, method, opts)
}

// again is a conversation of one step about a session.
func (c *Client) again(
	ctx context.Context, options FlowOptions, token Secret, method Method, opts []CallOption,
) (*Login, error) {
	if _, err := bodyForAnyFlow(method); err != nil {
		return nil, err
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	once := func(_ context.Context, step Step) (Method, error) { return method, step.Err }
	return c.Converse(ctx, options, once, append(opts[:len(opts):len(opts)], WithSessionToken(token))...)
}

// conversation is what is known between its steps.
type conversation struct {
	options FlowOptions // of the present flow
	call    *call
	owed    bool // the call's token is that of a session without its second factor
}

// begin creates the flow of the next step.
func (v *conversation) begin(ctx context.Context, why error) (Step, error) {
	flow, err := v.call.createFlow(ctx, v.options, (*answer).flow)
	if err != nil {
		return Step{}, err
	}
	if v.options.Refresh && !flow.Refresh {
		// The server has quietly made a flow for a first login.
		return Step{}, flow.withoutSession(operation.CreateFlow)
	}
	return Step{Flow: flow, Err: why}, nil
}

// submit submits the method, once more to a new flow if its flow has expired and the
// method is not for that flow alone.
func (v *conversation) submit(ctx context.Context, flow *Flow, method Method) (*Login, error) {
	body, err := wireBody(method)
	if err != nil {
		return nil, err
	}
	login, err := v.call.submit(ctx, flow.ID, body)
	flow.keepCode(err)
	var expired *ExpiredError
	if !errors.As(err, &expired) || v.forOneFlow(method) {
		return login, err
	}
	id := expired.UseFlowID // of a flow for a first factor, whatever the expired one was for
	if id == "" || v.options != (FlowOptions{}) {
		step, err := v.begin(ctx, nil)
		if err != nil {
			return nil, err
		}
		id = step.Flow.ID
	}
	return v.call.submit(ctx, id, body)
}

// forOneFlow reports whether a method is for the flow alone that it was made for: it
// has the code which that flow has mailed, it answers the flow's challenge, or the code to
// exchange is the flow's.
func (v *conversation) forOneFlow(m Method) bool {
	body, ok := m.body().(api.SubmitSelfServiceLoginFlowWithCodeMethodBody)
	return v.options.TokenExchange || answersChallenge(m) || ok && body.Code != ""
}

// follow returns the step after a submission that did not complete the login, or
// the error if there is none.
func (v *conversation) follow(ctx context.Context, method Method, err error) (Step, error) {
	var owed *SecondFactorError
	var answer *APIError
	switch outcome := OutcomeOf(err); {
	case outcome == OutcomeExpired && v.forOneFlow(method):
		return v.begin(ctx, err)
	case (outcome == OutcomeRefused || outcome == OutcomeNextStep) && errors.As(err, &answer):
		return Step{Flow: answer.Flow, Err: err}, nil
	case errors.As(err, &owed) && !v.owed:
		if _, changed := v.end(&Login{Token: owed.Token, Session: owed.Session}); changed != nil {
			return Step{}, changed
		}
		v.options = FlowOptions{AAL: AAL2}
		v.call = &call{client: v.call.client, header: v.call.header, token: owed.Token}
		v.owed = true
		return v.begin(ctx, err)
	default:
		return Step{}, err
	}
}

// end tells the login of the session that the conversation is about from another
// one.
func (v *conversation) end(login *Login) (*Login, error) {
	if v.call.token.IsZero() || v.call.token.Equal(login.Token) {
		return login, nil
	}
	return nil, &SessionChangedError{Login: login}
}
