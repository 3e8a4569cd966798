package app

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/orylogin/orylogin/examples/webapp/form"
)

//go:embed templates
var sources embed.FS

var pages = map[string]*template.Template{
	"login":   parse("login"),
	"home":    parse("home"),
	"problem": parse("problem"),
}

func parse(name string) *template.Template {
	return template.Must(template.ParseFS(sources, "templates/layout.tmpl", "templates/"+name+".tmpl"))
}

// render writes a page once it is known to be whole.
func (a *app) render(w http.ResponseWriter, r *http.Request, status int, name string, data any) {
	var page bytes.Buffer
	if err := pages[name].ExecuteTemplate(&page, "layout", data); err != nil {
		a.Log.ErrorContext(r.Context(), "page not rendered", "page", name, "error", err)
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = page.WriteTo(w)
}

// secure sets what holds for all pages.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", policy(nil, nil, nil))
		header.Set("X-Frame-Options", "DENY")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)")
		next.ServeHTTP(w, r)
	})
}

// allow permits what a form needs besides. Browsers hold the redirects after a form
// to form-action, too.
func (a *app) allow(w http.ResponseWriter, f *form.Form) {
	actions := slices.Clone(a.ReturnOrigins)
	if a.PostToKratos {
		actions = append(actions, a.KratosURL)
	}
	if f.HasProviders() {
		actions = append(actions, a.providerSources()...)
	}
	w.Header().Set("Content-Security-Policy", policy(f.ScriptSources(), f.ImageSources(), actions))
}

// providerSources returns where providers may be: on loopback, too, if that is where
// the application itself is, for development.
func (a *app) providerSources() []string {
	sources := []string{"https:"}
	if isLoopback(a.URL) {
		sources = append(sources, "http://localhost:*", "http://127.0.0.1:*")
	}
	return sources
}

// isLoopback reports whether an address is one of this machine, over plain http.
func isLoopback(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

func policy(scripts, images, actions []string) string {
	return strings.Join([]string{
		"default-src 'none'",
		"style-src 'self'",
		allowing("script-src 'self'", scripts),
		allowing("img-src 'self' data:", images),
		allowing("form-action 'self'", actions),
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}, "; ")
}

// allowing adds sources to a directive. They come from the configuration, and none of them
// from an answer of the server.
func allowing(directive string, sources []string) string {
	return strings.Join(append([]string{directive}, sources...), " ")
}
