package session

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin"
)

// ErrUnknownToken says that a token was to be revoked that the server does not
// know, or no longer.
var ErrUnknownToken = errors.New("orylogin/session: the server does not know the token")

// Logout revokes the token at hand, that in the [Store] included, and makes the
// source and the store forget it. It waits for a login under way. The error is nil
// if the server has revoked the token, or there is none; it is [ErrUnknownToken]
// if the server does not know it, which is forgotten all the same. After any other
// answer, or none, the source keeps the token, so that Logout can be called again.
// So it does if the store cannot be read. A failure of the store to delete the
// token is joined to the error. The next call
// of [Source.Token] logs in again.
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
