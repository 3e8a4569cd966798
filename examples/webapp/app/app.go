// Package app is a web application whose users log in with Ory Kratos. It shows the server's
// login flows as its own pages. It stores nothing: the session is in a cookie of the server.
package app

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"slices"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/form"
)

// Config has the settings of the application.
type Config struct {
	// Kratos is the client for the server. Its orylogin.WithReturnOrigins must have URL and
	// ReturnOrigins.
	Kratos *orylogin.Client

	// KratosURL is the URL at which browsers find the server. Browsers may load its scripts.
	// The client can have another URL, at which the application finds the server.
	KratosURL string

	// URL is the URL at which browsers find the application, without a slash at the end.
	URL string

	// ReturnOrigins are the origins besides URL to which a return_to may lead and at which
	// forms may end. Kratos must allow them, too.
	ReturnOrigins []string

	// FormOrigins are further origins at which forms may end, such as an OAuth2 server and its
	// clients.
	FormOrigins []string

	// PostToKratos makes browsers send their forms to Kratos instead of here.
	PostToKratos bool

	// CaptchaURL is the URL of the scripts and frames of a captcha: on Ory Network
	// https://challenges.cloudflare.com. Default: no captcha.
	CaptchaURL string

	// AddressHeader is the header with the browser's address, such as X-Forwarded-For. The
	// proxy before the application sets it. Of several addresses the last one counts, since
	// that proxy has added it. Default: there is no proxy.
	AddressHeader string

	// Log is where failures go. Default: slog.Default().
	Log *slog.Logger
}

type app struct{ Config }

//go:embed static
var static embed.FS

// New returns the application.
func New(config Config) (http.Handler, error) {
	if err := config.check(); err != nil {
		return nil, err
	}
	config.Log = cmp.Or(config.Log, slog.Default())
	a := &app{config}

	files, err := fs.Sub(static, "static")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", a.home)
	mux.HandleFunc("GET /login", a.login)
	mux.HandleFunc("POST /login", a.login)
	mux.HandleFunc("POST /logout", a.logout)
	mux.HandleFunc("GET /error", a.showError)
	mux.HandleFunc("GET /registration", a.register)
	mux.HandleFunc("GET /sessions", a.sessions)
	mux.HandleFunc("POST /sessions/end", a.endSession)
	mux.HandleFunc("POST /sessions/end-others", a.endOtherSessions)
	mux.Handle("GET /static/", http.StripPrefix("/static/", http.FileServerFS(files)))
	mux.HandleFunc("GET /static/form.js", serveScript)
	mux.HandleFunc("/", a.notFound)

	// The application accepts forms only from its own pages.
	return secure(http.NewCrossOriginProtection().Handler(mux)), nil
}

// check checks that the addresses can be used in pages and policies, and brings them into one
// form.
func (c *Config) check() error {
	own, err := url.Parse(c.URL)
	kratos, isURL := form.Origin(c.KratosURL)
	captcha, isCaptcha := form.Origin(c.CaptchaURL)
	switch {
	case c.Kratos == nil:
		return errors.New("app: Kratos is nil")
	case err != nil || own.Host == "" || own.Path != "":
		return errors.New("app: URL is not an origin such as http://localhost:4455")
	case !isURL:
		return errors.New("app: KratosURL is not a URL such as http://localhost:4433")
	case !isCaptcha && c.CaptchaURL != "":
		return errors.New("app: CaptchaURL is not a URL such as https://challenges.cloudflare.com")
	}
	for _, address := range slices.Concat(c.ReturnOrigins, c.FormOrigins) {
		if origin, _ := form.Origin(address); origin != address || address == "" {
			return errors.New("app: one of ReturnOrigins and FormOrigins is not an origin such as https://app.example.com")
		}
	}
	c.KratosURL, c.CaptchaURL = kratos, captcha
	return nil
}

func serveScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
	_, _ = w.Write(form.Script)
}

// redirect sends a browser to a page, which the browser gets with GET. The target is a path of
// the application or the URL of a Next.
func redirect(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, target, http.StatusSeeOther)
}
