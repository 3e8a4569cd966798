package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin"
)

// ErrUnknownToken says that the server does not know the token that was to be
// revoked, or knows it no longer.
var ErrUnknownToken = errors.New("orylogin/session: the server does not know the token")

// Logout revokes the current token, and makes the source and the [Store] forget it. It
// waits for a login under way, and takes the token from the store if it has not been
// read yet. The next call of [Source.Token] logs in again.
//
// The error is nil if the server has revoked the token, or if there is none. It is
// [ErrUnknownToken] if the server does not know the token, which is forgotten then,
// too. After any other answer, or none, or if the store cannot be read, the source
// keeps the token, so that Logout can be called again. If the store fails to delete
// the token, the error wraps that failure.
//
// API: DELETE /self-service/logout/api (submitSelfServiceLogoutFlowWithoutBrowser)
func (s *Source) Logout(ctx context.Context) error {
	if err := s.usable(ctx); err != nil {
		return err
	}
	if err := s.await(ctx); err != nil {
		return err
	}
	if err := s.restore(ctx); err != nil {
		return err
	}
	err := s.revoke(ctx, s.current())
	if err != nil && !errors.Is(err, ErrUnknownToken) {
		return err
	}
	return errors.Join(err, s.sync(ctx))
}

// await waits for a login under way.
func (s *Source) await(ctx context.Context) error {
	s.mu.Lock()
	flight := s.flight
	s.mu.Unlock()
	if flight == nil {
		return nil
	}
	select {
	case <-flight.done:
		return nil
	case <-ctx.Done():
		return waiting(ctx)
	}
}

func (s *Source) current() orylogin.Secret {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held.Token
}

// revoke revokes a token and forgets it.
func (s *Source) revoke(ctx context.Context, token orylogin.Secret) error {
	if token.IsZero() {
		return nil
	}
	err := s.client.Logout(ctx, token)
	switch {
	case isUnknownToken(err):
		err = fmt.Errorf("%w: %w", ErrUnknownToken, err)
	case err != nil:
		return fmt.Errorf("orylogin/session: log out: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.Token.Equal(token) {
		s.held = held{}
	}
	return err
}

// isUnknownToken tells the server's refusal to revoke a token, which has no id,
// from the 403 of something in between.
func isUnknownToken(err error) bool {
	var answer *orylogin.APIError
	return errors.As(err, &answer) && answer.StatusCode == http.StatusForbidden && answer.ID == "" &&
		!errors.Is(err, orylogin.ErrUnknownAnswer)
}
