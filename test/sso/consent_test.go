package sso_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/orylogin/orylogin"
)

// The page is that of docs/browser.md.

// consentPage is Hydra's urls.consent. It stands behind an http.CrossOriginProtection.
type consentPage struct {
	kratos *orylogin.Client
	admin  string // the URL of Hydra's admin API
}

// consentRequest is what Hydra tells of a challenge, and where the browser continues.
type consentRequest struct {
	Skip    bool     `json:"skip"`    // the user need not be asked
	Subject string   `json:"subject"` // the id of the user's identity
	Scopes  []string `json:"requested_scope"`
	Client  struct {
		Name string `json:"client_name"`
	} `json:"client"`
	RedirectTo string `json:"redirect_to"`
}

var consentForm = template.Must(template.New("consent").Parse(`<!doctype html>
<html lang="en"><title>May {{.Client.Name}} know who you are?</title>
<form method="post"><p>May {{.Client.Name}} know who you are? It asks for: {{range .Scopes}}{{.}} {{end}}</p>
<button name="answer" value="yes">Yes</button> <button name="answer" value="no">No</button></form>`))

func (c consentPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var asked consentRequest
	err := c.ask(r, http.MethodGet, "", nil, &asked)
	switch {
	case err != nil:
	case r.Method == http.MethodPost && r.PostFormValue("answer") == "yes", asked.Skip:
		err = c.ask(r, http.MethodPut, "/accept", map[string]any{
			"grant_scope": asked.Scopes, "session": map[string]any{"id_token": c.claims(w, r, asked)},
		}, &asked)
	case r.Method == http.MethodPost:
		err = c.ask(r, http.MethodPut, "/reject", map[string]any{"error": "access_denied"}, &asked)
	}
	var status hydraStatus
	switch {
	case errors.As(err, &status) && (status == http.StatusBadRequest || status == http.StatusNotFound):
		http.Error(w, "nobody asks here: please go back to where you came from", http.StatusBadRequest)
	case err != nil:
		slog.WarnContext(r.Context(), "consent", "err", err)
		http.Error(w, "please try again later", http.StatusBadGateway)
	case asked.RedirectTo != "":
		http.Redirect(w, r, asked.RedirectTo, http.StatusSeeOther)
	default:
		_ = consentForm.Execute(w, asked)
	}
}

// claims returns the claims of the ID token besides sub. There are none if the browser does not
// have a session of this user any more.
func (c consentPage) claims(w http.ResponseWriter, r *http.Request, asked consentRequest) map[string]any {
	var traits struct {
		Email string `json:"email"`
	}
	who, err := c.kratos.Visit(w, r).Whoami(r.Context())
	if err != nil || who.Identity.ID != asked.Subject || who.Traits(&traits) != nil || !slices.Contains(asked.Scopes, "email") {
		return nil
	}
	return map[string]any{"email": traits.Email}
}

// hydraStatus is an error: a status of Hydra other than 200.
type hydraStatus int

func (s hydraStatus) Error() string { return fmt.Sprintf("Hydra answers %d", int(s)) }

// ask asks Hydra about the challenge of the page, or answers it.
func (c consentPage) ask(r *http.Request, method, answer string, body any, asked *consentRequest) error {
	challenge := url.Values{"consent_challenge": {r.URL.Query().Get("consent_challenge")}}
	encoded, err := json.Marshal(body)
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(r.Context(), method,
		c.admin+"/admin/oauth2/auth/requests/consent"+answer+"?"+challenge.Encode(), bytes.NewReader(encoded))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return hydraStatus(response.StatusCode)
	}
	return json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(asked)
}
