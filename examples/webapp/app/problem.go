package app

import (
	"cmp"
	"net/http"

	"github.com/orylogin/orylogin"
)

// problemPage is what a user sees of a failure. It has no text of the server, which may repeat
// what was submitted.
type problemPage struct {
	Status int
	Title  string
	Text   string
	Again  string // the URL at which the login begins again; empty for none
	End    string // the URL at which the login of a user who is logged in ends; empty for none
	LogOut bool   // the page has the button to log out
}

var (
	unknownPage = problemPage{Title: "There is no such page", Text: "The link may be old, or mistyped."}
	unreachable = problemPage{Title: "Logging in is not possible right now", Text: "Please try again in a few minutes."}
	stillIn     = problemPage{Title: "You may still be logged in", Text: "Logging out has failed. Please try again.", LogOut: true}
)

// problems has for each outcome what users should know about it.
var problems = map[orylogin.Outcome]problemPage{
	orylogin.OutcomeAlreadyLoggedIn: {
		Title: "You are logged in already",
		Text:  "What you have typed was not checked. To log in as somebody else, log out first.",
	},
	orylogin.OutcomeCSRF: {
		Title: "This login cannot be continued",
		Text: "It was started in another browser, or the cookie that protects it is gone. " +
			"Please start again, and allow cookies for this site.",
	},
	orylogin.OutcomeExpired: {Title: "That took too long", Text: "Nothing was checked. Please start again."},
	orylogin.OutcomeDisabled: {
		Title: "This account cannot be used here",
		Text:  "It is disabled, or it belongs to nobody here. Please log in another way, or ask the people who run this site.",
	},
	orylogin.OutcomeVerification: {
		Title: "Your address is not verified yet",
		Text:  "Please follow the link in the message that was sent to you, and log in again.",
	},
	orylogin.OutcomeRegistration: {
		Title: "You have no account here yet",
		Text: "The account that you have come with belongs to nobody here, and an account here needs more than the other site " +
			"has told. Please register, or log in another way.",
	},
	orylogin.OutcomeForbiddenReturn: {
		Title: "That link leads elsewhere",
		Text:  "It asks to continue at an address that does not belong to this site. You have not been logged in.",
	},
	orylogin.OutcomeSessionChanged: {
		Title: "That was somebody else",
		Text:  "You are still logged in as before. Log out first to log in as somebody else.",
	},
	orylogin.OutcomeInvalidCall: {
		Title: "That link or form cannot be read",
		Text:  "Please go back to the login page and try once more.",
	},
	orylogin.OutcomeOther:          {Title: "The login was refused", Text: "Please start again."},
	orylogin.OutcomeNotFound:       unknownPage,
	orylogin.OutcomeUnsupported:    {Title: "That is not possible here", Text: "The server that keeps the sessions is too old for it."},
	orylogin.OutcomeRateLimited:    unreachable,
	orylogin.OutcomeMisconfigured:  unreachable,
	orylogin.OutcomeLocationChange: unreachable,
	orylogin.OutcomeUnavailable:    unreachable,
	orylogin.OutcomeUnknownAnswer:  unreachable,
	orylogin.OutcomeNoAnswer:       unreachable,
	orylogin.OutcomeCanceled:       unreachable,
}

// problem shows a failure and logs it. The logged text has no secrets.
func (a *app) problem(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	a.Log.WarnContext(r.Context(), "login failed", "status", next.Status, "outcome", next.Outcome, "error", next.Err)
	page := cmp.Or(problems[next.Outcome], problems[orylogin.OutcomeOther])
	page.Status, page.Again, page.End = next.Status, "/login"+next.Again, next.URL
	a.render(w, r, page.Status, "problem", page)
}

// showStillIn says that a logout has failed.
func (a *app) showStillIn(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	a.Log.WarnContext(r.Context(), "logout failed", "status", next.Status, "outcome", next.Outcome, "error", next.Err)
	page := stillIn
	page.Status = next.Status
	a.render(w, r, page.Status, "problem", page)
}

// showError shows the error for which Kratos has sent a browser to this page.
func (a *app) showError(w http.ResponseWriter, r *http.Request) {
	visit := a.visitBack(w, r)
	record, err := visit.GetError(r.Context(), r.URL.Query().Get("id"))
	if err == nil {
		err = record.Err
	}
	a.goOn(w, r, visit.AfterFlow(nil, err))
}

// register is the page to which Kratos sends a browser to register. That happens after a login
// with a provider that does not tell everything that an account needs. This application has no
// registration page: if yours has one, set selfservice.flows.registration.ui_url to it.
func (a *app) register(w http.ResponseWriter, r *http.Request) {
	a.goOn(w, r, a.visitBack(w, r).AfterFlow(nil, &orylogin.RegistrationError{FlowID: r.URL.Query().Get("flow")}))
}

func (a *app) notFound(w http.ResponseWriter, r *http.Request) {
	page := unknownPage
	page.Status = http.StatusNotFound
	a.render(w, r, page.Status, "problem", page)
}
