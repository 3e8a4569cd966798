package app

import (
	"net/http"

	"github.com/orylogin/orylogin"
)

// problemPage is what a user sees of a failure: no text of the server, which may
// repeat what was submitted.
type problemPage struct {
	Status int
	Title  string
	Text   string
}

var (
	badForm = problemPage{
		http.StatusBadRequest, "That form cannot be read",
		"Please go back to the login page and try once more.",
	}
	forbiddenReturn = problemPage{
		http.StatusBadRequest, "That link leads elsewhere",
		"It asks to continue at an address that does not belong to this site. You have not been logged in.",
	}
	unknownPage = problemPage{
		http.StatusNotFound, "There is no such page",
		"The link may be old, or mistyped.",
	}
	noCookies = problemPage{
		http.StatusForbidden, "This login cannot be continued",
		"It was started in another browser, or the cookie that protects it is gone. " +
			"Please start again, and allow cookies for this site.",
	}
	disabled = problemPage{
		http.StatusForbidden, "This account is disabled",
		"Please ask the people who run this site.",
	}
	unverified = problemPage{
		http.StatusForbidden, "Your address is not verified yet",
		"Please follow the link in the message that was sent to you, and log in again.",
	}
	expiredPage = problemPage{
		http.StatusGone, "This login took too long",
		"Nothing was checked. Please start again.",
	}
	unreachable = problemPage{
		http.StatusBadGateway, "Logging in is not possible right now",
		"Please try again in a few minutes.",
	}
	refusedPage = problemPage{
		http.StatusBadRequest, "The login was refused",
		"Please start again.",
	}
)

// describe says what a user should know of an error.
func describe(err error) problemPage {
	switch orylogin.OutcomeOf(err) { //nolint:exhaustive // the others end the login, too
	case orylogin.OutcomeCSRF:
		return noCookies
	case orylogin.OutcomeDisabled:
		return disabled
	case orylogin.OutcomeVerification:
		return unverified
	case orylogin.OutcomeForbiddenReturn:
		return forbiddenReturn
	case orylogin.OutcomeExpired:
		return expiredPage
	case orylogin.OutcomeNotFound:
		return unknownPage
	case orylogin.OutcomeUnavailable, orylogin.OutcomeUnknownAnswer, orylogin.OutcomeNoAnswer,
		orylogin.OutcomeCanceled, orylogin.OutcomeRateLimited, orylogin.OutcomeMisconfigured:
		return unreachable
	default:
		return refusedPage
	}
}

// problem shows an error, whose text has no secrets and goes to the log.
func (a *app) problem(w http.ResponseWriter, r *http.Request, err error) {
	page := describe(err)
	a.Log.WarnContext(r.Context(), "login failed", "status", page.Status, "error", err)
	a.show(w, r, page)
}

func (a *app) show(w http.ResponseWriter, r *http.Request, page problemPage) {
	a.render(w, r, page.Status, "problem", page)
}

// showError shows the error for which Kratos has sent a browser here.
func (a *app) showError(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("id")
	if id == "" {
		a.show(w, r, unknownPage)
		return
	}
	failure, err := a.Kratos.Visit(w, r).GetError(r.Context(), id)
	if err == nil {
		err = failure.Err
	}
	a.problem(w, r, err)
}

func (a *app) notFound(w http.ResponseWriter, r *http.Request) { a.show(w, r, unknownPage) }
