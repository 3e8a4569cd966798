package providertest

import (
	"html/template"
	"net/http"
	"net/url"
)

// User is a user for whom the page of a provider has a button.
type User struct {
	// About says who the user is, or what the login leads to.
	About string
	// Email is empty if the provider does not tell the address.
	Email string
}

// Ask shows a page to each browser from now on. It asks which of the users logs in, or whether
// to deny.
func (p *Provider) Ask(users ...User) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.users = users
}

// The parameter that the page adds to those of the browser.
const (
	chosen = "user"
	denial = "nobody"
)

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en"><meta name="color-scheme" content="light dark"><title>A provider</title>
<h1>Who are you?</h1>
<form>{{range $name, $values := .Query}}{{range $values}}<input type="hidden" name="{{$name}}" value="{{.}}">
{{end}}{{end}}{{range .Users}}<p><button name="{{$.Name}}" value="{{.Email}}">{{.About}}</button></p>
{{end}}<p><button name="{{.Name}}" value="{{.Denial}}">Nobody: do not let them in</button></p>
</form>
`))

func showUsers(w http.ResponseWriter, query url.Values, users []User) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Query": query, "Users": users, "Name": chosen, "Denial": denial})
}
