package orylogin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

const (
	sessionLife = 24 * time.Hour   // of the fake
	flowLife    = 10 * time.Minute // of the fake
)

// pausing lets time pass before a request, the one that requests counts down to.
type pausing struct {
	http.RoundTripper

	requests int
	pause    time.Duration
}

func (p *pausing) RoundTrip(r *http.Request) (*http.Response, error) {
	if p.requests--; p.requests == 0 {
		time.Sleep(p.pause)
	}
	return p.RoundTripper.RoundTrip(r)
}

// TestExpiryWithinACall lets a session or a flow end between two requests of one call. What
// had ended is said to have, and nothing is submitted twice.
func TestExpiryWithinACall(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		call    func(context.Context, *orylogin.Client, *pausing) error
		want    orylogin.Outcome
		submits int
	}{
		"a refresh": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			login, err := client.Login(ctx, password)
			require.NoError(t, err)
			next.waitForTheEnd(2)
			_, err = client.Refresh(ctx, login.Token, password)
			return err
		}, orylogin.OutcomeSessionChanged, 2},
		"a step-up": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			login, err := client.Login(ctx, password)
			require.NoError(t, err)
			next.waitForTheEnd(2)
			_, err = client.StepUp(ctx, login.Token, backup)
			return err
		}, orylogin.OutcomeNoSession, 2},
		"a login": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			next.requests, next.pause = 2, flowLife+time.Second
			_, err := client.Login(ctx, password)
			return err
		}, orylogin.OutcomeExpired, 1},
		"a conversation": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			next.requests, next.pause = 2, flowLife+time.Second
			_, err := client.Converse(ctx, orylogin.FlowOptions{}, always(password))
			return err
		}, orylogin.OutcomeLoggedIn, 2}, // to the flow that replaces the expired one
		"a browser's refresh": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			visit := visitOfAda(ctx, t, client)
			next.waitForTheEnd(0)
			flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			next.requests = 2 // Submit asks for the session first
			_, err = visit.Submit(ctx, flow, password)
			return err
		}, orylogin.OutcomeLoggedIn, 2}, // by a session of the same user
		"a browser's logout": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			visit := visitOfAda(ctx, t, client)
			next.waitForTheEnd(2)
			return visit.Logout(ctx)
		}, orylogin.OutcomeNoSession, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				next := &pausing{RoundTripper: kratos}
				err := test.call(t.Context(), over(t, next, orylogin.WithTimeout(time.Hour)), next)
				require.Equal(t, test.want, orylogin.OutcomeOf(err), "%v", err)
			})
			kratos.ExpectCalls(orylogintest.Submit, test.submits)
		})
	}
}

// waitForTheEnd waits until shortly before the end of a session, which then comes before one
// of the next requests.
func (p *pausing) waitForTheEnd(requests int) {
	time.Sleep(sessionLife - 10*time.Second)
	p.requests, p.pause = requests, 20*time.Second
}

// visitOfAda is the visit of a browser in which ada has logged in.
func visitOfAda(ctx context.Context, t *testing.T, client *orylogin.Client) *orylogin.Visit {
	t.Helper()
	visit := client.Visit(nil, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = visit.Submit(ctx, flow, password)
	require.NoError(t, err)
	return visit
}

// TestCookieOfAnotherClock: what a server sets is no deletion because its clock is an hour
// ahead or behind, as long as it says how long the cookie lasts, and a deletion is one.
func TestCookieOfAnotherClock(t *testing.T) {
	t.Parallel()
	for _, ahead := range []time.Duration{-time.Hour, 0, time.Hour} {
		for attributes, kept := range map[string]bool{"; Max-Age=1800": true, "; Max-Age=0": false} {
			synctest.Test(t, func(t *testing.T) {
				life := time.Duration(0)
				if kept {
					life = 30 * time.Minute
				}
				expires := time.Now().Add(ahead + life).UTC().Format(http.TimeFormat)
				line := fmt.Sprintf("ory_kratos_session=new; Path=/; Expires=%s%s", expires, attributes)
				kratos := newKratos(t)
				sent := ""
				client := over(t, roundTrip(func(r *http.Request) (*http.Response, error) {
					sent = r.Header.Get("Cookie")
					answer, err := kratos.RoundTrip(r)
					if err == nil && r.URL.Path == "/sessions/whoami" {
						answer.Header["Set-Cookie"] = []string{line}
					}
					return answer, err
				}))
				visit := visitOfAda(t.Context(), t, client)
				_, err := visit.Whoami(t.Context())
				require.NoError(t, err)
				_, err = visit.Whoami(t.Context()) // which sends what the first one was given
				require.ErrorIs(t, err, orylogin.ErrSessionInactive)
				require.Equal(t, kept, strings.Contains(sent, "ory_kratos_session=new"), sent)
			})
		}
	}
}
