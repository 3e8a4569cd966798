package sso_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hydratest"
)

// application logs users in by Kratos, and asks them whether a client may know who they
// are. Its forms are posted to the URL of their page.
type application struct {
	kratos *orylogin.Client
	hydra  *hydratest.Server
	submit submission
}

// submission is one of the two ways of a submission.
type submission func(v *orylogin.Visit, r *http.Request, flow *orylogin.Flow) (*orylogin.Login, error)

// both come to the same.
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
	if err := r.ParseForm(); err != nil {
		return nil, err
	}
	r.PostForm["csrf_token"] = flow.Choices("csrf_token")
	return v.SubmitForm(r.Context(), flow.ID, r.PostForm)
}

func (a *application) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /login", a.showLogin)
	mux.HandleFunc("POST /login", a.submitLogin)
	mux.HandleFunc("GET /consent", a.showConsent)
	mux.HandleFunc("POST /consent", a.submitConsent)
	return mux
}

// showLogin shows a flow, or starts the one that the query asks for.
func (a *application) showLogin(w http.ResponseWriter, r *http.Request) {
	visit, query := a.kratos.Visit(w, r), r.URL.Query()
	if id := query.Get("flow"); id != "" {
		flow, err := visit.GetFlow(r.Context(), id)
		if err != nil {
			answer(w, r, err)
			return
		}
		_, _ = fmt.Fprintln(w, "log in with", flow.Methods(), flow.Messages())
		return
	}
	flow, err := visit.CreateFlow(r.Context(), orylogin.FlowOptions{
		AAL:            orylogin.AAL(query.Get("aal")),
		LoginChallenge: query.Get("login_challenge"),
	})
	if err != nil {
		answer(w, r, err)
		return
	}
	redirect(w, r, "/login?flow="+url.QueryEscape(flow.ID))
}

func (a *application) submitLogin(w http.ResponseWriter, r *http.Request) {
	visit := a.kratos.Visit(w, r)
	flow, err := visit.GetFlow(r.Context(), r.URL.Query().Get("flow"))
	if err != nil {
		answer(w, r, err)
		return
	}
	login, err := a.submit(visit, r, flow)
	if err != nil {
		answer(w, r, err)
		return
	}
	redirect(w, r, login.RedirectTo)
}

// answer sends the browser on after a login that is not complete.
func answer(w http.ResponseWriter, r *http.Request, err error) {
	var (
		refused *orylogin.ValidationError
		owed    *orylogin.SecondFactorError
		change  *orylogin.LocationChangeError
	)
	switch {
	case errors.As(err, &refused):
		redirect(w, r, "/login?flow="+url.QueryEscape(refused.Flow.ID))
	case errors.As(err, &owed):
		_, query, _ := strings.Cut(owed.URL, "?") // has the challenge, too
		redirect(w, r, "/login?"+query)
	case errors.As(err, &change):
		redirect(w, r, change.URL)
	default:
		http.Error(w, fmt.Sprintf("no login: %s: %v", orylogin.OutcomeOf(err), err), http.StatusBadGateway)
	}
}

func (a *application) showConsent(w http.ResponseWriter, _ *http.Request) {
	_, _ = fmt.Fprintln(w, "may the client know who you are?")
}

func (a *application) submitConsent(w http.ResponseWriter, r *http.Request) {
	reply := a.hydra.RejectConsent
	if r.PostFormValue("answer") == "yes" {
		reply = a.hydra.AcceptConsent
	}
	target, err := reply(r.Context(), r.URL.Query().Get("consent_challenge"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	redirect(w, r, target)
}

func redirect(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, target, http.StatusSeeOther)
}
