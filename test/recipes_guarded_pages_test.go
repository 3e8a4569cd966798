package test

import (
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/session"
)

// The rest is docs/guard.md, as in the folder guard, whose tests are about these functions alone.

func greet(w http.ResponseWriter, r *http.Request) {
	if who, found := session.FromContext(r.Context()); found {
		_, _ = fmt.Fprintln(w, "hello", who.Identity.ID)
		return
	}
	_, _ = fmt.Fprintln(w, "hello stranger")
}

// greetAll greets a user whose session is good enough, and everybody else as a stranger.
func greetAll(guard *session.Guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if inside, err := guard.Authenticate(r.Context(), session.RequestCredential(w, r)); err == nil {
			r = r.WithContext(inside)
		}
		greet(w, r)
	}
}

// refusePage is the function of session.WithRefusal for the guards of pages.
func refusePage(w http.ResponseWriter, r *http.Request, refusal *session.Refusal) {
	slog.InfoContext(r.Context(), "refused", "path", r.URL.Path, "refusal", refusal)
	target, err := url.Parse(refusal.URL)
	switch {
	case err != nil || !strings.Contains(r.Header.Get("Accept"), "text/html"):
		refusal.ServeHTTP(w, r)
	case (r.Method == http.MethodGet || r.Method == http.MethodHead) && refusal.URL != "":
		query := target.Query()
		query.Set("return_to", r.URL.RequestURI())
		target.RawQuery = query.Encode()
		w.Header().Set("Cache-Control", "no-store")
		http.Redirect(w, r, target.String(), http.StatusSeeOther)
	default:
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(refusal.StatusCode)
		_ = refusedPage.Execute(w, refusal)
	}
}

// refusedPage is the page for a form that is refused, and for a Kratos that is down.
var refusedPage = template.Must(template.New("refused").Parse(`<!doctype html>
<html lang="en"><title>Not done</title>
{{if .URL}}<p>Nothing was done. <a href="{{.URL}}" target="_blank">Confirm in another tab that it is you</a>. Then reload this page.</p>
{{else if ge .StatusCode 429}}<p>We cannot check your login right now. Reload this page in a minute.</p>
{{else}}<p>You may not do this.</p>
{{end}}</html>`))
