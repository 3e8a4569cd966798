package session_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

func TestSourceLogsInOnce(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	source := kratos.source(t)
	require.Zero(t, kratos.logins.Load(), "nothing is sent before a token is asked for")
	together(func() {
		token, err := source.Token(t.Context())
		if err != nil || token.Reveal() != "ory_st_secret_1" {
			t.Errorf("%v", err)
		}
	})
	require.EqualValues(t, 1, kratos.logins.Load())
}

// TestRefusedTokenIsReplacedOnce lets many find out at the same time.
func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	source := kratos.source(t)
	refused, err := source.Token(t.Context())
	require.NoError(t, err)
	together(func() {
		source.Refused(t.Context(), refused)
		if token, err := source.Token(t.Context()); err != nil || token.Reveal() != "ory_st_secret_2" {
			t.Errorf("%v", err)
		}
	})
	require.EqualValues(t, 2, kratos.logins.Load())
	source.Refused(t.Context(), orylogin.NewSecret("another"))
	source.Refused(t.Context(), orylogin.Secret{})
	require.Equal(t, "ory_st_secret_2", tokenOf(t, source))
}

// together calls f in 64 goroutines and waits for them.
func together(f func()) {
	var group sync.WaitGroup
	for range 64 {
		group.Go(f)
	}
	group.Wait()
}

func TestSourceRenewsBeforeTheExpiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		lifespan, still, due time.Duration
		opts                 []session.SourceOption
	}{
		"a minute before":     {time.Hour, 59*time.Minute - 1, 59 * time.Minute, nil},
		"a tenth of its life": {10 * time.Second, 9*time.Second - 1, 9 * time.Second, nil},
		"as set":              {time.Hour, 55*time.Minute - 1, 55 * time.Minute, []session.SourceOption{session.WithRenewal(5 * time.Minute)}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logins := &logins{lifespan: test.lifespan, takes: 10 * time.Millisecond}
				source := logins.source(t, test.opts...)
				require.Equal(t, "token1", tokenOf(t, source))
				time.Sleep(test.still)
				require.Equal(t, "token1", tokenOf(t, source))
				synctest.Wait()
				require.Equal(t, 1, logins.made())
				time.Sleep(test.due - test.still)
				start := time.Now()
				for range 3 {
					require.Equal(t, "token1", tokenOf(t, source), "it is still valid")
				}
				require.Zero(t, time.Since(start), "nobody waits for the renewal")
				time.Sleep(20 * time.Millisecond)
				require.Equal(t, "token2", tokenOf(t, source))
				require.Equal(t, 2, logins.made())
				time.Sleep(2 * test.lifespan)
				require.Equal(t, "token3", tokenOf(t, source), "an expired token is not served")
			})
		})
	}
}

func TestFailedRenewalServesTheValidToken(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]error{"transient": errLogin, "final": recorded(t, "submit_wrong_password")} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logins := &logins{lifespan: time.Hour}
				source := logins.source(t)
				require.Equal(t, "token1", tokenOf(t, source))
				logins.fail(cause)
				for time.Sleep(59 * time.Minute); logins.made() < 3 && name == "transient"; time.Sleep(time.Second) {
					require.Equal(t, "token1", tokenOf(t, source))
				}
				require.Equal(t, "token1", tokenOf(t, source))
				time.Sleep(time.Hour)
				_, err := source.Token(t.Context())
				require.ErrorIs(t, err, cause)
				require.Equal(t, name == "final", errors.Is(err, session.ErrStopped))
			})
		})
	}
}

// TestWhatStopsTheSource holds the rule to recorded answers.
func TestWhatStopsTheSource(t *testing.T) {
	t.Parallel()
	head := "HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
	envelope := func(status int) string {
		body := `{"error":{"id":"x","code":400}}`
		return fmt.Sprintf(head, status, len(body), body)
	}
	_, unsent := newClient(t, "http://127.0.0.1:1").Login(t.Context(), password)
	for name, test := range map[string]struct {
		err   error
		stops bool
	}{
		"wrong password":   {recorded(t, "submit_wrong_password"), true},
		"missing fields":   {recorded(t, "submit_missing_fields"), true},
		"disabled account": {recorded(t, "submit_disabled_account"), true},
		"unverified":       {recorded(t, "submit_unverified"), true},
		"second factor":    {recorded(t, "submit_second_factor"), true},
		"code sent":        {recorded(t, "submit_code_sent"), true},
		"identifier first": {recorded(t, "submit_identifier_first"), true},
		"browser":          {recorded(t, "submit_location_change"), true},
		"other session":    {&orylogin.SessionChangedError{}, true},
		"too many steps":   {orylogin.ErrTooManySteps, true},
		"wrapped":          {fmt.Errorf("a callback's: %w", recorded(t, "submit_wrong_password")), true},
		"400 envelope":     {submission(t, envelope(400)), true},
		"403 envelope":     {submission(t, envelope(403)), true},
		"408 envelope":     {submission(t, envelope(408)), false},
		"429 envelope":     {submission(t, envelope(429)), false},
		"500 envelope":     {submission(t, envelope(500)), false},
		"failing hook":     {recorded(t, "submit_failing_hook"), false},
		"unknown flow":     {recorded(t, "submit_unknown_flow"), false},
		"expired flow":     {recorded(t, "submit_expired"), false},
		"redirect":         {recorded(t, "submit_at_admin"), false},
		"429 of a proxy":   {submission(t, "HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n"), false},
		"502 of a proxy":   {submission(t, "HTTP/1.1 502 X\r\nContent-Type: text/html\r\nContent-Length: 4\r\n\r\n<p/>"), false},
		"401 of a proxy":   {submission(t, "HTTP/1.1 401 X\r\nContent-Length: 0\r\n\r\n"), false},
		"cut off":          {submission(t, "HTTP/1.1 400 X\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"), false},
		"nothing listens":  {unsent, false},
		"time ran out":     {context.DeadlineExceeded, false},
		"a callback's own": {errLogin, false},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				logins := &logins{lifespan: time.Hour, err: test.err}
				source := logins.source(t)
				for range 3 {
					_, err := source.Token(t.Context())
					require.ErrorIs(t, err, test.err)
					require.Equal(t, test.stops, errors.Is(err, session.ErrStopped), "%v", err)
				}
				require.Equal(t, 1, logins.made())
				logins.fail(nil)
				time.Sleep(24 * time.Hour)
				_, err := source.Token(t.Context())
				require.Equal(t, test.stops, errors.Is(err, session.ErrStopped), "%v", err)
				source.Reset()
				require.Equal(t, "token2", tokenOf(t, source))
				require.Equal(t, 2, logins.made())
			})
		})
	}
}

// TestPauses asks all the time while logins fail, and looks at when they were made.
func TestPauses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Time
		source, err := session.NewSourceFunc(newClient(t, "https://x"), func(context.Context) (*orylogin.Login, error) {
			at = append(at, time.Now())
			return nil, errLogin
		})
		require.NoError(t, err)
		for len(at) < 10 {
			_, err := source.Token(t.Context())
			require.ErrorIs(t, err, errLogin)
			time.Sleep(time.Millisecond)
		}
		longest := []time.Duration{1, 2, 4, 8, 16, 32, 60, 60, 60}
		exact := 0
		for i, limit := range longest {
			limit *= time.Second
			pause := at[i+1].Sub(at[i])
			require.GreaterOrEqual(t, pause, limit/2)
			require.LessOrEqual(t, pause, limit+time.Millisecond)
			if pause >= limit {
				exact++
			}
		}
		require.Less(t, exact, len(longest), "the pauses vary")
	})
}

func TestPauseIsNotShorterThanAskedFor(t *testing.T) {
	t.Parallel()
	for header, wait := range map[string]time.Duration{"90": 90 * time.Second, "86400": time.Hour} {
		cause := submission(t, "HTTP/1.1 429 X\r\nRetry-After: "+header+"\r\nContent-Length: 0\r\n\r\n")
		synctest.Test(t, func(t *testing.T) {
			logins := &logins{lifespan: time.Hour, err: cause}
			source := logins.source(t)
			_, err := source.Token(t.Context())
			require.ErrorIs(t, err, cause)
			logins.fail(nil)
			time.Sleep(wait - 1)
			_, err = source.Token(t.Context())
			require.ErrorIs(t, err, cause)
			time.Sleep(wait/10 + 2)
			require.Equal(t, "token2", tokenOf(t, source))
		})
	}
}

// TestTokensThatAreRefusedEarly keeps a service that answers everything with 401
// from making the source log in all the time.
func TestTokensThatAreRefusedEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &logins{lifespan: 24 * time.Hour}
		source := logins.source(t)
		for range 100_000 {
			token, err := source.Token(t.Context())
			require.NoError(t, err)
			source.Refused(t.Context(), token)
			time.Sleep(10 * time.Millisecond)
		}
		require.Less(t, logins.made(), 50)
		made := logins.made()
		time.Sleep(2 * time.Minute)
		token, err := source.Token(t.Context())
		require.NoError(t, err)
		time.Sleep(2 * time.Minute)
		source.Refused(t.Context(), token)
		require.NotEqual(t, token.Reveal(), tokenOf(t, source), "a token that has been good for long is replaced at once")
		require.LessOrEqual(t, logins.made(), made+2)
	})
}

// TestTheLoginOutlivesItsFirstCaller ends the contexts of callers one by one.
func TestTheLoginOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &logins{lifespan: time.Hour, takes: 10 * time.Second}
		source := logins.source(t)
		start := time.Now()
		impatient := func(patience time.Duration) func() {
			return func() {
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				_, err := source.Token(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != patience {
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			}
		}
		var group sync.WaitGroup
		group.Go(impatient(time.Second))
		synctest.Wait()
		group.Go(impatient(2 * time.Second))
		require.Equal(t, "token1", tokenOf(t, source))
		require.Equal(t, 10*time.Second, time.Since(start))
		group.Wait()
		require.Equal(t, 1, logins.made())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		token, err := source.Token(ctx)
		require.NoError(t, err, "a token at hand needs no time")
		source.Refused(ctx, token)
		_, err = source.Token(ctx)
		require.ErrorIs(t, err, context.Canceled)
		require.Equal(t, 1, logins.made(), "nobody is there to log in for")
	})
}

func TestLoginTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		logins := &logins{lifespan: time.Hour, takes: time.Hour}
		source := logins.source(t, session.WithLoginTimeout(7*time.Second))
		start := time.Now()
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, session.ErrStopped)
		require.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestLoginsThatLeaveNothing(t *testing.T) {
	t.Parallel()
	expired := &logins{lifespan: -time.Hour}
	for name, login := range map[string]func(context.Context) (*orylogin.Login, error){
		"returned no token": func(context.Context) (*orylogin.Login, error) { return nil, nil },
		"the session token": func(context.Context) (*orylogin.Login, error) {
			return &orylogin.Login{Token: orylogin.NewSecret("a\nb")}, nil
		},
		"has expired already": expired.login,
		"did not return": func(context.Context) (*orylogin.Login, error) {
			runtime.Goexit()
			return nil, nil
		},
	} {
		source, err := session.NewSourceFunc(newClient(t, "https://x"), login)
		require.NoError(t, err)
		_, err = source.Token(t.Context())
		require.ErrorContains(t, err, name)
		require.NotErrorIs(t, err, session.ErrStopped)
	}
	source, err := session.NewSourceFunc(newClient(t, "https://x"), func(context.Context) (*orylogin.Login, error) {
		return &orylogin.Login{Token: orylogin.NewSecret("no session, no expiry")}, nil
	})
	require.NoError(t, err)
	_, err = source.Token(t.Context())
	require.ErrorContains(t, err, "space")
}

func TestSourcesThatCannotBe(t *testing.T) {
	t.Parallel()
	client := newClient(t, "https://x")
	_, err := session.NewSource(nil, password)
	require.ErrorContains(t, err, "client is nil")
	_, err = session.NewSource(client, nil)
	require.ErrorContains(t, err, "method is nil")
	_, err = session.NewSourceFunc(client, nil)
	require.ErrorContains(t, err, "is nil")
	_, err = session.NewSource(client, password, nil, session.WithRenewal(0), session.WithLoginTimeout(-1), session.WithStore(nil, nil))
	for _, want := range []string{"an option is nil", "WithRenewal", "WithLoginTimeout", "WithStore"} {
		require.ErrorContains(t, err, want)
	}
	for _, source := range []*session.Source{nil, {}} {
		_, err = source.Token(t.Context())
		require.ErrorContains(t, err, "not made by NewSource")
		require.Error(t, source.Logout(t.Context()))
		source.Refused(t.Context(), orylogin.NewSecret("x"))
		source.Reset()
	}
}

func TestSourceWithoutContext(t *testing.T) {
	t.Parallel()
	source := (&logins{lifespan: time.Hour}).source(t)
	var none context.Context
	_, err := source.Token(none)
	require.ErrorContains(t, err, "the context is nil")
	require.ErrorContains(t, source.Logout(none), "the context is nil")
	_, found := session.FromContext(none)
	require.False(t, found)
}

func TestStatic(t *testing.T) {
	t.Parallel()
	require.Equal(t, "x", tokenOf(t, session.Static(orylogin.NewSecret("x"))))
	for _, token := range []string{"", "x\n", "x y"} {
		_, err := session.Static(orylogin.NewSecret(token)).Token(t.Context())
		require.Error(t, err)
	}
}

// TestNothingIsShown prints what holds a token.
func TestNothingIsShown(t *testing.T) {
	t.Parallel()
	kratos := newKratos(t)
	source := kratos.source(t, session.WithStore(&memory{}, nil))
	token, err := source.Token(t.Context())
	require.NoError(t, err)
	stored := session.StoredToken{Token: token, ExpiresAt: time.Now()}
	transport := &session.Transport{Source: session.Static(token), Hosts: []string{"x"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{source, stored, &stored, transport, *transport, session.Static(token)} {
			require.NotContains(t, fmt.Sprintf(verb, value), "secret_1", "%s of %T", verb, value)
		}
	}
}

// TestSourceIsPrintedWhileInUse lets a program log its source, as any other value.
func TestSourceIsPrintedWhileInUse(t *testing.T) {
	t.Parallel()
	source := (&logins{lifespan: time.Hour}).source(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			if _, err := source.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			if text := fmt.Sprintf("%+v", source); text != "token source" {
				t.Error(text)
			}
		})
	}
	group.Wait()
}
