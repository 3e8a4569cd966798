package test

import (
	"cmp"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/session"
)

// All of this file is docs/browser.md, and recipes_page_test.go runs it.

// loginPage returns the handler of /login.
func loginPage(client *orylogin.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visit, isPost := client.Visit(w, r), r.Method == http.MethodPost
		next := visit.Start(r.Context(), nextOf(visit, w, r))
		keepQuery(w, next)
		switch {
		case isPost && next.Flow != nil && next.Outcome != orylogin.OutcomeRefused && notices[next.Outcome] == "": // a reload would post again
			http.Redirect(w, r, "/login"+next.Action, http.StatusSeeOther)
		case isPost && next.Outcome == orylogin.OutcomeAlreadyLoggedIn && next.URL != "": // perhaps as somebody else
			next.Status = http.StatusConflict
			showProblem(w, next)
		case next.Flow != nil:
			nameUser(r.Context(), visit, next.Flow)
			showForm(w, next)
		case next.URL != "":
			http.Redirect(w, r, next.URL, next.Status)
		default:
			slog.WarnContext(r.Context(), "login", "err", next.Err)
			showProblem(w, next)
		}
	}
}

// nextOf returns what is next for a browser that opens the page or submits its form.
func nextOf(visit *orylogin.Visit, w http.ResponseWriter, r *http.Request) orylogin.Next {
	id := r.URL.Query().Get("flow")
	if r.Method != http.MethodPost {
		return visit.AfterFlow(visit.GetFlow(r.Context(), id))
	}
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return visit.AfterLogin(nil, err)
	}
	return visit.AfterLogin(visit.SubmitForm(r.Context(), id, r.PostForm)) // not r.Form, which also has the query
}

// keepQuery keeps what the login is for, such as its return_to. The function visitBack needs it.
func keepQuery(w http.ResponseWriter, next orylogin.Next) {
	kept := &http.Cookie{ // over https, set Secure, too
		Name: "login_query", Value: strings.TrimPrefix(next.Again, "?"), Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode,
	}
	if len(kept.Value) > 3<<10 { // browsers drop a cookie of 4 KB, and keep the one before
		kept.Value, kept.MaxAge = "", -1
	}
	http.SetCookie(w, kept)
}

// nameUser fills in the identifier of a refresh. If users can log in with mailed codes, Kratos
// leaves it empty.
func nameUser(ctx context.Context, visit *orylogin.Visit, flow *orylogin.Flow) {
	for i := range flow.UI.Nodes {
		field := &flow.UI.Nodes[i].Attributes
		if !flow.Refresh || field.Name != "identifier" || field.Value.Text() != "" {
			continue
		}
		var traits struct {
			Identifier api.Value `json:"email"` // the trait with which your users log in
		}
		if session, err := visit.Whoami(ctx); err == nil && session.Traits(&traits) == nil {
			field.Value = traits.Identifier
		}
	}
}

// loginPages are whole pages: the form for all methods that need no script, and a problem.
var loginPages = template.Must(template.New("").Parse(`
{{define "form"}}<!doctype html>
<html lang="en"><title>Log in</title>
{{with .Notice}}<p role="status">{{.}}</p>{{end}}
{{range .Next.Flow.UI.Messages}}{{if or $.Forms (eq .Type "error")}}{{template "message" .}}{{end}}{{end}}
{{range .Next.Flow.UI.Nodes}}{{with .Attributes}}{{if and (eq .Name "identifier") (eq .Type "hidden")}}
<p>{{.Value.Text}}{{if not (or $.Next.Flow.CodeSent $.Next.Flow.Refresh)}} <a href="/login{{$.Next.Again}}">Use another address</a>{{end}}</p>
{{end}}{{end}}{{end}}
{{range .Forms}}<form method="post" action="{{$.Next.Action}}">{{range .}}{{template "node" .}}{{end}}</form>
{{else}}<p role="alert">{{if or .Next.Flow.Methods (ne .Next.Flow.RequestedAAL "aal2")}}There is nothing to log in with here.{{else}}Your account has no second factor.{{end}}</p>
{{end}}{{template "links" .Next}}
{{if eq .Next.Flow.RequestedAAL "aal2"}}{{template "logout"}}{{end}}{{end}}

{{define "node"}}{{$label := ""}}{{with .Meta.Label}}{{$label = .Text}}{{end}}
{{with .Attributes}}{{if ne .NodeType "input"}}
{{else if eq .Type "hidden"}}<input type="hidden" name="{{.Name}}" value="{{.Value.Text}}">
{{else if eq .Type "submit"}}<button name="{{.Name}}" value="{{.Value.Text}}"{{if eq .Name "resend"}} formnovalidate{{end}}>{{$label}}</button>
{{else if ne .Type "button"}}<label>{{$label}} <input type="{{.Type}}" name="{{.Name}}" value="{{.Value.Text}}"{{if .Required}} required{{end}} autocomplete="{{.Autocomplete}}"></label>
{{end}}{{end}}{{range .Messages}}{{template "message" .}}{{end}}{{end}}

{{define "message"}}<p role="{{if eq .Type "error"}}alert{{else}}status{{end}}">{{.Text}}</p>{{end}}

{{define "links"}}<p><a href="/login{{.Again}}">Begin again</a> or <a href="/login{{.Other}}">use another account</a></p>{{end}}

{{define "problem"}}<!doctype html>
<html lang="en"><title>That did not work</title>
<p role="alert">{{.Text}}</p>
{{with .Next.URL}}<p><a href="{{.}}">Continue</a></p>{{end}}
{{template "links" .Next}}{{end}}

{{define "still"}}<!doctype html>
<html lang="en"><title>Not logged out</title>
<p role="alert">You may still be logged in. Please try again.</p>
{{template "logout"}}{{end}}

{{define "logout"}}<form method="post" action="/logout"><button>Log out</button></form>{{end}}`))

func showForm(w http.ResponseWriter, next orylogin.Next) {
	show(w, "form", next, map[string]any{"Next": next, "Notice": notices[next.Outcome], "Forms": formsOf(next.Flow)})
}

func showProblem(w http.ResponseWriter, next orylogin.Next) {
	show(w, "problem", next, map[string]any{"Next": next, "Text": problemText(next.Outcome)})
}

func show(w http.ResponseWriter, page string, next orylogin.Next, data any) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store") // the page is that of one browser
	var answer *orylogin.APIError
	if errors.As(next.Err, &answer) && answer.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.FormatFloat(math.Ceil(answer.RetryAfter.Seconds()), 'f', 0, 64))
	}
	w.WriteHeader(next.Status)
	_ = loginPages.ExecuteTemplate(w, page, data)
}

// formsOf returns the nodes of each form. Enter presses the first button of a form. So each method
// has its own form, and the button that sends another code is the last one. The password comes before
// mailed codes, and both before providers.
func formsOf(flow *orylogin.Flow) [][]api.UINode {
	groups, names := map[string]int{"code": 1, "oidc": 2, "saml": 2}, map[string]int{"resend": 1}
	nodes := slices.SortedStableFunc(slices.Values(flow.UI.Nodes), func(a, b api.UINode) int {
		return cmp.Or(groups[a.Group]-groups[b.Group], names[a.Attributes.Name]-names[b.Attributes.Name])
	})
	var forms [][]api.UINode
	seen := map[string]bool{}
	for _, button := range nodes {
		if button.Attributes.Type != "submit" || seen[button.Group] {
			continue
		}
		seen[button.Group] = true
		var form []api.UINode
		for _, node := range nodes {
			isShared := node.Group == "default" || node.Group == "captcha" || node.Attributes.Name == "identifier"
			isNeeded := node.Attributes.Type == "hidden" || button.Attributes.Name != "provider"
			if isShared && len(forms) > 0 {
				node.Messages = nil // the first form shows them
			}
			if node.Group == button.Group || isShared && isNeeded {
				form = append(form, node)
			}
		}
		forms = append(forms, form)
	}
	return forms
}

// notices say why there is a new form.
var notices = map[orylogin.Outcome]string{
	orylogin.OutcomeExpired:      "That took too long, and nothing was checked. Please log in once more.",
	orylogin.OutcomeTooManyTries: "Those were too many wrong codes. Please begin again.",
	orylogin.OutcomeCSRF:         "That form was from another browser, or from before another login. Please begin again.",
	orylogin.OutcomeNoSession:    "Please log in first.",
}

// problemTexts say what a user can do. They repeat nothing that the server says.
var problemTexts = map[orylogin.Outcome]string{
	orylogin.OutcomeAlreadyLoggedIn: "You are still logged in as before. What you have typed was not checked.",
	orylogin.OutcomeCSRF:            "That page was from another browser, or your browser keeps no cookies. Please begin again.",
	orylogin.OutcomeDisabled:        "This account cannot be used. Please ask the people who run this site.",
	orylogin.OutcomeVerification:    "Your address is not verified. Please follow the link in the message that was sent to you.",
	orylogin.OutcomeRegistration:    "You have no account here yet. Please register, or log in another way.",
	orylogin.OutcomeSessionChanged:  "That was somebody else. You are still logged in as before.",
	orylogin.OutcomeForbiddenReturn: "That link leads to another site. You have not been logged in.",
	orylogin.OutcomeNotFound:        "There is no such page.",
	orylogin.OutcomeInvalidCall:     "That link or form cannot be read. Please begin again.",
	orylogin.OutcomeOther:           "That login cannot be continued. Please begin again.",
}

func problemText(outcome orylogin.Outcome) string {
	return cmp.Or(problemTexts[outcome], notices[outcome], "Logging in is not possible right now. Please try again in a few minutes.")
}

// errorPage returns the handler of GET /error. Kratos sends browsers there after a failure.
func errorPage(client *orylogin.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		visit := visitBack(client, w, r)
		record, err := visit.GetError(r.Context(), r.URL.Query().Get("id"))
		if err == nil {
			err = record.Err
		}
		goOn(w, r, visit.AfterFlow(nil, err))
	}
}

// registrationPage returns the handler of GET /registration, for a site without a form to register.
func registrationPage(client *orylogin.Client) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		goOn(w, r, visitBack(client, w, r).AfterFlow(nil, &orylogin.RegistrationError{}))
	}
}

// visitBack returns the Visit of a page to which Kratos sends a browser. What the login was for is
// not in the URL of that page, but in the cookie of keepQuery.
func visitBack(client *orylogin.Client, w http.ResponseWriter, r *http.Request) *orylogin.Visit {
	if kept, err := r.Cookie("login_query"); err == nil {
		r = r.Clone(r.Context())
		r.URL.RawQuery = kept.Value
	}
	return client.Visit(w, r)
}

// goOn does what a Next says, on a page that shows no form.
func goOn(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	if next.URL != "" {
		http.Redirect(w, r, next.URL, next.Status)
		return
	}
	slog.WarnContext(r.Context(), "login", "err", next.Err)
	showProblem(w, next)
}

// logout returns the handler of POST /logout.
func logout(client *orylogin.Client) http.Handler {
	return http.NewCrossOriginProtection().Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visit := client.Visit(w, r)
		err := visit.Logout(r.Context())
		if err == nil || errors.Is(err, orylogin.ErrSessionInactive) { // the second: nobody was logged in
			http.Redirect(w, r, "/", http.StatusSeeOther)
			return
		}
		slog.WarnContext(r.Context(), "logout", "err", err)
		show(w, "still", visit.AfterFlow(nil, err), nil)
	}))
}

// newPages returns the handler of all pages: / is for everybody, and /account for users who are logged in.
func newPages(client *orylogin.Client) (http.Handler, error) {
	guard, err := session.NewGuard(client, session.WithCookiesOnly(), session.WithRefusal(refusePage),
		session.WithLoginURL("/login"), session.WithStepUpURL("/login")) // Start asks for the factor that Kratos demands
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /{$}", greetAll(guard))
	mux.Handle("GET /account", guard.Wrap(http.HandlerFunc(greet)))
	mux.Handle("/login", loginPage(client))
	mux.Handle("GET /error", errorPage(client))
	mux.Handle("GET /registration", registrationPage(client))
	mux.Handle("POST /logout", logout(client))
	return mux, nil
}
