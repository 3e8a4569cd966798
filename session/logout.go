package session

import (
	"context"
	"errors"
	"fmt"

	"github.com/orylogin/orylogin"
)

// Logout revokes the current token. The source and the [Store] forget it, and the next call
// of [Source.Token] logs in again. Logout waits for a login under way. It takes the token
// from the store if the source has not read it yet.
//
// The error is nil if the server has revoked the token, or if there is none. It is
// [orylogin.ErrUnknownToken] if the server does not know the token; the source forgets it
// then, too. If the server answers otherwise or not at all, or the store cannot be read, the
// source keeps the token, and Logout can be called again. If the store fails to delete the
// token, the error wraps that failure.
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
	err := s.revoke(ctx)
	if err != nil && !errors.Is(err, orylogin.ErrUnknownToken) {
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

// revoke revokes the current token, if there is one, and forgets it.
func (s *Source) revoke(ctx context.Context) error {
	s.mu.Lock()
	token := s.held.Token
	s.mu.Unlock()
	if token.IsZero() {
		return nil
	}
	err := s.client.Logout(ctx, token)
	if err != nil {
		err = fmt.Errorf("orylogin/session: log out: %w", err)
	}
	if err != nil && !errors.Is(err, orylogin.ErrUnknownToken) {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.held.Token.Equal(token) {
		s.held = held{}
	}
	return err
}
