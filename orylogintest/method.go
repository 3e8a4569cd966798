package orylogintest

import (
	"crypto/rand"
	"fmt"
	"math/big"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// attempt is a submitted form while its method checks it.
type attempt struct {
	*call
	flow    *flow
	session *session // of the request, nil for none
	fields  map[string]string
	from    string // the provider of the account
}

// methodFor returns the function that checks a form. It is nil if the method does not fit the
// flow, or if the server does not have it.
func (c *call) methodFor(f *flow, fields map[string]string) func(*attempt) {
	first, second := f.aal == "aal1", f.aal == "aal2"
	named := fields["method"]
	switch {
	case named == "password" && first:
		return (*attempt).password
	case named == "totp" && second:
		return (*attempt).totp
	case named == "lookup_secret" && second:
		return (*attempt).lookupSecret
	case named == "code" && (c.passwordless && first || c.codeAsFactor && second),
		named == "" && fields["address"] != "" && c.codeAsFactor && second:
		return (*attempt).code
	case len(c.providers) > 0 && fields["provider"] != "" && first && (named == "oidc" || named == ""):
		return (*attempt).oidc
	case c.twoSteps && first:
		return (*attempt).identifierFirst // whatever the field method says
	default:
		return nil
	}
}

// protected reports whether the request may submit to its flow. If not, it answers the request.
// A browser needs a CSRF token for its flow, and must not submit to a native flow.
func (a *attempt) protected() bool {
	switch header := a.r.Header; {
	case a.flow.browser && !a.fitsCSRFCookie(a.fields["csrf_token"]):
		failed := csrfViolation()
		a.failTo(&failed, a.flow)
	case a.flow.browser:
		return true
	case header.Get("Origin") != "":
		a.refuse(a.flow, generic(reasonBrowser, "Origin"))
	case a.hasForeignCookie():
		a.refuse(a.flow, generic(reasonBrowser, "Cookie"))
	default:
		return true
	}
	return false
}

// hasForeignCookie reports whether the request has a cookie that is not from a proxy that
// Kratos knows.
func (a *attempt) hasForeignCookie() bool {
	return slices.ContainsFunc(a.r.Cookies(), func(c *http.Cookie) bool {
		return !slices.ContainsFunc(a.proxyCookies, func(prefix string) bool {
			return strings.HasPrefix(c.Name, prefix)
		})
	})
}

// complete reports whether the fields are there. If not, it answers the request.
func (a *attempt) complete(names ...string) bool {
	var refusals []*refusal
	for _, name := range names {
		if a.fields[name] == "" {
			refusals = append(refusals, missing(name))
		}
	}
	if len(refusals) > 0 {
		a.refuse(a.flow, refusals...)
	}
	return len(refusals) == 0
}

func (a *attempt) password() {
	name := a.identifier
	if a.fields[name] == "" && a.fields["password_identifier"] != "" {
		name = "password_identifier"
	}
	a.flow.identifier = a.fields[name]
	if !a.complete(name, "password") || !a.protected() {
		return
	}
	p := a.find(a.fields[name])
	if p == nil || p.Password == "" || p.Password != a.fields["password"] {
		a.refuse(a.flow, refuse(msgCredentials))
		return
	}
	a.passed(p, "password")
}

// totpLength is the length of the shortest text that a server accepts as the code of an app.
const totpLength = 6

func (a *attempt) totp() {
	if !a.complete("totp_code") {
		return
	}
	if length := utf8.RuneCountInString(a.fields["totp_code"]); length < totpLength {
		a.refuse(a.flow, tooShort("totp_code", length))
		return
	}
	if !a.protected() {
		return
	}
	switch p := a.session.person; {
	case p.TOTPSecret == "":
		a.refuse(a.flow, refuse(msgNoTOTP))
	case !p.knowsTOTP(a.fields["totp_code"]):
		a.refuse(a.flow, refuse(msgTOTPWrong))
	default:
		a.passed(p, "totp")
	}
}

func (a *attempt) lookupSecret() {
	if !a.complete("lookup_secret") || !a.protected() {
		return
	}
	p, secret := a.session.person, a.fields["lookup_secret"]
	switch {
	case len(p.LookupSecrets) == 0:
		a.refuse(a.flow, refuse(msgNoLookup))
	case !slices.Contains(p.LookupSecrets, secret):
		a.refuse(a.flow, refuse(a.wrongLookup))
	case p.used[secret]:
		a.refuse(a.flow, refuse(msgLookupUsed))
	default:
		p.used[secret] = true
		a.passed(p, "lookup_secret")
	}
}

// code mails a code, or checks a code that was mailed.
func (a *attempt) code() {
	if !a.protected() {
		return
	}
	second := a.flow.aal == "aal2"
	a.flow.hidden, a.flow.identifier = a.hidesIdentifier, a.fields["identifier"]
	if a.fields["address"] != "" {
		a.flow.identifier = a.fields["address"]
	}
	if a.flow.state == statePassed {
		a.refuse(a.flow, refuse(msgNoStrategy))
		return
	}
	sent := a.flow.state == stateSent && a.fields["resend"] == ""
	if sent && a.fields["code"] == "" {
		a.refuse(a.flow, missing("code"))
		return
	}
	if a.flow.identifier == "" && (!sent || !second) {
		a.refuse(a.flow, missing("identifier"))
		return
	}
	p, address := a.find(a.flow.identifier), ""
	if p != nil {
		address = p.address(a.flow.identifier)
	}
	switch {
	case sent && second:
		a.checkCode(a.session.person)
	case address == "":
		a.refuse(a.flow, refuse(msgNoCode))
	case sent:
		a.checkCode(p)
	default:
		a.mail(a.flow, p, address, a.now)
		a.show(a.flow, http.StatusSeeOther)
	}
}

// checkCode logs a person in if the flow has mailed the code.
func (a *attempt) checkCode(p *person) {
	mailed := &a.flow.mailed
	switch {
	case mailed.tries >= maxTries:
		a.refuse(a.flow, generic(reasonTooOften))
	case p.address(mailed.address) == "" || a.fields["code"] != mailed.code:
		mailed.tries++
		a.refuse(a.flow, refuse(msgCodeWrong))
	case a.now.After(mailed.expires) && a.refusesInFlow:
		a.refuse(a.flow, refuse(msgCodeWrong))
	case a.now.After(mailed.expires):
		a.expired(a.flow, mailed.expires)
	default:
		a.flow.state = statePassed
		p.Unverified = false
		a.passed(p, "code")
	}
}

// mail sends a code to an address of a person. After that, the flow asks for the code.
func (s *Server) mail(f *flow, p *person, address string, now time.Time) {
	number, _ := rand.Int(rand.Reader, big.NewInt(1_000_000)) // never fails
	f.mailed = mailedCode{
		address: address, code: fmt.Sprintf("%06d", number), expires: now.Add(codeLifespan),
		tries: f.mailed.tries, // the tries count for the flow, not for each code
	}
	p.mailed[strings.ToLower(address)] = f.mailed.code
	f.state, f.active, f.identifier = stateSent, "code", address
	sent := message(msgCodeSent)
	sent["text"] = s.codeSent
	if s.codeSentToUser != "" && f.owner != nil {
		sent = message(msgSentToUser)
		sent["text"] = s.codeSentToUser
	}
	f.messages, f.fields = []object{sent}, nil
}

func (a *attempt) identifierFirst() {
	a.flow.identifier = a.fields["identifier"]
	if !a.protected() {
		return
	}
	if a.find(a.flow.identifier) == nil {
		a.refuse(a.flow, refuseField("identifier", msgNoAccount))
		return
	}
	a.flow.named, a.flow.active = true, "identifier_first"
	a.flow.messages, a.flow.fields = nil, nil
	a.show(a.flow, http.StatusSeeOther)
}

// oidc sends the user to a provider.
func (a *attempt) oidc() {
	provider := a.fields["provider"]
	switch {
	case !a.protected():
		return
	case !slices.Contains(a.providers, provider):
		a.failTo(&failure{
			status: http.StatusNotFound, text: "The requested resource could not be found",
			reason: fmt.Sprintf("OpenID Connect Provider %q is unknown or has not been configured", provider),
		}, a.flow)
		return
	case a.fields["id_token"] != "" && a.oneStepMethods:
		failed := failure{status: http.StatusInternalServerError, text: textInternal}
		if a.errorHeader {
			failed = failure{status: http.StatusBadGateway, id: "upstream_error", text: "Upstream error"}
		}
		failed.reason = "The provider generic does not support id_token verification"
		a.failTo(&failed, a.flow)
		return
	case !a.flow.browser && !a.oneStepMethods:
		a.refuse(a.flow, generic("Social Sign In and OpenID Connect are only supported for flows initiated using the Browser endpoint."))
		return
	}
	there := away{flow: a.flow, provider: provider, state: rand.Text(), cookie: rand.Text()}
	a.away[there.state] = there
	if a.flow.active = "oidc"; a.flow.browser || !a.noContinuity {
		a.setCookie(continuityCookie, there.cookie, time.Hour)
	}
	a.changeLocation(a.providerURL(there))
}

// changeLocation answers that the login continues at another URL.
func (a *attempt) changeLocation(target string) {
	if a.redirects(a.flow) {
		a.redirect(http.StatusSeeOther, target)
		return
	}
	a.fail(failure{
		status: http.StatusUnprocessableEntity,
		id:     "browser_location_change_required",
		reason: "In order to complete this flow please redirect the browser to: " + target,
		text:   "browser location change required",
		beside: object{"redirect_browser_to": target},
	})
}
