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

// ErrTooManySteps says that a conversation did not end within 16 steps.
var ErrTooManySteps = errors.New("orylogin: the login did not end after 16 steps")

// Step asks for the next submission of a login.
type Step struct {
	// Flow takes the submission and says what it offers: see Flow.Methods and Flow.CodeSent.
	Flow *Flow

	// Err is why there is another step: a [*ValidationError], a [*NextStepError] or a
	// [*SecondFactorError]. It is an [*ExpiredError] if the flow has expired and the
	// submission cannot be sent to a new flow: a mailed code, the answer to a challenge, or a
	// login with [FlowOptions].TokenExchange. It is nil for the first step.
	Err error
}

// LogValue shows the flow's id, type and state, and the error's text.
func (s Step) LogValue() slog.Value {
	attributes := []slog.Attr{slog.String("flow", fmt.Sprint(s.Flow))}
	if s.Err != nil {
		attributes = append(attributes, slog.String("err", s.Err.Error()))
	}
	return slog.GroupValue(attributes...)
}

// Converse logs in with as many steps as the login takes. It creates a flow and calls next
// for the method to submit. It calls next again after a refused submission and after
// progress. When the login needs a second factor, it calls next with a new flow. The function
// next runs in the caller's goroutine and must return a method or an error.
//
// No method is submitted twice, with one exception: a method whose flow has expired is
// submitted once more, to a new flow, since the server has checked nothing before. A mailed
// code, the answer to a challenge, and each method with [FlowOptions].TokenExchange belong to
// the old flow: there Converse calls next again.
//
// With [FlowOptions].TokenExchange the flow of each step has the code to exchange. Keep the
// flow of the last step for [Client.Callback].
//
// The error is nil only for a complete login. Otherwise it is the error that next returned, an
// error of [Client.CreateFlow] or [Client.Submit] that ends the login, or [ErrTooManySteps].
// If the flow for the second factor cannot be created, it is the [*SecondFactorError] of the
// first factor, and its text says why. Continue with its Token, or revoke it. A method with a
// text that is not valid UTF-8 ends the conversation with [ErrInvalidCall].
//
// With [WithSessionToken] the conversation is about that session: a login for another session
// is a [*SessionChangedError].
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

// Refresh lets the user of a session log in again. The session becomes privileged: see
// [FlowOptions].Refresh. Refresh returns the same session and token. It asks for the first
// factor: [Client.StepUp] renews a second one. Its errors are those of [Client.CreateFlow] and
// [Client.Submit], and a [*SessionChangedError] if another user has logged in. A token without
// a valid session returns [ErrSessionInactive], an empty token [ErrInvalidCall]. If the flow
// has expired, Refresh submits the method once more, as [Client.Converse] does. After a
// [*ValidationError] call Refresh again. For a method of two steps, such as a code, use
// Converse.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) Refresh(ctx context.Context, token Secret, method Method, opts ...CallOption) (*Login, error) {
	return c.again(ctx, FlowOptions{Refresh: true}, token, method, opts)
}

// StepUp adds a second factor to the session of a token, or renews it if the session has one.
// It returns the same session and token. Its errors are those of [Client.CreateFlow] and
// [Client.Submit], and a [*SessionChangedError] if the login is of another session. A token
// without a valid session returns [ErrSessionAAL1Required], an empty token [ErrInvalidCall].
// If the flow has expired, StepUp submits the method once more, as [Client.Converse] does.
// After a [*ValidationError], such as a wrong code, call StepUp again. If another call has
// added a second factor meanwhile, the error is [ErrSessionAlreadyAvailable]: the session has
// the factor, and the server has not checked the method.
//
// For a factor of two steps, such as a mailed code, use Converse with [FlowOptions].AAL. To
// renew such a factor, set [FlowOptions].Refresh, too.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (c *Client) StepUp(ctx context.Context, token Secret, method Method, opts ...CallOption) (*Login, error) {
	return c.again(ctx, FlowOptions{AAL: AAL2}, token, method, opts)
}

// again makes a conversation of one step about a session. If the session already has the second
// factor, it asks for that factor again.
func (c *Client) again(
	ctx context.Context, options FlowOptions, token Secret, method Method, opts []CallOption,
) (*Login, error) {
	if _, err := bodyForAnyFlow(method); err != nil {
		return nil, err
	}
	ctx, cancel := c.bound(ctx)
	defer cancel()
	once := func(_ context.Context, step Step) (Method, error) { return method, step.Err }
	opts = append(opts[:len(opts):len(opts)], WithSessionToken(token))
	login, err := c.Converse(ctx, options, once, opts...)
	var answer *APIError
	if options.AAL == AAL2 && errors.As(err, &answer) && answer.Operation == operation.CreateFlow && errors.Is(err, ErrSessionAlreadyAvailable) {
		options.Refresh = true
		return c.Converse(ctx, options, once, opts...)
	}
	return login, err
}

// conversation is the state between the steps.
type conversation struct {
	options FlowOptions // of the present flow
	call    *call
	owed    bool // the token's session owes a second factor
}

// begin creates the flow of the next step.
func (v *conversation) begin(ctx context.Context, why error) (Step, error) {
	flow, err := v.call.createFlow(ctx, v.options, (*answer).flow)
	if err != nil {
		return Step{}, err
	}
	if v.options.Refresh && !flow.Refresh {
		// Without a session, the server creates a flow for a first factor and says nothing
		// about it.
		return Step{}, flow.withoutSession(operation.CreateFlow)
	}
	return Step{Flow: flow, Err: why}, nil
}

// submit submits the method. If the flow has expired and the method is not for that flow alone,
// it submits the method once more, to a new flow.
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
	id := expired.UseFlowID // this flow is for a first factor, whatever the expired one was for
	if id == "" || v.options != (FlowOptions{}) {
		step, err := v.begin(ctx, nil)
		if err != nil {
			return nil, err
		}
		id = step.Flow.ID
	}
	return v.call.submit(ctx, id, body)
}

// forOneFlow reports whether a method is for its own flow alone. That is so if it has the code
// that the flow has mailed, if it answers the flow's challenge, or if the flow has the code to
// exchange.
func (v *conversation) forOneFlow(m Method) bool {
	body, ok := m.body().(api.SubmitSelfServiceLoginFlowWithCodeMethodBody)
	return v.options.TokenExchange || answersChallenge(m) || ok && body.Code != ""
}

// follow returns the step after a submission that did not complete the login. If there is no
// such step, it returns the error.
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
		step, failed := v.begin(ctx, err)
		if failed != nil {
			return Step{}, fmt.Errorf("%w; create its flow: %v", err, failed) //nolint:errorlint // one meaning
		}
		return step, nil
	default:
		return Step{}, err
	}
}

// end returns the login if it is for the session of the conversation. Otherwise it returns an
// error.
func (v *conversation) end(login *Login) (*Login, error) {
	if v.call.token.IsZero() || v.call.token.Equal(login.Token) {
		return login, nil
	}
	return nil, &SessionChangedError{Login: login}
}
