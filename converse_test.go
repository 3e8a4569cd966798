package orylogin_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// Answers of a server, as short as they can be.
const (
	newFlow       = `{"id":"f1","type":"api","ui":{}}`
	refreshFlow   = `{"id":"f1","type":"api","refresh":true,"ui":{}}`
	otherFlow     = `{"id":"f2","type":"api","ui":{}}`
	wrongPassword = `400 {"id":"f1","ui":{"messages":[{"id":4000006,"type":"error"}]}}`
	codeSent      = `400 {"id":"f1","state":"sent_email","ui":{"messages":[{"id":1010014,"type":"info"}]}}`
	owed          = `{"session_token":"t","session":{"id":"s","active":true,"identity":null}}`
	loggedIn      = `{"session_token":"t","session":{"id":"s","active":true,"identity":{"id":"i"}}}`
	someoneElse   = `{"session_token":"t2","session":{"id":"s2","active":true,"identity":{"id":"i2"}}}`
	flowExpired   = `410 {"error":{"id":"self_service_flow_expired"},"use_flow_id":"f2"}`
	signedIn      = `400 {"id":"f1","ui":{"messages":[{"id":4000001,"type":"error","text":"A valid session was detected"}]}}`
	tooOften      = `400 {"id":"f1","state":"sent_email","ui":{"messages":[{"id":4000001,"type":"error","text":"The request was submitted too often."}]}}`
	forbidden     = `403 {"error":{"code":403}}`
)

// script answers one request after the other: a body, which may have a status
// before it.
func script(t *testing.T, answers ...string) *server {
	t.Helper()
	return newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		if len(answers) == 0 {
			t.Error("a request too many")
			return
		}
		answer := answers[0]
		answers = answers[1:]
		status := http.StatusOK
		switch {
		case strings.HasPrefix(answer, "400 "):
			status = http.StatusBadRequest
		case strings.HasPrefix(answer, "403 "):
			status = http.StatusForbidden
		case strings.HasPrefix(answer, "410 "):
			status = http.StatusGone
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer[strings.Index(answer, "{"):])
	})
}

// answering answers each step with the next method, and keeps the steps.
func answering(steps *[]orylogin.Step, methods ...orylogin.Method) func(context.Context, orylogin.Step) (orylogin.Method, error) {
	return func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		*steps = append(*steps, step)
		return methods[len(*steps)-1], nil
	}
}

// sent returns the requests as "METHOD target body".
func sent(s *server) []string {
	var requests []string
	for _, each := range s.seen() {
		requests = append(requests, strings.TrimSpace(each.Method+" "+each.Target+" "+each.Body))
	}
	return requests
}

var (
	guess = orylogin.Password{Identifier: "ada", Password: orylogin.NewSecret("guess")}
	right = orylogin.Password{Identifier: "ada", Password: orylogin.NewSecret("right")}
	totp  = orylogin.TOTP{Code: orylogin.NewSecret("123456")}
)

const (
	createRequest  = "GET /self-service/login/api"
	guessRequest   = `POST /self-service/login?flow=f1 {"identifier":"ada","method":"password","password":"guess","password_identifier":"ada"}`
	rightRequest   = `POST /self-service/login?flow=f1 {"identifier":"ada","method":"password","password":"right","password_identifier":"ada"}`
	toReplacement  = `POST /self-service/login?flow=f2 {"identifier":"ada","method":"password","password":"right","password_identifier":"ada"}`
	totpRequest    = `POST /self-service/login?flow=f2 {"method":"totp","totp_code":"123456"}`
	totpRequestOne = `POST /self-service/login?flow=f1 {"method":"totp","totp_code":"123456"}`
	stepUpRequest  = "GET /self-service/login/api?aal=aal2"
)

func TestConverse(t *testing.T) {
	for name, test := range map[string]struct {
		answers []string
		methods []orylogin.Method
		want    []string
	}{
		"at once": {
			[]string{newFlow, loggedIn},
			[]orylogin.Method{right},
			[]string{createRequest, rightRequest},
		},
		"asked again, not sent again": {
			[]string{newFlow, wrongPassword, loggedIn},
			[]orylogin.Method{guess, right},
			[]string{createRequest, guessRequest, rightRequest},
		},
		"progress": {
			[]string{newFlow, codeSent, loggedIn},
			[]orylogin.Method{orylogin.Code{Identifier: "ada"}, orylogin.Code{Identifier: "ada", Code: orylogin.NewSecret("1")}},
			[]string{
				createRequest,
				`POST /self-service/login?flow=f1 {"identifier":"ada","method":"code"}`,
				`POST /self-service/login?flow=f1 {"code":"1","identifier":"ada","method":"code"}`,
			},
		},
		"second factor": {
			[]string{newFlow, owed, otherFlow, loggedIn},
			[]orylogin.Method{right, totp},
			[]string{createRequest, rightRequest, stepUpRequest, totpRequest},
		},
		"expired, once": {
			[]string{newFlow, flowExpired, loggedIn},
			[]orylogin.Method{right},
			[]string{createRequest, rightRequest, toReplacement},
		},
		"second factor expired, as servers say": {
			[]string{newFlow, owed, newFlow, signedIn, otherFlow, loggedIn},
			[]orylogin.Method{right, totp},
			[]string{createRequest, rightRequest, stepUpRequest, totpRequestOne, stepUpRequest, totpRequest},
		},
		"second factor expired": {
			[]string{newFlow, owed, newFlow, flowExpired, otherFlow, loggedIn},
			[]orylogin.Method{right, totp},
			[]string{createRequest, rightRequest, stepUpRequest, totpRequestOne, stepUpRequest, totpRequest},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, test.answers...)
			var steps []orylogin.Step
			login, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{}, answering(&steps, test.methods...))
			require.NoError(t, err)
			require.Equal(t, "t", login.Token.Reveal())
			require.Len(t, steps, len(test.methods))
			require.NoError(t, steps[0].Err)
			for _, step := range steps[1:] {
				require.Error(t, step.Err)
			}
			require.Equal(t, test.want, sent(s))
		})
	}
}

// TestConverseSendsTheToken looks at the header on the way to a second factor.
func TestConverseSendsTheToken(t *testing.T) {
	s := script(t, newFlow, owed, otherFlow, loggedIn)
	var steps []orylogin.Step
	_, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{}, answering(&steps, right, totp),
		orylogin.WithCallHeader("Traceparent", "x"))
	require.NoError(t, err)
	for i, token := range []string{"", "", "t", "t"} {
		require.Equal(t, token, s.seen()[i].Header.Get("X-Session-Token"))
		require.Equal(t, "x", s.seen()[i].Header.Get("Traceparent"))
	}
}

func TestConverseEnds(t *testing.T) {
	enough := errors.New("enough")
	for name, test := range map[string]struct {
		answers []string
		options orylogin.FlowOptions
		next    func(context.Context, orylogin.Step) (orylogin.Method, error)
		want    error
		kind    string
	}{
		"by the caller": {
			answers: []string{newFlow},
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return nil, enough },
			want:    enough, kind: "untyped",
		},
		"by an answer": {
			answers: []string{newFlow, forbidden},
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return right, nil },
			kind:    "api",
		},
		"expired twice": {
			answers: []string{newFlow, flowExpired, flowExpired},
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return right, nil },
			want:    orylogin.ErrFlowExpired, kind: "expired",
		},
		"owed twice": {
			answers: []string{newFlow, owed, newFlow, owed},
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return right, nil },
			want:    orylogin.ErrSessionAAL2Required, kind: "second factor",
		},
		"no method": {
			answers: []string{newFlow},
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return nil, nil }, //nolint:nilnil // a careless caller
			kind:    "untyped",
		},
		"a method for browsers": {
			answers: []string{newFlow},
			next: func(context.Context, orylogin.Step) (orylogin.Method, error) {
				return orylogin.Passkey{Response: orylogin.NewSecret("{}")}, nil
			},
			kind: "untyped",
		},
		"by the last answer": {
			answers: append(append([]string{newFlow}, repeat(wrongPassword, 15)...), forbidden),
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return guess, nil },
			kind:    "api",
		},
		"too many wrong codes": {
			answers: []string{newFlow, codeSent, tooOften},
			next: func(context.Context, orylogin.Step) (orylogin.Method, error) {
				return orylogin.Code{Identifier: "ada", Code: orylogin.NewSecret("1")}, nil
			},
			want: orylogin.ErrTooManyTries, kind: "validation",
		},
		"without end": {
			answers: append([]string{newFlow}, repeat(wrongPassword, 16)...),
			next:    func(context.Context, orylogin.Step) (orylogin.Method, error) { return guess, nil },
			want:    orylogin.ErrTooManySteps, kind: "untyped",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, test.answers...)
			login, err := newClient(t, s.URL).Converse(t.Context(), test.options, test.next)
			require.Nil(t, login)
			require.Error(t, err)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			require.Equal(t, test.kind, outcomeOf(err).kind, "%v", err)
			require.Len(t, s.seen(), len(test.answers))
		})
	}
}

func repeat(answer string, times int) []string {
	answers := make([]string, times)
	for i := range answers {
		answers[i] = answer
	}
	return answers
}

// TestTooManyStepsHasTheLastRefusal: a program can still show it.
func TestTooManyStepsHasTheLastRefusal(t *testing.T) {
	s := script(t, append([]string{newFlow}, repeat(wrongPassword, 16)...)...)
	_, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{},
		func(context.Context, orylogin.Step) (orylogin.Method, error) { return guess, nil })
	require.ErrorIs(t, err, orylogin.ErrTooManySteps)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
}

// TestConverseMailedCodeExpired: the code belongs to the flow that has expired. To send
// it to another one would have that mail a code that nobody has asked for.
func TestConverseMailedCodeExpired(t *testing.T) {
	code := orylogin.NewSecret("1")
	for name, test := range map[string]struct {
		answers []string
		methods []orylogin.Method
		expired int // the step that says so
		want    []string
	}{
		"first factor": {
			[]string{newFlow, codeSent, flowExpired, otherFlow, loggedIn},
			[]orylogin.Method{orylogin.Code{Identifier: "ada"}, orylogin.Code{Identifier: "ada", Code: code}, right},
			2,
			[]string{
				createRequest,
				`POST /self-service/login?flow=f1 {"identifier":"ada","method":"code"}`,
				`POST /self-service/login?flow=f1 {"code":"1","identifier":"ada","method":"code"}`,
				createRequest, toReplacement,
			},
		},
		"second factor, as servers say": {
			[]string{newFlow, owed, newFlow, signedIn, otherFlow, loggedIn},
			[]orylogin.Method{right, &orylogin.Code{Code: code}, totp},
			2,
			[]string{
				createRequest, rightRequest, stepUpRequest,
				`POST /self-service/login?flow=f1 {"code":"1","method":"code"}`,
				stepUpRequest, totpRequest,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, test.answers...)
			var steps []orylogin.Step
			_, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{}, answering(&steps, test.methods...))
			require.NoError(t, err)
			var expired *orylogin.ExpiredError
			require.ErrorAs(t, steps[test.expired].Err, &expired)
			require.ErrorIs(t, expired, orylogin.ErrFlowExpired)
			require.NotZero(t, expired.StatusCode)
			require.Equal(t, "f2", steps[test.expired].Flow.ID)
			require.Equal(t, test.want, sent(s))
		})
	}
}

// TestConverseWithOptions: the replacement that the server makes of an expired
// flow has none of the options, so that a new one is needed.
func TestConverseWithOptions(t *testing.T) {
	s := script(t, newFlow, flowExpired, otherFlow, loggedIn)
	var steps []orylogin.Step
	_, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{ReturnTo: "app://x"}, answering(&steps, right))
	require.NoError(t, err)
	const create = createRequest + "?return_to=app%3A%2F%2Fx"
	require.Equal(t, []string{create, rightRequest, create, toReplacement}, sent(s))
}

// TestConverseWithExchange: the caller needs the code of the flow that is
// submitted to, and so is asked again when there is a new one.
func TestConverseWithExchange(t *testing.T) {
	s := script(t, newFlow, flowExpired, otherFlow, loggedIn)
	var steps []orylogin.Step
	_, err := newClient(t, s.URL).Converse(t.Context(), orylogin.FlowOptions{TokenExchange: true}, answering(&steps, right, right))
	require.NoError(t, err)
	require.Equal(t, "f2", steps[1].Flow.ID)
	require.ErrorIs(t, steps[1].Err, orylogin.ErrFlowExpired)
	const create = createRequest + "?return_session_token_exchange_code=true"
	require.Equal(t, []string{create, rightRequest, create, toReplacement}, sent(s))
}

func TestRefreshAndStepUp(t *testing.T) {
	mine := orylogin.NewSecret("t")
	refresh := func(c *orylogin.Client) (*orylogin.Login, error) {
		return c.Refresh(context.Background(), mine, right)
	}
	stepUp := func(c *orylogin.Client) (*orylogin.Login, error) {
		return c.StepUp(context.Background(), mine, totp)
	}
	for name, test := range map[string]struct {
		call    func(*orylogin.Client) (*orylogin.Login, error)
		answers []string
		want    error
		kind    string
	}{
		"refreshed":             {refresh, []string{refreshFlow, loggedIn}, nil, "success"},
		"refreshed, expired":    {refresh, []string{refreshFlow, signedIn, refreshFlow, loggedIn}, nil, "success"},
		"refused":               {refresh, []string{refreshFlow, wrongPassword}, orylogin.ErrInvalidCredentials, "validation"},
		"the session has ended": {refresh, []string{newFlow}, orylogin.ErrSessionInactive, "api"},
		"stepped up":            {stepUp, []string{newFlow, loggedIn}, nil, "success"},
		"code is sent":          {stepUp, []string{newFlow, codeSent}, nil, "next step"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := script(t, test.answers...)
			login, err := test.call(newClient(t, s.URL))
			require.Equal(t, test.kind, outcomeOf(err).kind, "%v", err)
			require.Equal(t, err == nil, login != nil)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			for _, each := range s.seen() {
				require.Equal(t, "t", each.Header.Get("X-Session-Token"))
			}
		})
	}

	// Somebody else, or the same user in another session.
	for _, call := range []func(*orylogin.Client) (*orylogin.Login, error){refresh, stepUp} {
		login, err := call(newClient(t, script(t, refreshFlow, someoneElse).URL))
		require.Nil(t, login)
		var changed *orylogin.SessionChangedError
		require.ErrorAs(t, err, &changed)
		require.False(t, changed.CanContinue())
		require.Equal(t, "t2", changed.Login.Token.Reveal())
		require.Equal(t, "i2", changed.Login.Session.Identity.ID)
	}
}

// TestRefreshIsOneCall bounds both of its requests by one limit, and sends
// nothing for a mistake.
func TestRefreshIsOneCall(t *testing.T) {
	s := newServer(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(60 * time.Millisecond)
		reply(200, refreshFlow)(w, r)
	})
	client := newClient(t, s.URL, orylogin.WithTimeout(100*time.Millisecond))
	_, err := client.Refresh(t.Context(), token, right)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.Len(t, s.seen(), 2)

	for _, err := range []error{
		second(client.Refresh(t.Context(), token, nil)),
		second(client.StepUp(t.Context(), orylogin.Secret{}, totp)),
		second(client.Converse(t.Context(), orylogin.FlowOptions{}, nil)),
		second(client.Converse(t.Context(), orylogin.FlowOptions{Refresh: true}, answering(nil))),
	} {
		require.Equal(t, "untyped", outcomeOf(err).kind)
	}
	require.Len(t, s.seen(), 2)
}

func second[T any](_ T, err error) error { return err }

func TestSessionAccessors(t *testing.T) {
	session, err := newClient(t, newServer(t, replay(t, "v26.2.0/whoami")).URL).Whoami(t.Context(), token)
	require.NoError(t, err)
	var traits struct{ Email string }
	require.NoError(t, session.Traits(&traits))
	require.Equal(t, "a@example.com", traits.Email)
	metadata := map[string]any{"kept": true}
	require.NoError(t, session.PublicMetadata(&metadata))
	require.Equal(t, map[string]any{"kept": true}, metadata)
	require.Error(t, session.Traits(&[]string{}))

	session = &orylogin.Session{}
	require.Error(t, session.Traits(&traits))
	require.Error(t, session.PublicMetadata(&metadata))
	session = nil
	require.Error(t, session.Traits(&traits))
}

func TestTokenizeAs(t *testing.T) {
	s := newServer(t, reply(200, `{"id":"s","active":true,"identity":{"id":"i"},"tokenized":"jwt"}`))
	session, err := newClient(t, s.URL).Whoami(t.Context(), token, orylogin.WithTokenizeAs("a b"))
	require.NoError(t, err)
	require.Equal(t, "jwt", session.Tokenized.Reveal())
	require.Equal(t, "/sessions/whoami?tokenize_as=a+b", s.only(t).Target)

	_, err = newClient(t, s.URL).Whoami(t.Context(), token, orylogin.WithTokenizeAs(""))
	require.ErrorContains(t, err, "template is empty")
}
