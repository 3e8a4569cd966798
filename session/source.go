package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/internal/option"
)

const (
	defaultRenewal      = time.Minute
	defaultLoginTimeout = time.Minute
)

// Source is a [Renewer] that logs in. Make one with [NewSource] or [NewSourceFunc] and keep
// it. It is safe for concurrent use.
type Source struct {
	client  *orylogin.Client
	login   func(context.Context) (*orylogin.Login, error)
	renewal time.Duration // how long before the expiry the source logs in again
	timeout time.Duration // the time limit of a login
	vault   vault

	mu      sync.Mutex
	held    held    // the token at hand
	flight  *flight // the login under way; nil if there is none
	setback setback // the state after failed logins
	early   int     // how many tokens in a row were refused soon after their logins
}

var _ Renewer = (*Source)(nil)

// SourceOption configures a [Source] when it is made.
type SourceOption func(*Source) error

// WithRenewal sets when the source logs in again: this long before the session expires. If
// that is more than a tenth of the token's life, the source takes the tenth instead. The life
// of a token begins when the source gets it, and ends when the session expires. Until the new
// login is done, the source provides the old token. Default: one minute.
func WithRenewal(before time.Duration) SourceOption {
	wrong := fmt.Sprintf("WithRenewal: %v is not positive", before)
	return option.Setting(before > 0, wrong, func(s *Source) { s.renewal = before })
}

// WithLoginTimeout limits a login, with the calls of the [Store] before and after it. A login
// does not end with the context of the caller who needed it first, since others may be
// waiting for it. The function of [NewSourceFunc] must return when its context ends: until it
// returns, there is no other login. It runs in its own goroutine, so a panic in it ends the
// program. Default: one minute.
func WithLoginTimeout(timeout time.Duration) SourceOption {
	wrong := fmt.Sprintf("WithLoginTimeout: %v is not positive", timeout)
	return option.Setting(timeout > 0, wrong, func(s *Source) { s.timeout = timeout })
}

// NewSource returns a source that logs in with the method, as [orylogin.Client.Login] does.
// It sends nothing before somebody asks for a token. It returns an error if client or method
// is nil, or if an option is nil or not valid. The error names each such option.
func NewSource(client *orylogin.Client, method orylogin.Method, opts ...SourceOption) (*Source, error) {
	if err := orylogin.CheckMethod(method); err != nil {
		return nil, err
	}
	return NewSourceFunc(client, func(ctx context.Context) (*orylogin.Login, error) {
		return client.Login(ctx, method)
	}, opts...)
}

// NewSourceFunc returns a source that logs in by calling login. Use it for a login of several
// steps, see [orylogin.Client.Converse], or to read the credentials anew each time. If login
// asks a person, set [WithLoginTimeout]: people often need longer than a minute. login must
// not ask the same source for a token. [Source.Logout] uses the client. NewSourceFunc returns
// an error if client or login is nil, or if an option is nil or not valid. The error names
// each such option.
func NewSourceFunc(
	client *orylogin.Client, login func(context.Context) (*orylogin.Login, error), opts ...SourceOption,
) (*Source, error) {
	switch {
	case client == nil:
		return nil, errors.New("orylogin/session: the client is nil")
	case login == nil:
		return nil, errors.New("orylogin/session: the function that logs in is nil")
	}
	s := &Source{client: client, login: login, renewal: defaultRenewal, timeout: defaultLoginTimeout}
	if err := option.Apply("orylogin/session", s, opts); err != nil {
		return nil, err
	}
	s.vault.limit, s.vault.turn = s.timeout/2, make(chan struct{}, 1)
	return s, nil
}

// Token returns the current token while it is valid. Otherwise it waits for a login until ctx
// ends. The first call tries the [Store] before it logs in. When the token is about to
// expire, Token starts a login and returns the old token at once, since that is still valid.
// It also returns the old token if that login fails, until the token expires.
//
// If a login fails, the error wraps the login's error. If the server refuses the credentials
// or demands another step, such as a second factor, the error also matches [ErrStopped]: there
// is no login until [Source.Reset]. Calls return the old token while it is valid, and then the
// error. After any other failure there is a pause, in which calls return the error without a
// login. Its length is random. After one failure it is half a second to a second. Each further
// failure in a row doubles that, up to half a minute to a minute. If Retry-After asks for a
// longer pause, the pause is that time, or an hour if that is less, and up to a tenth more.
//
// Before Token believes a server that refuses the credentials, it asks [orylogin.Client.Ready].
// If the server says that it cannot work, that is the error, and there is a pause.
//
// API: GET /self-service/login/api (initializeSelfServiceLoginFlowWithoutBrowser)
//
// API: POST /self-service/login (submitSelfServiceLoginFlow)
func (s *Source) Token(ctx context.Context) (orylogin.Secret, error) {
	if err := s.usable(ctx); err != nil {
		return orylogin.Secret{}, err
	}
	token, flight, err := s.next(ctx)
	if flight == nil {
		return token, err
	}
	select {
	case <-flight.done:
		return flight.token, flight.err
	case <-ctx.Done():
		return orylogin.Secret{}, waiting(ctx)
	}
}

// usable returns an error if a method of the source cannot be called.
func (s *Source) usable(ctx context.Context) error {
	switch {
	case s == nil || s.client == nil:
		return errors.New("orylogin/session: the Source was not made by NewSource or NewSourceFunc")
	case ctx == nil:
		return errors.New("orylogin/session: the context is nil")
	}
	return nil
}

func waiting(ctx context.Context) error {
	return fmt.Errorf("orylogin/session: waiting for a login: %w", ctx.Err())
}

// next returns the token at hand, the login to wait for, or an error.
func (s *Source) next(ctx context.Context) (orylogin.Secret, *flight, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	valid := s.held.valid(now)
	switch {
	case valid && !s.held.due(now), valid && s.setback.holds(now):
		return s.held.Token, nil, nil
	case s.setback.holds(now):
		return orylogin.Secret{}, nil, s.setback.err
	case !valid && ctx.Err() != nil:
		return orylogin.Secret{}, nil, waiting(ctx)
	}
	if s.flight == nil {
		s.flight = s.takeOff(ctx)
	}
	if valid {
		return s.held.Token, nil, nil
	}
	return orylogin.Secret{}, s.flight, nil
}

// Refused makes the source forget the token and delete it from the [Store]. The next call of
// [Source.Token] logs in. Refused does nothing if the source has another token by now.
//
// If two tokens in a row are refused within a minute of their logins, the reason may not be
// the token. Then the source keeps the second one for a pause, which is as long as the one after
// a failed login, and grows as that one does.
func (s *Source) Refused(ctx context.Context, token orylogin.Secret) {
	if s.usable(ctx) == nil && s.drop(token, time.Now()) {
		s.vault.try(s.sync(ctx))
	}
}

// Reset ends a stop or a pause: the next call of [Source.Token] that needs a login makes one.
// Call it when the credentials are right again. The source keeps its current token.
func (s *Source) Reset() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.setback = setback{}
	s.early = 0
}

// Format prints "token source" and nothing else, whatever the verb. It is safe while others
// use the source.
func (s *Source) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "token source") }

// drop forgets a token that was refused. It reports whether the store must forget it, too.
func (s *Source) drop(token orylogin.Secret, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if token.IsZero() || !s.held.Token.Equal(token) || s.held.refused {
		return false
	}
	s.early++
	if now.Sub(s.held.since) >= time.Minute {
		s.early = 0
	}
	if s.early > 1 {
		s.held.refused, s.held.renewAt = true, now.Add(pause(s.early-1))
		return false
	}
	s.held = held{}
	return true
}

// sync makes the store keep the token of the source.
func (s *Source) sync(ctx context.Context) error {
	return s.vault.sync(ctx, func() StoredToken {
		s.mu.Lock()
		defer s.mu.Unlock()
		return s.held.StoredToken
	})
}

// restore takes the token from the store. It does so only once.
func (s *Source) restore(ctx context.Context) error {
	stored, err := s.vault.load(ctx)
	now := time.Now()
	restored := newHeld(stored, now, s.renewal)
	restored.since = time.Time{} // long ago
	if err != nil || !restored.valid(now) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.Token.IsZero() {
		s.held = restored
	}
	return nil
}
