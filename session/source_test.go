package session_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestSourceLogsInOnce(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, time.Second)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		server.ExpectCalls(orylogintest.CreateFlow, 0) // before a token is asked for
		together(func() {
			if _, err := source.Token(t.Context()); err != nil {
				t.Errorf("%v", err)
			}
		})
	})
	server.ExpectCalls(orylogintest.Submit, 1)
}

// TestRefusedTokenIsReplacedOnce checks that a refused token is replaced once, even if many
// callers report it at the same time.
func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, time.Second)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		refused := tokenOf(t, source)
		together(func() {
			source.Refused(t.Context(), refused)
			if token, err := source.Token(t.Context()); err != nil || token.Equal(refused) {
				t.Errorf("%v", err)
			}
		})
	})
	server.ExpectCalls(orylogintest.Submit, 2)
}

// TestRefusalsFarApart checks that a token which was good until its renewal ends a row of early
// refusals.
func TestRefusalsFarApart(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		refusedEarly := func() {
			token := tokenOf(t, source)
			source.Refused(t.Context(), token)
			require.NotEqual(t, token, tokenOf(t, source))
		}
		refusedEarly()
		good := tokenOf(t, source)
		time.Sleep(lifespan - time.Second)
		tokenOf(t, source) // starts the renewal
		synctest.Wait()
		require.NotEqual(t, good, tokenOf(t, source))
		refusedEarly()
	})
	server.ExpectCalls(orylogintest.Submit, 4)
}

func TestRefusalOfAnotherToken(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		token := tokenOf(t, source)
		time.Sleep(time.Hour) // a token refused that late is replaced at once
		source.Refused(t.Context(), orylogin.NewSecret("another"))
		source.Refused(t.Context(), orylogin.Secret{})
		require.Equal(t, token, tokenOf(t, source))
	})
	server.ExpectCalls(orylogintest.Submit, 1)
}

func TestSourceRenewsBeforeTheExpiry(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before time.Duration
		opts   []session.SourceOption
	}{
		"a minute":            {time.Minute, nil},
		"as set":              {5 * time.Minute, []session.SourceOption{session.WithRenewal(5 * time.Minute)}},
		"a tenth of its life": {lifespan / 10, []session.SourceOption{session.WithRenewal(lifespan / 2)}},
	} {
		t.Run(name, func(t *testing.T) {
			server := newKratos(t)
			server.Delay(orylogintest.Submit, 10*time.Millisecond)
			synctest.Test(t, func(t *testing.T) {
				source := sourceOf(t, server, test.opts...)
				old := tokenOf(t, source)
				time.Sleep(lifespan - test.before - 1)
				require.Equal(t, old, tokenOf(t, source))
				synctest.Wait()
				server.ExpectCalls(orylogintest.CreateFlow, 1)
				time.Sleep(time.Nanosecond)
				start := time.Now()
				for range 3 {
					require.Equal(t, old, tokenOf(t, source), "it is still valid")
				}
				require.Zero(t, time.Since(start), "nobody waits for the renewal")
				time.Sleep(20 * time.Millisecond)
				renewed := tokenOf(t, source)
				require.NotEqual(t, old, renewed)
				server.ExpectCalls(orylogintest.CreateFlow, 2)
				time.Sleep(lifespan)
				require.NotEqual(t, renewed, tokenOf(t, source), "an expired token is not served")
			})
		})
	}
}

func TestFailedRenewalServesTheValidToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breaks func(*orylogintest.Server)
		want   error
		stops  bool
	}{
		"transient": {func(s *orylogintest.Server) { s.Respond(orylogintest.Submit, http.StatusBadGateway, "") }, orylogin.ErrUnknownAnswer, false},
		"final":     {func(s *orylogintest.Server) { s.SetDisabled("i", true) }, orylogin.ErrIdentityDisabled, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := newKratos(t)
			synctest.Test(t, func(t *testing.T) {
				source := sourceOf(t, server)
				token := tokenOf(t, source)
				test.breaks(server)
				time.Sleep(lifespan - time.Minute)
				for range 59 {
					require.Equal(t, token, tokenOf(t, source))
					time.Sleep(time.Second)
				}
				tries := len(server.Requests(orylogintest.Submit)) - 1
				require.Equal(t, test.stops, tries == 1, "%d", tries)
				time.Sleep(time.Hour)
				_, err := source.Token(t.Context())
				require.ErrorIs(t, err, test.want)
				require.Equal(t, test.stops, errors.Is(err, session.ErrStopped))
			})
		})
	}
}

// TestTokensThatAreRefusedEarly checks that a service that answers everything with 401 does not
// make the source log in all the time.
func TestTokensThatAreRefusedEarly(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
		for range 10_000 {
			source.Refused(t.Context(), tokenOf(t, source))
			time.Sleep(100 * time.Millisecond)
		}
		made := len(server.Requests(orylogintest.Submit))
		require.Less(t, made, 50)
		time.Sleep(2 * time.Minute)
		token := tokenOf(t, source)
		time.Sleep(2 * time.Minute)
		source.Refused(t.Context(), token)
		require.NotEqual(t, token, tokenOf(t, source), "a token that has been good for long is replaced at once")
		require.LessOrEqual(t, len(server.Requests(orylogintest.Submit)), made+2)
	})
}

// TestTheLoginOutlivesItsFirstCaller ends the contexts of the callers one by one.
func TestTheLoginOutlivesItsFirstCaller(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, 10*time.Second)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server)
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
		token := tokenOf(t, source)
		require.Equal(t, 10*time.Second, time.Since(start))
		group.Wait()
		server.ExpectCalls(orylogintest.Submit, 1)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := source.Token(ctx)
		require.NoError(t, err, "a token at hand needs no time")
		source.Refused(ctx, token)
		_, err = source.Token(ctx)
		require.ErrorIs(t, err, context.Canceled)
		server.ExpectCalls(orylogintest.CreateFlow, 1) // no caller is left, so no other login is made
	})
}

func TestLoginTimeout(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	server.Delay(orylogintest.Submit, time.Hour)
	synctest.Test(t, func(t *testing.T) {
		source := sourceOf(t, server, session.WithLoginTimeout(7*time.Second))
		start := time.Now()
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, session.ErrStopped)
		require.Equal(t, 7*time.Second, time.Since(start))
	})
}

func TestLoginsThatLeaveNothing(t *testing.T) {
	t.Parallel()
	for name, login := range map[string]func(context.Context) (*orylogin.Login, error){
		"returned no token": func(context.Context) (*orylogin.Login, error) { return nil, nil },
		"the session token": func(context.Context) (*orylogin.Login, error) {
			return &orylogin.Login{Token: orylogin.NewSecret("a\nb")}, nil
		},
		"has a space": func(context.Context) (*orylogin.Login, error) {
			return &orylogin.Login{Token: orylogin.NewSecret("no session, no expiry")}, nil
		},
		"has expired already": func(context.Context) (*orylogin.Login, error) {
			ended := &orylogin.Session{Session: api.Session{ExpiresAt: time.Unix(0, 0)}}
			return &orylogin.Login{Token: orylogin.NewSecret("x"), Session: ended}, nil
		},
		"did not return": func(context.Context) (*orylogin.Login, error) {
			runtime.Goexit()
			return nil, nil
		},
	} {
		source, err := session.NewSourceFunc(clientOf(t, nil), login)
		require.NoError(t, err)
		_, err = source.Token(t.Context())
		require.ErrorContains(t, err, name)
		require.NotErrorIs(t, err, session.ErrStopped)
	}
}

func TestSourcesThatCannotBe(t *testing.T) {
	t.Parallel()
	client := clientOf(t, nil)
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
	source := sourceOf(t, nil)
	var none context.Context
	_, err := source.Token(none)
	require.ErrorContains(t, err, "the context is nil")
	require.ErrorContains(t, source.Logout(none), "the context is nil")
	_, found := session.FromContext(none)
	require.False(t, found)
}

func TestStatic(t *testing.T) {
	t.Parallel()
	require.Equal(t, "x", tokenOf(t, session.Static(orylogin.NewSecret("x"))).Reveal())
	for _, token := range []string{"", "x\n", "x y"} {
		_, err := session.Static(orylogin.NewSecret(token)).Token(t.Context())
		require.Error(t, err)
	}
}

// TestNothingIsShown prints everything that has a token.
func TestNothingIsShown(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	source := sourceOf(t, server, session.WithStore(&memory{}, nil))
	token := tokenOf(t, source)
	stored := session.StoredToken{Token: token}
	transport := &session.Transport{Source: session.Static(token), Hosts: []string{"x"}}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		for _, value := range []any{source, stored, &stored, transport, session.Static(token)} {
			server.ExpectNoSecrets(fmt.Sprintf(verb, value))
		}
	}
}

// TestSourceIsPrintedWhileInUse checks that a program can log a source at any time.
func TestSourceIsPrintedWhileInUse(t *testing.T) {
	t.Parallel()
	source := sourceOf(t, newKratos(t))
	together(func() {
		if text := fmt.Sprintf("%+v", source); text != "token source" {
			t.Error(text)
		}
		if _, err := source.Token(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

// TestSessionsThatEndAtOnce checks that a source then logs in once a second at most.
func TestSessionsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	client := newKratos(t).Client()
	synctest.Test(t, func(t *testing.T) {
		logins := 0
		source, err := session.NewSourceFunc(client, func(context.Context) (*orylogin.Login, error) {
			logins++
			short := api.Session{ExpiresAt: time.Now().Add(2 * time.Millisecond)}
			return &orylogin.Login{Token: orylogin.NewSecret("ory_st_x"), Session: &orylogin.Session{Session: short}}, nil
		})
		require.NoError(t, err)
		_, err = source.Token(t.Context())
		require.NoError(t, err)
		for range 100 {
			time.Sleep(9 * time.Millisecond)
			_, err = source.Token(t.Context())
		}
		require.ErrorContains(t, err, "less than a second")
		require.Equal(t, 1, logins)
		time.Sleep(time.Second)
		_, err = source.Token(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, logins)
	})
}
