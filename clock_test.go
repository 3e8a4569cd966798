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

// pausing lets time pass before one of the next requests. The field requests counts down to
// that request.
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

// TestExpiryWithinACall lets a session or flow expire between two requests of one call. The
// call says what has expired, and submits nothing twice.
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
		}, orylogin.OutcomeLoggedIn, 2}, // the second one to the flow that replaces the expired one
		"a browser's refresh": {func(ctx context.Context, client *orylogin.Client, next *pausing) error {
			visit := visitOfAda(ctx, t, client)
			next.waitForTheEnd(0)
			flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{Refresh: true})
			require.NoError(t, err)
			next.requests = 2 // Submit first asks for the session
			_, err = visit.Submit(ctx, flow, password)
			return err
		}, orylogin.OutcomeLoggedIn, 2}, // the cookie has a session of the same user
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

// waitForTheEnd waits until shortly before a session expires. The session then expires before
// one of the next requests.
func (p *pausing) waitForTheEnd(requests int) {
	time.Sleep(sessionLife - 10*time.Second)
	p.requests, p.pause = requests, 20*time.Second
}

// visitOfAda returns the visit of a browser in which ada is logged in.
func visitOfAda(ctx context.Context, t *testing.T, client *orylogin.Client) *orylogin.Visit {
	t.Helper()
	visit := client.Visit(nil, httptest.NewRequestWithContext(ctx, http.MethodGet, "/", nil))
	flow, err := visit.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = visit.Submit(ctx, flow, password)
	require.NoError(t, err)
	return visit
}

// TestCookieOfAnotherClock has a server whose clock is an hour ahead or behind. A cookie with a
// Max-Age does not count as a deletion, and a deletion still does.
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
				_, err = visit.Whoami(t.Context()) // it sends the cookie that the first call got
				require.ErrorIs(t, err, orylogin.ErrSessionInactive)
				require.Equal(t, kept, strings.Contains(sent, "ory_kratos_session=new"), sent)
			})
		}
	}
}
