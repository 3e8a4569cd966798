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
var templates embed.FS

var pages = map[string]*template.Template{
	"login":   parse("login"),
	"home":    parse("home"),
	"problem": parse("problem"),

	"sessions": parse("sessions"),
}

func parse(name string) *template.Template {
	return template.Must(template.ParseFS(templates, "templates/layout.tmpl", "templates/"+name+".tmpl"))
}

// render writes a page when it is complete.
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

// secure sets the headers of all pages.
func secure(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", sources{}.policy())
		header.Set("X-Frame-Options", "DENY")
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "same-origin")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), publickey-credentials-get=(self)")
		next.ServeHTTP(w, r)
	})
}

// allow adds to the policy what a form needs. Browsers apply form-action to the redirects after
// a form, too.
func (a *app) allow(w http.ResponseWriter, f *form.Form) {
	actions := slices.Concat(a.ReturnOrigins, a.FormOrigins)
	if a.PostToKratos {
		actions = append(actions, a.KratosURL)
	}
	if f.HasProviders() {
		actions = append(actions, a.providerSources()...)
	}
	allowed := sources{scripts: f.ScriptSources(), frames: f.FrameSources(), images: f.ImageSources(), actions: actions}
	w.Header().Set("Content-Security-Policy", allowed.policy())
}

// providerSources returns the origins at which providers may be. If the application is on
// loopback, for development, they include loopback.
func (a *app) providerSources() []string {
	sources := []string{"https:"}
	if isLoopback(a.URL) {
		sources = append(sources, "http://localhost:*", "http://127.0.0.1:*")
	}
	return sources
}

// isLoopback reports whether an address is a plain http address of this machine.
func isLoopback(address string) bool {
	parsed, err := url.Parse(address)
	if err != nil || parsed.Scheme != "http" {
		return false
	}
	ip, err := netip.ParseAddr(parsed.Hostname())
	return parsed.Hostname() == "localhost" || err == nil && ip.IsLoopback()
}

// sources are the origins that a page may use besides its own.
type sources struct{ scripts, frames, images, actions []string }

// policy returns the Content Security Policy that allows only the sources. They come from the
// configuration, and never from an answer of the server.
func (s sources) policy() string {
	directives := []string{
		"default-src 'none'",
		"style-src 'self'",
		allowing("script-src 'self'", s.scripts),
		allowing("img-src 'self' data:", s.images),
		allowing("form-action 'self'", s.actions),
		"base-uri 'none'",
		"frame-ancestors 'none'",
	}
	if len(s.frames) > 0 {
		directives = append(directives, allowing("frame-src", s.frames))
	}
	return strings.Join(directives, "; ")
}

// allowing returns a directive with the origins.
func allowing(directive string, origins []string) string {
	return strings.Join(append([]string{directive}, origins...), " ")
}
