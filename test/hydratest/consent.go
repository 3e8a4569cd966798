package hydratest

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/orylogin/orylogin/test/daemon"
)

var consentPage = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><meta name="color-scheme" content="light dark"><title>May the client know who you are?</title>
<h1>May the client know who you are?</h1>
<form method="post"><button name="answer" value="yes">Yes</button> <button name="answer" value="no">No</button></form>
`))

// Consent is the consent page of an application. It asks the user whether the client may know
// who the user is, and tells Hydra the answer.
func (s *Server) Consent(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		_ = consentPage.Execute(w, nil)
		return
	}
	target, err := s.answerConsent(r.Context(), r.URL.Query().Get("consent_challenge"), r.PostFormValue("answer") == "yes")
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

// answerConsent tells Hydra the answer and returns the URL to which the browser goes next.
func (s *Server) answerConsent(ctx context.Context, challenge string, yes bool) (string, error) {
	answer, body := "reject", map[string]any{"error": "access_denied"}
	if yes {
		answer, body = "accept", map[string]any{"grant_scope": []string{"openid"}}
	}
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
