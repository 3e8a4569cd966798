package session

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/orylogin/orylogin"
)

// flight is a login under way. Any number of callers wait for it. Its token and error are set
// before done is closed.
type flight struct {
	done  chan struct{}
	token orylogin.Secret
	err   error
}

// takeOff starts a login that continues when ctx ends.
func (s *Source) takeOff(ctx context.Context) *flight {
	f := &flight{done: make(chan struct{})}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.timeout)
	go func() {
		defer cancel()
		defer close(f.done)
		s.fly(ctx, f)
		s.vault.try(s.sync(ctx))
	}()
	return f
}

// fly takes the token from the store or logs in. It also calls land if the function that logs
// in ends its goroutine.
func (s *Source) fly(ctx context.Context, f *flight) {
	var login *orylogin.Login
	err := errors.New("the function that logs in did not return")
	defer func() { s.land(f, login, err) }()
	s.vault.try(s.restore(ctx))
	if s.fresh() {
		err = nil
		return
	}
	login, err = s.login(ctx)
	switch {
	case err == nil:
		err = checkLogin(login, time.Now())
	case orylogin.OutcomeOf(err) == orylogin.OutcomeRefused:
		err = cmp.Or(doubt(ctx, s.client), err)
	}
}

// fresh reports whether the token at hand makes a login unnecessary.
func (s *Source) fresh() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	return s.held.valid(now) && !s.held.due(now)
}

// land records the end of a login. login is nil if no login was needed.
func (s *Source) land(f *flight, login *orylogin.Login, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	switch {
	case err != nil:
		s.setback = s.setback.after(err, now)
	case login != nil:
		if s.held.due(now) && !s.held.refused { // the token was good until now
			s.early = 0
		}
		s.held, s.setback = newHeld(storedToken(login), now, s.renewal), setback{}
		if s.held.expired(now.Add(firstPause)) { // otherwise each call would log in
			s.setback = setback{err: errShort, until: now.Add(firstPause)}
		}
	}
	switch {
	case s.held.valid(now):
		f.token = s.held.Token
	case err != nil:
		f.err = s.setback.err
	default:
		f.err = errors.New("orylogin/session: the stored token was refused in the meantime")
	}
	s.flight = nil
}

var errShort = errors.New("orylogin/session: the sessions last for less than a second: " +
	"compare this machine's clock with the server's")

// checkLogin refuses a login without a token that can be kept.
func checkLogin(login *orylogin.Login, now time.Time) error {
	switch {
	case login == nil || login.Token.IsZero():
		return errors.New("the function that logs in returned no token")
	case held{StoredToken: storedToken(login)}.expired(now):
		return errors.New("the new session has expired already: compare this machine's clock with the server's")
	}
	return checkToken(login.Token)
}

func storedToken(login *orylogin.Login) StoredToken {
	stored := StoredToken{Token: login.Token}
	if login.Session != nil {
		stored.ExpiresAt = login.Session.ExpiresAt
	}
	return stored
}
