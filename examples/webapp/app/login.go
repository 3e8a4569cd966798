package app

import (
	"net/http"
	"net/url"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/form"
)

// maxForm limits a submission, in bytes. The answer of a passkey has a few KB.
const maxForm = 64 << 10

type loginPage struct {
	Form         *form.Form
	Notice       string
	SecondFactor bool
	Refresh      bool
	CodeSent     bool
	Again        string // the URL at which the login begins again
}

// login shows the form of a login and accepts its submission.
func (a *app) login(w http.ResponseWriter, r *http.Request) {
	visit, isPost := a.visit(w, r), r.Method == http.MethodPost
	next := visit.Start(r.Context(), answer(visit, w, r))
	a.keepQuery(w, next)
	switch {
	case isPost && next.Flow != nil && next.Outcome != orylogin.OutcomeRefused && notices[next.Outcome] == "": // a reload would post again
		redirect(w, r, "/login"+next.Action)
	case isPost && next.Outcome == orylogin.OutcomeAlreadyLoggedIn && next.URL != "": // perhaps as somebody else
		next.Status = http.StatusConflict
		a.problem(w, r, next)
	default:
		a.goOn(w, r, next)
	}
}

// answer returns what is next for a browser that opens the login page or submits its form.
func answer(visit *orylogin.Visit, w http.ResponseWriter, r *http.Request) orylogin.Next {
	id := r.URL.Query().Get("flow")
	if r.Method != http.MethodPost {
		return visit.AfterFlow(visit.GetFlow(r.Context(), id))
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return visit.AfterLogin(nil, err)
	}
	return visit.AfterLogin(visit.SubmitForm(r.Context(), id, r.PostForm))
}

// logInFor sends a browser without a session to the login page. The login ends at the page
// returnTo. After other errors logInFor does what is next.
func (a *app) logInFor(w http.ResponseWriter, r *http.Request, returnTo string, next orylogin.Next) {
	if next.Start == nil {
		a.goOn(w, r, next)
		return
	}
	redirect(w, r, "/login?"+url.Values{"return_to": {returnTo}}.Encode())
}

// goOn does what is next.
func (a *app) goOn(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	switch {
	case next.Flow != nil:
		a.renderLogin(w, r, next)
	case next.URL != "":
		redirect(w, r, next.URL)
	default:
		a.problem(w, r, next)
	}
}

func (a *app) renderLogin(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	options := form.Options{Action: "/login" + next.Action, Server: a.KratosURL, Captcha: a.CaptchaURL}
	if a.PostToKratos {
		options.Action = "" // the form goes to the flow's own action
	}
	options.Identifier = r.PostForm.Get("identifier") // for a new flow in place of one that has expired
	if next.Flow.Refresh {
		options.Identifier = a.identifier(w, r)
	}
	page := loginPage{
		Form:         form.New(next.Flow, options),
		Notice:       notices[next.Outcome],
		SecondFactor: next.Flow.RequestedAAL == orylogin.AAL2,
		Refresh:      next.Flow.Refresh,
		CodeSent:     next.Flow.CodeSent(),
		Again:        "/login" + next.Again,
	}
	a.allow(w, page.Form)
	a.render(w, r, next.Status, "login", page)
}

// notices say why there is a new form.
var notices = map[orylogin.Outcome]string{
	orylogin.OutcomeExpired:      "This login took too long, and nothing was checked. Please try once more.",
	orylogin.OutcomeTooManyTries: "That were too many wrong codes. Please begin again.",
	orylogin.OutcomeCSRF:         "This login was started in another browser, or before another login. Please begin again.",
	orylogin.OutcomeNoSession:    "Please log in first.",
}
