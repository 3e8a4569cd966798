package test

import (
	"cmp"
	"html/template"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
	"github.com/orylogin/orylogin/test/providertest"
)

// The next part is docs/browser.md.

// loginPage is a whole page, for all methods that need no script.
var loginPage = template.Must(template.New("login").Parse(`<!doctype html>
<html lang="en"><title>Log in</title>
{{with .Notice}}<p role="status">{{.}}</p>{{end}}
{{range .Next.Flow.UI.Messages}}<p role="alert">{{.Text}}</p>{{end}}
{{if not .Next.Flow.Methods}}<p>There is nothing to log in with{{if eq .Next.Flow.RequestedAAL "aal2"}}: your account has no second factor{{end}}.</p>{{end}}
{{range $ofProviders := .Forms}}<form method="post" action="{{$.Next.Action}}">
{{range $.Next.Flow.UI.Nodes}}{{$isProvider := or (eq .Group "oidc") (eq .Group "saml")}}
{{if or (eq $isProvider $ofProviders) (eq .Attributes.Name "csrf_token")}}{{template "node" .}}{{end}}
{{end}}</form>
{{end}}<p><a href="/login{{.Next.Again}}">Begin again</a> or <a href="/login{{.Next.Other}}">use another account</a></p>
{{define "node"}}{{$label := ""}}{{with .Meta.Label}}{{$label = .Text}}{{end}}
{{with .Attributes}}{{if ne .NodeType "input"}}
{{else if eq .Type "hidden"}}<input type="hidden" name="{{.Name}}" value="{{.Value.Text}}">
{{else if eq .Type "submit"}}<button name="{{.Name}}" value="{{.Value.Text}}">{{$label}}</button>
{{else if ne .Type "button"}}<label>{{$label}} <input type="{{.Type}}" name="{{.Name}}" value="{{.Value.Text}}" autocomplete="{{.Autocomplete}}"></label>
{{end}}{{end}}{{range .Messages}}<p role="alert">{{.Text}}</p>{{end}}{{end}}`))

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
	forms := []bool{false, true} // that of the fields, and that of the providers
	_ = loginPage.Execute(w, map[string]any{"Next": next, "Notice": notices[next.Outcome], "Forms": forms})
}

// problemTexts say what a user can do. They repeat nothing that the server says.
var problemTexts = map[orylogin.Outcome]string{
	orylogin.OutcomeCSRF:            "That page was from another browser, or your browser keeps no cookies. Please begin again.",
	orylogin.OutcomeDisabled:        "This account cannot be used. Please ask the people who run this site.",
	orylogin.OutcomeVerification:    "Your address is not verified. Please follow the link in the message that was sent to you.",
	orylogin.OutcomeRegistration:    "You have no account here yet. Please register, or log in another way.",
	orylogin.OutcomeSessionChanged:  "That was somebody else. You are still logged in as before.",
	orylogin.OutcomeForbiddenReturn: "That link leads to another site. You have not been logged in.",
	orylogin.OutcomeNotFound:        "There is no such page.",
	orylogin.OutcomeInvalidCall:     "That form cannot be read. Please begin again.",
	orylogin.OutcomeOther:           "That login cannot be continued. Please begin again.",
}

func problemText(outcome orylogin.Outcome) string {
	return cmp.Or(problemTexts[outcome], "Logging in is not possible right now. Please try again in a few minutes.")
}

// shown is the page that a browser shows.
type shown struct {
	t       *testing.T
	browser *http.Client
	at      *url.URL
	status  int
	text    string
	fields  url.Values            // of all forms
	buttons map[string]pageButton // by the label
	link    string
}

type pageButton struct {
	form        *pageForm
	name, value string
}

type pageForm struct {
	action string
	fields url.Values
}

func (s *shown) read(response *http.Response, err error) {
	s.t.Helper()
	require.NoError(s.t, err)
	document, err := html.Parse(response.Body)
	require.NoError(s.t, err)
	require.NoError(s.t, response.Body.Close())
	s.at, s.status, s.text, s.link = response.Request.URL, response.StatusCode, "", ""
	s.fields, s.buttons = url.Values{}, map[string]pageButton{}
	last := &pageForm{}
	for node := range document.Descendants() {
		attributes := map[string]string{}
		for _, each := range node.Attr {
			attributes[each.Key] = each.Val
		}
		switch {
		case node.Type == html.TextNode:
			s.text += node.Data + "\n"
		case node.Data == "form":
			last = &pageForm{attributes["action"], url.Values{}}
		case node.Data == "input":
			s.fields.Set(attributes["name"], attributes["value"])
			last.fields.Set(attributes["name"], attributes["value"])
		case node.Data == "button":
			s.buttons[node.FirstChild.Data] = pageButton{last, attributes["name"], attributes["value"]}
		case node.Data == "a":
			s.link = attributes["href"]
		}
	}
}

// open opens a page, whose URL may be relative to the one before.
func (s *shown) open(target string) {
	s.t.Helper()
	resolved, err := s.at.Parse(target)
	require.NoError(s.t, err)
	s.read(s.browser.Get(resolved.String())) //nolint:noctx // the test's server ends it
}

// press fills in the form of the button with a label, and presses it.
func (s *shown) press(label string, fields ...string) {
	s.t.Helper()
	require.Contains(s.t, s.buttons, label, s.text)
	pressed := s.buttons[label]
	for i := 0; i < len(fields); i += 2 {
		require.True(s.t, pressed.form.fields.Has(fields[i]), s.text)
		pressed.form.fields.Set(fields[i], fields[i+1])
	}
	pressed.form.fields.Set(pressed.name, pressed.value)
	target, err := s.at.Parse(pressed.form.action)
	require.NoError(s.t, err)
	s.read(s.browser.PostForm(target.String(), pressed.form.fields)) //nolint:noctx // the test's server ends it
}

// forget makes it a browser without cookies.
func (s *shown) forget() {
	jar, err := cookiejar.New(nil)
	require.NoError(s.t, err)
	s.browser = &http.Client{Jar: jar}
}

// pageSite is an application with the page of the document.
type pageSite struct {
	*shown
	kratos *kratostest.Server
	last   orylogin.Next
}

func openSite(t *testing.T) *pageSite {
	t.Helper()
	app := httptest.NewUnstartedServer(nil)
	at, err := url.Parse("http://" + app.Listener.Addr().String())
	require.NoError(t, err)
	provider := providertest.Start(t, "new@example.com")
	s := &pageSite{shown: &shown{t: t, at: at}}
	s.forget()
	s.kratos, _ = start(t, provider.Settings(playground.Settings(at.String())...)...)
	client := newClient(t, s.kratos.PublicURL)
	mux := http.NewServeMux()
	mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("home")) })
	mux.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		s.last = visit.Start(r.Context(), answerForm(visit, r))
		switch next := s.last; {
		case next.Outcome == orylogin.OutcomeNextStep && r.Method == http.MethodPost:
			http.Redirect(w, r, "/login"+next.Action, http.StatusSeeOther)
		case next.Flow != nil:
			showForm(w, next)
		case next.URL != "":
			http.Redirect(w, r, next.URL, next.Status)
		default:
			http.Error(w, problemText(next.Outcome), next.Status)
		}
	})
	app.Config.Handler = mux
	app.Start()
	t.Cleanup(app.Close)
	return s
}

// TestLoginPage logs in by the page of the document, with two factors and with codes, and
// looks at what is above the form.
func TestLoginPage(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	key, err := s.kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)

	s.open("/login?return_to=/account")
	s.press("Sign in with password", "identifier", ada.Email, "password", "a wild guess")
	require.Contains(t, s.text, "credentials are invalid")
	require.Equal(t, ada.Email, s.fields.Get("identifier"))

	change(t, s.kratos, flowsExpire)
	s.open("/login?return_to=/account")
	change(t, s.kratos, flowsLast)
	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.Contains(t, s.text, notices[orylogin.OutcomeExpired])

	s.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.NotContains(t, s.text, "Please log in")
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	s.press("Use Authenticator", "totp_code", code)
	require.Equal(t, "/account", s.at.Path, s.text)

	s.forget()
	s.open("/login?aal=aal2")
	require.Contains(t, s.text, notices[orylogin.OutcomeNoSession])
	s.press("Send sign in code", "identifier", ada.Email)
	mailed, err := s.kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	s.open(s.at.String()) // which mails no other code
	s.press("Continue", "code", mailed)
	require.Contains(t, s.fields, "totp_code", s.text)
}

// TestLoginPageElsewhere comes from a provider, from another tab and from another browser.
func TestLoginPageElsewhere(t *testing.T) {
	t.Parallel()
	s := openSite(t)
	s.open("/login?return_to=/account")
	require.NotEqual(t, s.buttons["Sign in with password"].form, s.buttons[providertest.Label].form)
	copied := s.at.Query()
	copied.Set("flow", s.last.Flow.ID)
	before := *s.shown

	tab := *s.shown
	tab.press("Sign in with password", "identifier", ada.Email, "password", ada.Password)
	require.Equal(t, "/account", tab.at.Path)
	before.press("Sign in with password", "identifier", "bob@example.com", "password", "whatever")
	require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, s.last.Outcome)
	require.Equal(t, "/account", before.at.Path)

	s.open("/login?aal=aal2")
	require.Contains(t, s.text, "your account has no second factor")
	require.Equal(t, "/login?prompt=login", s.link, "which is no dead end for somebody else")

	s.forget()
	s.open("/login?" + copied.Encode())
	require.Equal(t, http.StatusForbidden, s.status)
	require.Contains(t, s.text, problemTexts[orylogin.OutcomeCSRF])
	s.open("/login" + s.last.Again)
	require.Equal(t, http.StatusOK, s.status)
	require.Equal(t, "/login?prompt=login&return_to=%2Faccount", s.link) // the last one

	s.open("/login")
	s.press(providertest.Label)
	require.Equal(t, "/", s.at.Path)
	require.Equal(t, "home\n", s.text)
}

// TestProblemTexts holds that each problem has a text, and that nobody is told to wait who can
// do something.
func TestProblemTexts(t *testing.T) {
	t.Parallel()
	problems := 0
	table := leadsTo(t)
	delete(table, string(orylogin.OutcomeSecondFactor)) // whose problem has the outcome session_changed
	for outcome, cells := range table {
		for _, cell := range slices.Concat(slices.Collect(maps.Values(cells))...) {
			if status, ok := strings.CutPrefix(cell, "problem "); ok {
				isOurs := status < "429"
				require.Equal(t, isOurs, problemTexts[orylogin.Outcome(outcome)] != "", outcome)
				require.NotEmpty(t, problemText(orylogin.Outcome(outcome)))
				problems++
			}
		}
	}
	require.Greater(t, problems, 80)
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
