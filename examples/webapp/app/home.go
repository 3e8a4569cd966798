package app

import (
	"cmp"
	"errors"
	"net/http"
	"time"

	"github.com/orylogin/orylogin"
)

type homePage struct {
	Name    string
	AAL     orylogin.AAL
	Methods []method
	Expires time.Time
	StepUp  bool
}

type method struct {
	Name string
	At   time.Time
}

// home says who is logged in.
func (a *app) home(w http.ResponseWriter, r *http.Request) {
	visit := a.visit(w, r)
	session, err := visit.Whoami(r.Context())
	if err != nil {
		a.logInFor(w, r, "/", visit.AfterFlow(nil, err))
		return
	}
	a.render(w, r, http.StatusOK, "home", newHomePage(session))
}

func newHomePage(session *orylogin.Session) homePage {
	page := homePage{
		AAL:     session.AuthenticatorAssuranceLevel,
		Expires: session.ExpiresAt,
		StepUp:  session.AuthenticatorAssuranceLevel != orylogin.AAL2,
	}
	for _, each := range session.AuthenticationMethods {
		page.Methods = append(page.Methods, method{Name: methodName(each.Method), At: each.CompletedAt})
	}
	if page.Name = identifierOf(session); page.Name == "" && session.Identity != nil {
		page.Name = session.Identity.ID
	}
	return page
}

// identifier is identifierOf the session of the browser. It is empty if there is none.
func (a *app) identifier(w http.ResponseWriter, r *http.Request) string {
	session, err := a.visit(w, r).Whoami(r.Context())
	if err != nil {
		return ""
	}
	return identifierOf(session)
}

// identifierOf returns what the user of a session logs in with. It is empty if the identity has
// other traits.
func identifierOf(session *orylogin.Session) string {
	var traits struct{ Email, Username string }
	_ = session.Traits(&traits) // traits of another form do no harm
	return cmp.Or(traits.Email, traits.Username)
}

func methodName(name string) string {
	switch name {
	case "password":
		return "Password"
	case "code":
		return "Code by e-mail"
	case "totp":
		return "Authenticator app"
	case "lookup_secret":
		return "Backup code"
	case "passkey":
		return "Passkey"
	case "webauthn":
		return "Security key"
	case "oidc":
		return "Other account"
	default:
		return name
	}
}

// logout logs the browser out and shows the login page.
func (a *app) logout(w http.ResponseWriter, r *http.Request) {
	visit := a.visit(w, r)
	err := visit.Logout(r.Context())
	if err != nil && !errors.Is(err, orylogin.ErrSessionInactive) {
		a.showStillIn(w, r, visit.AfterFlow(nil, err))
		return
	}
	redirect(w, r, "/") // which leads to the login page
}
