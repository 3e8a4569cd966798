package orylogintest

import (
	"crypto/rand"
	"html/template"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// callbackPath is the path to which a provider sends browsers back. The provider's id follows
// it.
const callbackPath = "/self-service/methods/oidc/callback/"

// away is a browser that a flow has sent to a provider.
type away struct {
	flow     *flow
	provider string
	state    string
	cookie   string // identifies the browser when it comes back
}

// account is a user's account at a provider.
type account struct {
	provider string
	email    string
	person   *person // the person with that address
}

// providerURL returns the URL of the provider to which a browser is sent.
func (s *Server) providerURL(there away) string {
	return s.providerSite.URL + "/" + there.provider + "?" + url.Values{
		"client_id":     {"orylogintest"},
		"redirect_uri":  {s.URL + callbackPath + there.provider},
		"response_type": {"code"},
		"scope":         {"openid email"},
		"state":         {there.state},
	}.Encode()
}

// isProvider reports whether a host is that of the providers.
func (s *Server) isProvider(host string) bool {
	return s.providerSite != nil && host == s.providerSite.Listener.Addr().String()
}

var providerPage = template.Must(template.New("").Parse(`<!doctype html>
<html lang="en"><title>{{.Provider}}</title>
<h1>{{.Provider}}</h1>
<p>This page stands for the provider. Without an address, it does not tell who you are.</p>
<form>
{{range $name, $values := .Query}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<p><label>E-mail address <input type="email" name="email" autofocus></label></p>
<p><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button>
<button name="answer" value="fail">Fail</button></p>
</form>
</html>
`))

// serveProvider serves the page of a provider and its buttons.
func (s *Server) serveProvider(w http.ResponseWriter, r *http.Request) {
	provider, query := path.Base(r.URL.Path), r.URL.Query()
	back := s.URL + callbackPath + provider
	answer := url.Values{"state": {query.Get("state")}}
	switch {
	case !slices.Contains(s.providers, provider) || query.Get("redirect_uri") != back:
		http.NotFound(w, r)
		return
	case query.Get("answer") == "allow":
		answer.Set("code", s.addAccount(provider, strings.TrimSpace(query.Get("email"))))
	case query.Get("answer") == "fail":
		answer.Set("code", "refused")
	case query.Get("answer") == "deny":
		answer.Set("error", "access_denied")
		answer.Set("error_description", "no, thanks")
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = providerPage.Execute(w, map[string]any{"Provider": provider, "Query": query}) // an error means that the client is gone
		return
	}
	http.Redirect(w, r, back+"?"+answer.Encode(), http.StatusFound) //nolint:gosec // to this server
}

// addAccount returns a code for an account. The code works once.
func (s *Server) addAccount(provider, email string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := rand.Text()
	s.accounts[code] = account{provider: provider, email: email}
	return code
}
