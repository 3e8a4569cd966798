package orylogin_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// chooser is the function that Converse asks for methods.
type chooser = func(context.Context, orylogin.Step) (orylogin.Method, error)

// move is the answer to one step.
type move func(*orylogintest.Server, orylogin.Step) orylogin.Method

// give answers with a method.
func give(method orylogin.Method) move {
	return func(*orylogintest.Server, orylogin.Step) orylogin.Method { return method }
}

// late answers with a method after the flow has expired.
func late(method orylogin.Method) move {
	return func(server *orylogintest.Server, step orylogin.Step) orylogin.Method {
		server.ExpireFlow(step.Flow.ID)
		return method
	}
}

// mailed answers with the code that was mailed to ada.
func mailed(server *orylogintest.Server, _ orylogin.Step) orylogin.Method {
	return orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(server.Code(ada.Email))}
}

// tooOld answers with that code after it has expired.
func tooOld(server *orylogintest.Server, step orylogin.Step) orylogin.Method {
	server.ExpireCode(ada.Email)
	return mailed(server, step)
}

// always answers each step with the same method.
func always(method orylogin.Method) chooser {
	return func(context.Context, orylogin.Step) (orylogin.Method, error) { return method, nil }
}

// created lists the flows that were created.
func created(server *orylogintest.Server) []string {
	var flows []string
	for _, each := range server.Requests(orylogintest.CreateFlow) {
		flows = append(flows, each.Query("aal")+each.Query("return_to")+asWhom(each))
	}
	return flows
}

// submitted lists what was submitted to which flow. Flows have numbers, in the order of their
// first submissions.
func submitted(server *orylogintest.Server) []string {
	var methods, flows []string
	for _, each := range server.Requests(orylogintest.Submit) {
		if !slices.Contains(flows, each.Query("flow")) {
			flows = append(flows, each.Query("flow"))
		}
		number := 1 + slices.Index(flows, each.Query("flow"))
		methods = append(methods, fmt.Sprintf("%s to %d%s", each.Field("method"), number, asWhom(each)))
	}
	return methods
}

func asWhom(request orylogintest.Request) string {
	if request.Header("X-Session-Token") != "" {
		return " with token"
	}
	return ""
}

func TestConverse(t *testing.T) {
	const app = "https://app.example.com/"
	for name, test := range map[string]struct {
		server    []orylogintest.Option
		options   orylogin.FlowOptions
		moves     []move
		created   []string
		submitted []string
		expired   int // the step with the ExpiredError
	}{
		"at once": {
			moves:     []move{give(password)},
			created:   []string{""},
			submitted: []string{"password to 1"},
		},
		"asked again, not sent again": {
			moves:     []move{give(guess), give(password)},
			created:   []string{""},
			submitted: []string{"password to 1", "password to 1"},
		},
		"progress": {
			moves:     []move{give(orylogin.Code{Identifier: ada.Email}), mailed},
			created:   []string{""},
			submitted: []string{"code to 1", "code to 1"},
		},
		"second factor": {
			moves:     []move{give(passwordOf(grace)), give(backup)},
			created:   []string{"", "aal2 with token"},
			submitted: []string{"password to 1", "lookup_secret to 2 with token"},
		},
		"second factor, with options": {
			options:   orylogin.FlowOptions{ReturnTo: app},
			moves:     []move{give(passwordOf(grace)), give(backup)},
			created:   []string{app, "aal2 with token"},
			submitted: []string{"password to 1", "lookup_secret to 2 with token"},
		},
		"expired, once": { // the server replaces the flow
			moves:     []move{late(password)},
			created:   []string{""},
			submitted: []string{"password to 1", "password to 2"},
		},
		"expired, with options": { // the server's replacement lacks them
			options:   orylogin.FlowOptions{ReturnTo: app},
			moves:     []move{late(password)},
			created:   []string{app, app},
			submitted: []string{"password to 1", "password to 2"},
		},
		"expired, with a code to exchange": { // of the flow that is submitted to
			options:   orylogin.FlowOptions{TokenExchange: true},
			moves:     []move{late(password), give(password)},
			created:   []string{"", ""},
			submitted: []string{"password to 1", "password to 2"},
			expired:   1,
		},
		"second factor expired": { // servers answer that there is a session
			moves:     []move{give(passwordOf(grace)), late(backup)},
			created:   []string{"", "aal2 with token", "aal2 with token"},
			submitted: []string{"password to 1", "lookup_secret to 2 with token", "lookup_secret to 3 with token"},
		},
		// A mailed code belongs to the flow that has expired. If it were submitted to another
		// flow, that flow would mail a code that nobody has asked for.
		"mailed code expired": {
			moves:     []move{give(orylogin.Code{Identifier: ada.Email}), tooOld, give(password)},
			created:   []string{"", ""},
			submitted: []string{"code to 1", "code to 1", "password to 2"},
			expired:   2,
		},
		"flow of a mailed second factor expired": {
			server:    []orylogintest.Option{orylogintest.WithCodeSecondFactor()},
			moves:     []move{give(passwordOf(grace)), late(&orylogin.Code{Code: orylogin.NewSecret("1")}), give(backup)},
			created:   []string{"", "aal2 with token", "aal2 with token"},
			submitted: []string{"password to 1", "code to 2 with token", "lookup_secret to 3 with token"},
			expired:   2,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			options := append(test.server, orylogintest.WithHighestAAL(), orylogintest.WithCode(), orylogintest.WithReturnTo(app))
			server := newKratos(t, options...)
			var steps []orylogin.Step
			login, err := server.Client().Converse(t.Context(), test.options,
				func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
					steps = append(steps, step)
					return test.moves[len(steps)-1](server, step), nil
				}, orylogin.WithCallHeader("Traceparent", "x"))
			require.NoError(t, err)
			require.NotNil(t, login.Session.Identity)
			require.Len(t, steps, len(test.moves))
			require.NoError(t, steps[0].Err)
			for _, step := range steps[1:] {
				require.Error(t, step.Err)
			}
			require.Equal(t, test.created, created(server))
			require.Equal(t, test.submitted, submitted(server))
			for _, each := range append(server.Requests(orylogintest.CreateFlow), server.Requests(orylogintest.Submit)...) {
				require.Equal(t, "x", each.Header("Traceparent"))
			}
			if test.expired == 0 {
				return
			}
			var expired *orylogin.ExpiredError
			require.ErrorAs(t, steps[test.expired].Err, &expired)
			require.ErrorIs(t, expired, orylogin.ErrFlowExpired)
			require.NotZero(t, expired.StatusCode)
			require.NotEqual(t, steps[test.expired-1].Flow.ID, steps[test.expired].Flow.ID)
			require.Equal(t, test.options.TokenExchange, !steps[test.expired].Flow.SessionTokenExchangeCode.IsZero())
		})
	}
}

func TestConverseEnds(t *testing.T) {
	enough := errors.New("enough")
	disabled := func(server *orylogintest.Server) { server.SetDisabled(ada.ID, true) }
	for name, test := range map[string]struct {
		prepare func(*orylogintest.Server)
		next    move
		err     error // from the caller
		want    error
		kind    string
		submits int
	}{
		"by the caller":      {next: give(password), err: enough, want: enough, kind: "untyped"},
		"by an answer":       {prepare: disabled, next: give(password), want: orylogin.ErrIdentityDisabled, kind: "API", submits: 1},
		"by the last answer": {next: rightAtLast, want: orylogin.ErrIdentityDisabled, kind: "API", submits: 16},
		"expired twice":      {prepare: repeatFirst, next: late(password), want: orylogin.ErrFlowExpired, kind: "Expired", submits: 2},
		"owed twice":         {prepare: repeatFirst, next: give(passwordOf(grace)), want: orylogin.ErrSessionAAL2Required, kind: "SecondFactor", submits: 2},
		"no method":          {next: give(nil), want: orylogin.ErrInvalidCall, kind: "untyped"},
		"too many wrong codes": {
			next: give(orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("a guess")}),
			want: orylogin.ErrTooManyTries, kind: "API", submits: 7,
		},
		"no second flow": {
			prepare: failAfterFirst, next: give(passwordOf(grace)), want: orylogin.ErrSessionAAL2Required, kind: "untyped", submits: 1,
		},
		"without end": {next: give(guess), want: orylogin.ErrTooManySteps, kind: "untyped", submits: 16},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newKratos(t, orylogintest.WithHighestAAL(), orylogintest.WithCode())
			if test.prepare != nil {
				test.prepare(server)
			}
			login, err := server.Client().Converse(t.Context(), orylogin.FlowOptions{},
				func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
					return test.next(server, step), test.err
				})
			require.Nil(t, login)
			require.ErrorIs(t, err, test.want)
			require.Equal(t, test.kind, outcomeOf(err).kind, "%v", err)
			server.ExpectCalls(orylogintest.Submit, test.submits)
		})
	}
}

// rightAtLast guesses wrong until the last step. Then the password is right, but the account is
// disabled.
func rightAtLast(server *orylogintest.Server, _ orylogin.Step) orylogin.Method {
	if len(server.Requests(orylogintest.Submit)) < 15 {
		return guess
	}
	server.SetDisabled(ada.ID, true)
	return password
}

// repeatFirst makes a server give its first answer to all later submissions, too.
func repeatFirst(server *orylogintest.Server) {
	first := httptest.NewRecorder()
	var once sync.Once
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		once.Do(func() { server.ServeHTTP(first, r) })
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(first.Code)
		_, _ = w.Write(first.Body.Bytes())
	}))
}

// failAfterFirst makes a server create one flow only.
func failAfterFirst(server *orylogintest.Server) {
	var created atomic.Bool
	server.Handle(orylogintest.CreateFlow, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if created.Swap(true) {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		server.ServeHTTP(w, r)
	}))
}

// TestConverseKeepsTheFirstFactor has a server that creates no flow for the second factor. The
// caller continues when it does.
func TestConverseKeepsTheFirstFactor(t *testing.T) {
	t.Parallel()
	server := newKratos(t, orylogintest.WithHighestAAL())
	failAfterFirst(server)
	client := server.Client()
	_, err := client.Converse(t.Context(), orylogin.FlowOptions{}, always(passwordOf(grace)))
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.ErrorContains(t, err, "502")
	server.Handle(orylogintest.CreateFlow, nil)
	login, err := client.StepUp(t.Context(), owed.Token, backup)
	require.NoError(t, err)
	require.True(t, owed.Token.Equal(login.Token))
}

// TestConversationsAboutASession logs in again with the token of a session.
func TestConversationsAboutASession(t *testing.T) {
	for name, test := range map[string]struct {
		options orylogin.FlowOptions
		of      orylogintest.Identity
		move    move
		changed bool
	}{
		"refreshed, expired":               {orylogin.FlowOptions{Refresh: true}, ada, late(password), false},
		"stepped up, late":                 {orylogin.FlowOptions{AAL: orylogin.AAL2}, grace, late(backup), false},
		"somebody else":                    {orylogin.FlowOptions{Refresh: true}, grace, give(password), true},
		"somebody else, who owes a factor": {orylogin.FlowOptions{Refresh: true}, ada, give(passwordOf(grace)), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newKratos(t, orylogintest.WithHighestAAL())
			client := server.Client()
			mine := tokenOf(t, client, test.of)
			login, err := client.Converse(t.Context(), test.options,
				func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
					return test.move(server, step), nil
				},
				orylogin.WithSessionToken(mine))
			if !test.changed {
				require.NoError(t, err)
				require.True(t, login.Token.Equal(mine))
				return
			}
			require.Nil(t, login)
			var changed *orylogin.SessionChangedError
			require.ErrorAs(t, err, &changed)
			require.False(t, changed.Login.Token.Equal(mine))
			require.EqualError(t, err, "orylogin: the login has led to another session")
		})
	}
}

// tokenOf logs in with a password and returns the token, even if the session owes a second
// factor.
func tokenOf(t *testing.T, client *orylogin.Client, who orylogintest.Identity) orylogin.Secret {
	t.Helper()
	login, err := client.Login(t.Context(), passwordOf(who))
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) {
		return owed.Token
	}
	require.NoError(t, err)
	return login.Token
}

func TestRefreshAndStepUp(t *testing.T) {
	server := newKratos(t, orylogintest.WithHighestAAL(), orylogintest.WithCodeSecondFactor())
	client := server.Client()
	adas, graces := tokenOf(t, client, ada), tokenOf(t, client, grace)

	login, err := client.StepUp(t.Context(), graces, backup, orylogin.WithCallHeader("Traceparent", "x"))
	require.NoError(t, err)
	require.True(t, login.Token.Equal(graces))
	require.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel)
	login, err = client.Refresh(t.Context(), graces, passwordOf(grace))
	require.NoError(t, err)
	require.True(t, login.Token.Equal(graces))

	_, err = client.Refresh(t.Context(), graces, guess)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	_, err = client.StepUp(t.Context(), adas, orylogin.Code{Address: ada.Email})
	require.Equal(t, "NextStep", outcomeOf(err).kind, "a code is sent")
	_, err = client.Refresh(t.Context(), graces, password)
	var changed *orylogin.SessionChangedError
	require.ErrorAs(t, err, &changed)

	server.ExpireSessions(ada.ID)
	_, err = client.Refresh(t.Context(), adas, password)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, "API", outcomeOf(err).kind)
	_, err = client.StepUp(t.Context(), adas, backup)
	require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
}
