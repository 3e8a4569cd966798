package providertest

import (
	"html/template"
	"net/http"
	"net/url"
	"strings"
)

// Ask shows a page to each browser from now on. Its form is that of the providers of
// orylogintest: a field for the e-mail address of the user, and the buttons Allow, Deny and Fail.
func (p *Provider) Ask() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asks = true
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta name="color-scheme" content="light dark"><title>A provider</title>
<h1>A provider</h1>
<p>This page stands for the provider. Without an address, it does not tell who you are.</p>
<form>
{{range $name, $values := .}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}<p><label>E-mail address <input type="email" name="email" autofocus></label></p>
<p><button name="answer" value="allow">Allow</button> <button name="answer" value="deny">Deny</button>
<button name="answer" value="fail">Fail</button></p>
</form>
</html>
`))

// ask shows the page, or does what its button says. next completes the login.
func (p *Provider) ask(w http.ResponseWriter, r *http.Request, next http.Handler) {
	query := r.URL.Query()
	switch query.Get("answer") {
	case "allow":
		p.LogIn(strings.TrimSpace(query.Get("email")))
		next.ServeHTTP(w, r)
	case "deny":
		goBack(w, r, denial)
	case "fail":
		goBack(w, r, url.Values{"code": {"refused"}})
	default:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_ = page.Execute(w, query) // an error means that the client is gone
	}
}

var denial = url.Values{"error": {"access_denied"}, "error_description": {"no, thanks"}}

// goBack sends the browser back to Kratos with an answer.
func goBack(w http.ResponseWriter, r *http.Request, answer url.Values) {
	query := r.URL.Query()
	back := query.Get("redirect_uri") + "?" + answer.Encode() + "&" + url.Values{"state": {query.Get("state")}}.Encode()
	http.Redirect(w, r, back, http.StatusFound) //nolint:gosec // Kratos's URL
}
