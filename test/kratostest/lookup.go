package kratostest

import (
	"context"
	"errors"
	"fmt"
)

// EnrolLookupSecrets gives the identity lookup secrets for a second factor. Each works once.
// The identity must have a password. It enrols them in a settings flow, as a user does.
func (s *Server) EnrolLookupSecrets(ctx context.Context, identity Identity) ([]string, error) {
	secrets, err := s.enrolLookupSecrets(ctx, identity)
	if err != nil {
		return nil, fmt.Errorf("enrol identity %s in lookup secrets: %w", identity.name(), err)
	}
	return secrets, nil
}

func (s *Server) enrolLookupSecrets(ctx context.Context, identity Identity) ([]string, error) {
	settings, err := s.startSettings(ctx, identity)
	if err != nil {
		return nil, err
	}
	generate := map[string]any{"method": "lookup_secret", "lookup_secret_regenerate": true}
	if err := settings.submit(ctx, generate); err != nil {
		return nil, err
	}
	var secrets []string
	for _, secret := range settings.node("lookup_secret_codes").Attributes.Text.Context.Secrets {
		secrets = append(secrets, secret.Text)
	}
	if len(secrets) == 0 {
		return nil, errors.New("the settings flow offers no secrets")
	}
	confirm := map[string]any{"method": "lookup_secret", "lookup_secret_confirm": true}
	return secrets, settings.submit(ctx, confirm)
}
