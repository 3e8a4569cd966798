package sso_test

import (
	"fmt"
	"net/http"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hydratest"
)

// application logs users in with Kratos. Its forms are posted to the URL of their page.
type application struct {
	kratos *orylogin.Client
	hydra  *hydratest.Server
	submit submission
}

// submission is one of the two ways to submit.
type submission func(v *orylogin.Visit, r *http.Request, flow *orylogin.Flow) (*orylogin.Login, error)

// both are the two ways. They have the same outcomes.
var both = map[string]submission{"json": submitMethod, "form": submitForm}

func submitMethod(v *orylogin.Visit, r *http.Request, flow *orylogin.Flow) (*orylogin.Login, error) {
	if code := r.PostFormValue("totp_code"); code != "" {
		return v.Submit(r.Context(), flow, orylogin.TOTP{Code: orylogin.NewSecret(code)})
	}
	return v.Submit(r.Context(), flow, orylogin.Password{
		Identifier: r.PostFormValue("identifier"),
		Password:   orylogin.NewSecret(r.PostFormValue("password")),
	})
}

func submitForm(v *orylogin.Visit, r *http.Request, flow *orylogin.Flow) (*orylogin.Login, error) {
	r.PostForm["csrf_token"] = flow.Choices("csrf_token")
	return v.SubmitForm(r.Context(), flow.ID, r.PostForm)
}

func (a *application) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/login", a.login)
	mux.HandleFunc("/error", a.showError)
	mux.Handle("/consent", http.NewCrossOriginProtection().Handler(consentPage{a.kratos, a.hydra.AdminURL}))
	return mux
}

// login shows the form of a login and accepts its submission.
func (a *application) login(w http.ResponseWriter, r *http.Request) {
	visit := a.kratos.Visit(w, r)
	goOn(w, r, visit.Start(r.Context(), a.answer(visit, r)))
}

func (a *application) answer(visit *orylogin.Visit, r *http.Request) orylogin.Next {
	flow, err := visit.GetFlow(r.Context(), r.URL.Query().Get("flow"))
	if err != nil || r.Method != http.MethodPost {
		return visit.AfterFlow(flow, err)
	}
	if err := r.ParseForm(); err != nil {
		return visit.AfterLogin(nil, err)
	}
	return visit.AfterLogin(a.submit(visit, r, flow))
}

// goOn does what is next. A form is posted to the URL of its page, so the URL has everything
// that must be kept.
func goOn(w http.ResponseWriter, r *http.Request, next orylogin.Next) {
	switch {
	case next.Flow != nil && r.URL.Query().Get("flow") == next.Flow.ID:
		w.WriteHeader(next.Status)
		_, _ = fmt.Fprintln(w, "log in with", next.Flow.Methods(), next.Flow.Messages(), next.Outcome)
	case next.Flow != nil, next.Start != nil:
		redirect(w, r, "/login"+next.Action)
	case next.URL != "":
		redirect(w, r, next.URL)
	default:
		http.Error(w, fmt.Sprintf("no login: %s: %v", next.Outcome, next.Err), next.Status)
	}
}

// showError shows the error for which Kratos has sent a browser to this page.
func (a *application) showError(w http.ResponseWriter, r *http.Request) {
	visit := a.kratos.Visit(w, r)
	record, err := visit.GetError(r.Context(), r.URL.Query().Get("id"))
	if err == nil {
		err = record.Err
	}
	goOn(w, r, visit.AfterFlow(nil, err))
}

func redirect(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, target, http.StatusSeeOther)
}
