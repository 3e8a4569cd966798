package test

import (
	"html/template"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// The next part is docs/browser.md.

// loginPage is a whole page, for all methods that need no script.
var loginPage = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="en"><title>Log in</title>
{{with .Notice}}<p role="status">{{.}}</p>{{end}}
{{range .Next.Flow.UI.Messages}}<p role="alert">{{.Text}}</p>{{end}}
<form method="post" action="{{.Next.Action}}">
{{range .Next.Flow.UI.Nodes}}{{$label := ""}}{{with .Meta.Label}}{{$label = .Text}}{{end}}
{{with .Attributes}}{{if ne .NodeType "input"}}
{{else if eq .Type "hidden"}}<input type="hidden" name="{{.Name}}" value="{{.Value.Text}}">
{{else if eq .Type "submit"}}<button name="{{.Name}}" value="{{.Value.Text}}">{{$label}}</button>
{{else if ne .Type "button"}}<label>{{$label}} <input type="{{.Type}}" name="{{.Name}}" value="{{.Value.Text}}"></label>
{{end}}{{end}}{{range .Messages}}<p role="alert">{{.Text}}</p>{{end}}
{{end}}</form>`))

// notices say why there is a new form.
var notices = map[orylogin.Outcome]string{
	orylogin.OutcomeExpired:      "That took too long, and nothing was checked. Please log in once more.",
	orylogin.OutcomeTooManyTries: "Those were too many wrong codes. Please begin again.",
	orylogin.OutcomeCSRF:         "That form was from another browser, or from before another login. Please begin again.",
	orylogin.OutcomeNoSession:    "Please log in first.",
}

func showForm(w http.ResponseWriter, next orylogin.Next) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // the form is that of one browser
	w.WriteHeader(next.Status)
	_ = loginPage.Execute(w, map[string]any{"Next": next, "Notice": notices[next.Outcome]})
}

// shown is the page that a browser shows.
type shown struct {
	t       *testing.T
	browser *http.Client
	at      *url.URL
	text    string
	action  string
	fields  url.Values
	buttons map[string]string // a name and a value, by the label
}

func (s *shown) read(response *http.Response, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
	document, err := html.Parse(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	s.at, s.text, s.action, s.fields, s.buttons = response.Request.URL, "", "", url.Values{}, map[string]string{}
	for node := range document.Descendants() {
		attributes := map[string]string{}
		for _, each := range node.Attr {
			attributes[each.Key] = each.Val
		}
		switch {
		case node.Type == html.TextNode:
			s.text += node.Data + "\n"
		case node.Data == "form":
			s.action = attributes["action"]
		case node.Data == "input":
			s.fields.Set(attributes["name"], attributes["value"])
		case node.Data == "button":
			s.buttons[node.FirstChild.Data] = attributes["name"] + "=" + attributes["value"]
		}
	}
}

func (s *shown) open(target string) {
	s.t.Helper()
	s.read(s.browser.Get(target)) //nolint:noctx // the test's server ends it
}

// press fills in the form and presses the button with a label.
func (s *shown) press(label string, fields ...string) {
	s.t.Helper()
	form := s.fields
	for i := 0; i < len(fields); i += 2 {
		require.True(s.t, form.Has(fields[i]), s.text)
		form.Set(fields[i], fields[i+1])
	}
	require.Contains(s.t, s.buttons, label, s.text)
	name, value, _ := strings.Cut(s.buttons[label], "=")
	form.Set(name, value)
	target, err := s.at.Parse(s.action)
	require.NoError(s.t, err)
	s.read(s.browser.PostForm(target.String(), form)) //nolint:noctx // the test's server ends it
}

// TestLoginPage logs in by the page of the document, with two factors and with codes, and
// looks at what is above the form.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("home")) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		next := visit.Start(r.Context(), answerForm(visit, r))
		switch {
		case next.Flow != nil:
			showForm(w, next)
		case next.URL != "":
			http.Redirect(w, r, next.URL, next.Status)
		default:
			http.Error(w, string(next.Outcome), next.Status)
		}
	})
	app := httptest.NewServer(mux)
	t.Cleanup(app.Close)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	s := &shown{t: t, browser: &http.Client{Jar: jar}}

	s.open(app.URL + "/login?return_to=/account")
	s.press("Sign in with password", "identifier", ada.Email, "password", "a wild guess")
	require.Contains(t, s.text, "credentials are invalid")
	require.Equal(t, ada.Email, s.fields.Get("identifier"))

	change(t, kratos, flowsExpire)
	s.open(app.URL + "/login?return_to=/account")
	change(t, kratos, flowsLast)
	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.Contains(t, s.text, notices[orylogin.OutcomeExpired])

	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.NotContains(t, s.text, "Please log in")
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	s.press("Use Authenticator", "totp_code", code)
	require.Equal(t, "/account", s.at.Path, s.text)

	s.browser.Jar, err = cookiejar.New(nil)
	require.NoError(t, err)
	s.open(app.URL + "/login?aal=aal2")
	require.Contains(t, s.text, notices[orylogin.OutcomeNoSession])
	s.press("Send sign in code", "identifier", ada.Email)
	mailed, err := kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	s.press("Continue", "code", mailed)
	require.Contains(t, s.fields, "totp_code", s.text)
}

// answerForm is that of the README.
func answerForm(visit *orylogin.Visit, r *http.Request) orylogin.Next {
	id := r.URL.Query().Get("flow")
	if r.Method != http.MethodPost {
		return visit.AfterFlow(visit.GetFlow(r.Context(), id))
	}
	if err := r.ParseForm(); err != nil {
		return visit.AfterLogin(nil, err)
	}
	return visit.AfterLogin(visit.SubmitForm(r.Context(), id, r.PostForm))
}
