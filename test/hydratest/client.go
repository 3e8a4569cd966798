package hydratest

import (
	"context"
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin/test/daemon"
)

// CreateClient makes a client known to Hydra, which is an application that logs its users
// in with ours, and returns its id. It has no secret and needs PKCE. Browsers come back to
// the redirect URL.
func (s *Server) CreateClient(ctx context.Context, name, redirectURL string) (string, error) {
	var created struct {
		ID string `json:"client_id"`
	}
	err := s.client.Do(ctx, daemon.Call{Method: http.MethodPost, URL: s.AdminURL + "/admin/clients", Body: map[string]any{
		"client_name":                name,
		"redirect_uris":              []string{redirectURL},
		"grant_types":                []string{"authorization_code"},
		"response_types":             []string{"code"},
		"scope":                      "openid",
		"token_endpoint_auth_method": "none",
	}}, &created)
	if err != nil {
		return "", fmt.Errorf("create OAuth2 client %s: %w", name, err)
	}
	return created.ID, nil
}
