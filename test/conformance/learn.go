package conformance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/test/contract"
	"github.com/orylogin/orylogin/test/kratostest"
)

// Connect returns a running Kratos as a target. It asks for the release and learns as much as
// it can about the configuration. The admin URL includes the prefix /admin of the releases that
// have one. If version is given, such as v1.3.1, Connect does not ask for the release.
func Connect(ctx context.Context, publicURL, adminURL, version string, spec *contract.Contract) (*Target, error) {
	publicURL, adminURL = strings.TrimRight(publicURL, "/"), strings.TrimRight(adminURL, "/")
	if version == "" {
		var err error
		if version, err = askVersion(ctx, adminURL); err != nil {
			return nil, fmt.Errorf("ask for the release: %w", err)
		}
	}
	release, err := kratostest.ParseRelease(version)
	if err != nil {
		return nil, fmt.Errorf("the server does not say which release it is, so set RELEASE for make, or KRATOS_RELEASE: %w", err)
	}
	target := &Target{
		PublicURL: publicURL, Release: release, Contract: spec,
		Admin: &Running{publicURL, adminURL, release},
	}
	return target, target.Learn(ctx)
}

// askVersion asks the admin API for its version. The path of the version is below the API's
// prefix only in some releases.
func askVersion(ctx context.Context, adminURL string) (string, error) {
	kratos := &Running{}
	answer, err := kratos.call(ctx, http.MethodGet, adminURL+"/version", "", nil)
	if err != nil {
		answer, err = kratos.call(ctx, http.MethodGet, strings.TrimSuffix(adminURL, "/admin")+"/version", "", nil)
	}
	return answer.text("version"), err
}

// Learn learns the pages and the configuration of a server from its answers. It cannot detect
// short-lived codes and web hooks. It cannot detect that a second factor is demanded if nobody can
// enrol one.
func (t *Target) Learn(ctx context.Context) error {
	run := newRun(ctx, t, Scenario{Name: "learn"})
	run.scenario.Do = func(r *Run) {
		r.learnPages()
		if r.target.Config&ShortFlows == 0 { // otherwise a login may come too late
			r.learnReturnURL()
			r.learnMethods()
			r.learnFactors()
			r.learnStates()
		}
		r.learnReturnTo()
	}
	if err := run.do(); err != nil {
		return fmt.Errorf("find out how the server is configured: %w", err)
	}
	return nil
}

// learnPages causes redirects, and checks how long a flow lives.
func (r *Run) learnPages() {
	b := r.Browser()
	r.target.LoginUI = b.OpenFlow("").page()
	r.target.ErrorUI = b.SubmitForm(Flow{ID: unknownID}, Fields{"method": "password"}).page()
	registration := r.ask(b, http.MethodGet, registrationPath, nil, []With{Accept(typeHTML)})
	switch page, _, _ := strings.Cut(registration.header.Get("Location"), "?"); {
	case page != r.target.ErrorUI:
		r.target.RegistrationUI = page
	case r.target.Release >= kratostest.V1_3:
		r.target.Config |= ClosedRegistration
	}
	created := r.get(nativePath, "", nil)
	if created.isShort(created.object) {
		r.target.Config |= ShortFlows
	}
}

// learnReturnURL logs in. If that leads to a second factor, it has a browser that is logged in
// open the login page.
func (r *Run) learnReturnURL() {
	b, ada := r.Browser(), r.Person()
	r.target.ReturnURL = b.SubmitForm(b.Flow(), password(ada)).page()
	if strings.HasPrefix(r.target.ReturnURL, r.target.PublicURL) {
		r.target.ReturnURL = b.OpenFlow("").page()
	}
}

// page returns the URL of a redirect without its query. An answer that is no redirect ends the
// scenario.
func (a Answer) page() string {
	address, _, _ := strings.Cut(a.header.Get("Location"), "?")
	if address == "" {
		a.missing("a redirect")
	}
	return address
}

// learnMethods looks at the forms, and at the form for an identity if there is one. Old
// releases offer a provider only to browsers.
func (r *Run) learnMethods() {
	r.learnForm(r.get(nativePath, "", nil))
	r.learnForm(r.ask(r.Browser(), http.MethodGet, browserPath, nil, nil))
	if r.target.Config&IdentifierFirst != 0 {
		ada := Fields{"method": "identifier_first", "identifier": r.Person().Email}
		r.learnForm(r.submit(r.Flow(), ada))
	}
}

func (r *Run) learnForm(answer Answer) {
	for _, node := range answer.object.object("ui").objects("nodes") {
		attributes := node.object("attributes")
		switch value := attributes.text("value"); {
		case attributes.text("name") == "provider":
			r.target.ProviderID = value
			r.target.Config |= Provider
		case attributes.text("name") == "method" && value == "code":
			r.target.Config |= PasswordlessCode
		case attributes.text("name") == "method" && value == "identifier_first":
			r.target.Config |= IdentifierFirst
		}
	}
}

// learnFactors logs in identities with and without a second factor.
func (r *Run) learnFactors() {
	login := r.login(r.Person())
	if login.isShort(login.object.object("session")) {
		r.target.Config |= ShortSessions
		return // the time is too short to enrol a second factor
	}
	flow := r.get(nativePath, "aal=aal2", []With{Token(login.Token())})
	for _, node := range flow.object.object("ui").objects("nodes") {
		if node.text("group") == "code" {
			r.target.Config |= CodeSecondFactor
		}
	}
	ada, err := r.target.Admin.Create(r.ctx, r.stranger(Identity{WithTOTP: true}))
	switch {
	case errors.Is(err, ErrUnable):
		return
	case err != nil:
		r.must(err, "create an identity with TOTP")
	case r.login(ada).object.object("session")["identity"] == nil:
		r.target.Config |= HighestAAL
	}
}

// learnStates logs in an identity whose address is not verified.
func (r *Run) learnStates() {
	ada := r.Create(Identity{Unverified: true})
	if r.submit(r.Flow(), password(ada)).status == http.StatusOK {
		return
	}
	r.target.Config |= VerifiedAddress
	if r.target.Release >= kratostest.V25_4 {
		b := r.Browser()
		r.target.VerificationUI = b.SubmitForm(b.Flow(), password(ada)).page()
	}
}

// learnReturnTo looks for an allowed URL besides the default one. It tries URLs near that one
// and near the login page.
func (r *Run) learnReturnTo() {
	address, err := url.Parse(cmp.Or(r.target.ReturnURL, r.target.LoginUI))
	if err != nil {
		return
	}
	address.Path, address.RawQuery = "/x", ""
	answer := r.get(nativePath, "return_to="+url.QueryEscape(address.String()), nil)
	if answer.status == http.StatusOK {
		r.target.ReturnTo = address.String()
	}
}
