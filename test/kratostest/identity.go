package kratostest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/daemon"
)

// Identity is a user who can log in.
type Identity struct {
	// ID is set by CreateIdentity.
	ID string
	// Email and Username are the identifiers of the identity. At least one is needed. Mails go
	// to Email.
	Email    string
	Username string
	// Password may be empty. Then the identity has no password.
	Password string
	// Verified says that Email has been verified.
	Verified bool
	// Inactive says that the identity is disabled.
	Inactive bool
}

// CreateIdentity creates the identity through the admin API and returns it
// with its ID.
func (s *Server) CreateIdentity(ctx context.Context, identity Identity) (Identity, error) {
	var created struct {
		ID string `json:"id"`
	}
	creation := daemon.Call{Method: http.MethodPost, URL: s.AdminAPI() + "/identities", Body: identity.encode()}
	if err := s.client.Do(ctx, creation, &created); err != nil {
		return Identity{}, fmt.Errorf("create identity %s: %w", identity.name(), err)
	}
	identity.ID = created.ID
	return identity, nil
}

// SetActive enables or disables the identity.
func (s *Server) SetActive(ctx context.Context, identity Identity, active bool) error {
	patch := []any{map[string]any{"op": "replace", "path": "/state", "value": state(active)}}
	err := s.client.Do(ctx, daemon.Call{Method: http.MethodPatch, URL: s.identityURL(identity), Body: patch}, nil)
	if err != nil {
		return fmt.Errorf("make identity %s %s: %w", identity.name(), state(active), err)
	}
	return nil
}

// Sessions returns how many sessions the identity has, up to 500.
func (s *Server) Sessions(ctx context.Context, identity Identity) (int, error) {
	var sessions []struct{}
	if err := s.client.Get(ctx, s.identityURL(identity)+"/sessions?page_size=500", &sessions); err != nil {
		return 0, fmt.Errorf("count the sessions of identity %s: %w", identity.name(), err)
	}
	return len(sessions), nil
}

// ExtendSessions extends all sessions of the identity, so that they end a session's lifespan
// from now. The configuration says when sessions can be extended.
func (s *Server) ExtendSessions(ctx context.Context, identity Identity) error {
	if err := s.extendSessions(ctx, identity); err != nil {
		return fmt.Errorf("extend the sessions of identity %s: %w", identity.ID, err)
	}
	return nil
}

func (s *Server) extendSessions(ctx context.Context, identity Identity) error {
	var sessions []struct {
		ID string `json:"id"`
	}
	if err := s.client.Get(ctx, s.identityURL(identity)+"/sessions?page_size=500", &sessions); err != nil {
		return err
	}
	for _, session := range sessions {
		extension := daemon.Call{Method: http.MethodPatch, URL: s.AdminAPI() + "/sessions/" + session.ID + "/extend"}
		if err := s.client.Do(ctx, extension, nil); err != nil {
			return err
		}
	}
	return nil
}

// DeleteSessions deletes all sessions of the identity.
func (s *Server) DeleteSessions(ctx context.Context, identity Identity) error {
	err := s.client.Do(ctx, daemon.Call{Method: http.MethodDelete, URL: s.identityURL(identity) + "/sessions"}, nil)
	if err != nil {
		return fmt.Errorf("delete the sessions of identity %s: %w", identity.name(), err)
	}
	return nil
}

func (s *Server) identityURL(identity Identity) string {
	return s.AdminAPI() + "/identities/" + identity.ID
}

// name returns the identifier with which the identity logs in.
func (i Identity) name() string {
	if i.Email != "" {
		return i.Email
	}
	return i.Username
}

// encode returns the request of the admin API that creates the identity.
func (i Identity) encode() map[string]any {
	traits := map[string]any{}
	if i.Email != "" {
		traits["email"] = i.Email
	}
	if i.Username != "" {
		traits["username"] = i.Username
	}
	encoded := map[string]any{
		"schema_id": "default",
		"state":     state(!i.Inactive),
		"traits":    traits,
	}
	if i.Password != "" {
		config := map[string]any{"password": i.Password}
		encoded["credentials"] = map[string]any{"password": map[string]any{"config": config}}
	}
	if i.Verified {
		encoded["verifiable_addresses"] = []any{map[string]any{
			"via": "email", "value": i.Email, "verified": true, "status": "completed",
		}}
	}
	return encoded
}

func state(active bool) string {
	if active {
		return "active"
	}
	return "inactive"
}
