package app

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/form"
)

// maxForm is how large a submission may be. Answers of passkeys are a few KB.
const maxForm = 64 << 10

type loginPage struct {
	Form         *form.Form
	SecondFactor bool
	Refresh      bool
	CodeSent     bool
	ReturnTo     string
}

// showLogin shows a flow, or starts one and sends the browser to it.
func (a *app) showLogin(w http.ResponseWriter, r *http.Request) {
	id := r.URL.Query().Get("flow")
	if id == "" {
		a.startLogin(w, r)
		return
	}
	flow, err := a.Kratos.Visit(w, r).GetFlow(r.Context(), id)
	switch {
	case err == nil:
		a.renderLogin(w, r, flow)
	case orylogin.NeedsNewFlow(err) && !errors.Is(err, orylogin.ErrCSRFViolation): // which a new flow could have, too
		redirect(w, r, "/login")
	default:
		a.problem(w, r, err)
	}
}

func (a *app) renderLogin(w http.ResponseWriter, r *http.Request, flow *orylogin.Flow) {
	options := form.Options{Action: loginPath("flow", flow.ID), Server: a.KratosURL}
	if a.PostToKratos {
		options.Action = "" // the flow's own
	}
	page := loginPage{
		Form:         form.New(flow, options),
		SecondFactor: flow.RequestedAAL == orylogin.AAL2,
		Refresh:      flow.Refresh,
		CodeSent:     flow.CodeSent(),
	}
	a.allow(w, page.Form)
	a.render(w, r, http.StatusOK, "login", page)
}

// startLogin starts the flow that the query asks for.
func (a *app) startLogin(w http.ResponseWriter, r *http.Request) {
	query := r.URL.Query()
	returnTo := query.Get("return_to")
	if returnTo != "" {
		safe, ok := orylogin.SafeRedirect(returnTo, a.origins...)
		if !ok {
			a.show(w, r, forbiddenReturn)
			return
		}
		if returnTo = safe; returnTo[0] == '/' {
			returnTo = a.URL + returnTo
		}
	}
	flow, err := a.Kratos.Visit(w, r).CreateFlow(r.Context(), orylogin.FlowOptions{
		AAL:            orylogin.AAL(query.Get("aal")),
		Refresh:        query.Get("refresh") == "true",
		ReturnTo:       returnTo,
		LoginChallenge: query.Get("login_challenge"),
		Organization:   query.Get("organization"),
		Via:            query.Get("via"),
	})
	switch {
	case err == nil:
		redirect(w, r, loginPath("flow", flow.ID))
	case errors.Is(err, orylogin.ErrSessionAlreadyAvailable):
		redirect(w, r, a.safe(returnTo))
	case errors.Is(err, orylogin.ErrSessionAAL1Required):
		redirect(w, r, loginPath("return_to", returnTo)) // the first factor comes first
	default:
		a.problem(w, r, err)
	}
}

// submitLogin hands a form on to Kratos and sends the browser to what comes next.
func (a *app) submitLogin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		a.show(w, r, badForm)
		return
	}
	id := r.URL.Query().Get("flow")
	if id == "" || len(r.PostForm) == 0 {
		a.show(w, r, badForm)
		return
	}
	login, err := a.Kratos.Visit(w, r).SubmitForm(r.Context(), id, r.PostForm)
	if err == nil {
		redirect(w, r, a.safe(login.RedirectTo))
		return
	}
	a.continueLogin(w, r, err)
}

// continueLogin sends the browser on after a login that is not complete. Messages
// are kept in the flow.
func (a *app) continueLogin(w http.ResponseWriter, r *http.Request, err error) {
	var (
		refused *orylogin.ValidationError
		next    *orylogin.NextStepError
		owed    *orylogin.SecondFactorError
		expired *orylogin.ExpiredError
		change  *orylogin.LocationChangeError
		answer  *orylogin.APIError
	)
	switch {
	case errors.Is(err, orylogin.ErrSessionAlreadyAvailable):
		redirect(w, r, "/")
	case errors.Is(err, orylogin.ErrTooManyTries) && errors.As(err, &answer):
		redirect(w, r, loginPath("aal", string(answer.Flow.RequestedAAL)))
	case errors.As(err, &refused):
		redirect(w, r, loginPath("flow", refused.Flow.ID))
	case errors.As(err, &next):
		redirect(w, r, loginPath("flow", next.Flow.ID))
	case errors.As(err, &owed):
		redirect(w, r, loginPath("aal", "aal2", "return_to", returnToOf(owed.URL)))
	case errors.As(err, &expired) && expired.UseFlowID != "":
		redirect(w, r, loginPath("flow", expired.UseFlowID))
	case errors.As(err, &change) && isWeb(change.URL): // the provider that Kratos is configured for
		redirect(w, r, change.URL)
	default:
		a.problem(w, r, err)
	}
}

// returnToOf returns where a login that the server names would end.
func returnToOf(loginURL string) string {
	parsed, err := url.Parse(loginURL)
	if err != nil {
		return ""
	}
	return parsed.Query().Get("return_to")
}

func isWeb(target string) bool {
	parsed, err := url.Parse(target)
	return err == nil && parsed.Host != "" && (parsed.Scheme == "https" || parsed.Scheme == "http")
}
