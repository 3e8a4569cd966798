package hydratest

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	"github.com/orylogin/orylogin/test/daemon"
)

// AcceptConsent tells Hydra that the user lets the client know who they are, and returns
// where the browser goes on. The challenge is the parameter consent_challenge of the
// consent page.
func (s *Server) AcceptConsent(ctx context.Context, challenge string) (string, error) {
	return s.answerConsent(ctx, challenge, "accept", map[string]any{"grant_scope": []string{"openid"}})
}

// RejectConsent tells Hydra that the user does not let the client know who they are, and
// returns where the browser goes on.
func (s *Server) RejectConsent(ctx context.Context, challenge string) (string, error) {
	return s.answerConsent(ctx, challenge, "reject", map[string]any{"error": "access_denied"})
}

func (s *Server) answerConsent(ctx context.Context, challenge, answer string, body map[string]any) (string, error) {
	var next struct {
		RedirectTo string `json:"redirect_to"`
	}
	err := s.client.Do(ctx, daemon.Call{
		Method: http.MethodPut,
		URL:    s.AdminURL + "/admin/oauth2/auth/requests/consent/" + answer + "?consent_challenge=" + url.QueryEscape(challenge),
		Body:   body,
	}, &next)
	if err != nil {
		return "", fmt.Errorf("%s consent: %w", answer, err)
	}
	return next.RedirectTo, nil
}
