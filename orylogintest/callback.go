package orylogintest

import (
	"crypto/rand"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
)

// comeBack answers a browser that returns from a provider.
func (c *call) comeBack() {
	if c.callbackCSRF {
		c.setCSRFCookie()
	}
	there, known := c.away[c.query("state")]
	a := &attempt{call: c, flow: there.flow}
	switch {
	case !known || there.provider != path.Base(c.r.URL.Path):
		c.failForBrowser(badRequest(reasonState))
	case !there.exchanged() && c.cookie(continuityCookie) != there.cookie:
		c.failForBrowser(badRequest(reasonCookie))
	case c.now.After(there.flow.expires):
		c.failForBrowser(flowExpired(c.now.Sub(there.flow.expires))) // nothing on the error page names the flow
	case c.session() != nil && !there.flow.refresh:
		c.redirect(http.StatusSeeOther, c.returnTarget(there.flow.returnTo))
	case c.query("error") != "":
		a.refused(generic(reasonProvider, c.query("error"), c.query("error_description")))
	default:
		a.session = c.session()
		a.withAccount(there.provider)
	}
}

// exchanged reports whether a native client exchanges two codes for the session. Such a login
// needs no cookie, since the browser may be a different one from the one that left.
func (t away) exchanged() bool { return !t.flow.browser && t.flow.exchangeCode != "" }

// withAccount continues the login with the account of the code that the browser has brought.
func (a *attempt) withAccount(provider string) {
	account, known := a.accounts[a.query("code")]
	delete(a.accounts, a.query("code"))
	if !known || account.provider != provider {
		a.brokenProvider()
		return
	}
	p := a.find(account.email)
	switch {
	case a.closed && (p == nil || !slices.Contains(p.Providers, provider)):
		a.refused(generic(reasonClosed))
	case account.email == "":
		a.register()
	case p == nil:
		p = a.newPerson(account)
		a.enter(p, provider)
	case slices.Contains(p.Providers, provider):
		a.enter(p, provider)
	case !a.oneStepMethods:
		a.redirect(http.StatusFound, a.page("/registration")+"?flow="+newUUID())
	default:
		account.person = p
		a.link(account)
	}
}

// brokenProvider answers a browser whose code the provider has refused. A native login has no
// page for that.
func (a *attempt) brokenProvider() {
	failed := failure{status: http.StatusInternalServerError, text: textInternal}
	if a.flow.active = "oidc"; a.flow.browser {
		a.failForBrowser(failed)
		return
	}
	failed.status, failed.code = http.StatusBadRequest, failed.status
	a.fail(failed)
}

// newPerson makes an identity from an account at a provider.
func (a *attempt) newPerson(account account) *person {
	p := &person{
		Identity: Identity{ID: newUUID(), Email: account.email, Unverified: true, Providers: []string{account.provider}},
		created:  a.now, used: map[string]bool{}, mailed: map[string]string{},
	}
	_ = p.encode() // cannot fail: an address can be JSON
	a.people = append(a.people, p)
	return p
}

// enter completes a login with a provider.
func (a *attempt) enter(p *person, provider string) {
	if !a.oneStepMethods {
		a.setCookie(continuityCookie, rand.Text(), sessionLifespan) // old releases keep the cookie, with another value
	}
	a.from = provider
	switch {
	case a.flow.browser, p.Disabled:
		a.passed(p, "oidc")
		return
	case len(p.HookMessages) > 0:
		a.refused(refusalsOf(p.HookMessages)...)
		return
	}
	a.flow.returned = returned{code: randomText(64), session: a.sessionOf(p, "oidc")}
	a.backToApp(url.Values{"code": {a.flow.returned.code}})
}

// backToApp sends the browser of a native login to the application.
func (a *attempt) backToApp(with url.Values) {
	target := a.returnTarget(a.flow.returnTo)
	if len(with) > 0 {
		separator := "?"
		if strings.Contains(target, "?") {
			separator = "&"
		}
		target += separator + with.Encode()
	}
	a.redirect(http.StatusSeeOther, target)
}

// refused shows in the flow why the login is refused.
func (a *attempt) refused(why ...*refusal) {
	a.flow.active = "oidc"
	if a.flow.browser {
		a.refuse(a.flow, why...)
		return
	}
	a.flow.tell(why)
	a.failed(returned{refused: true}, url.Values{})
}

// failed ends a native login without a session. In later releases, the exchange of the code
// says why.
func (a *attempt) failed(why returned, with url.Values) {
	switch {
	case a.flow.exchangeCode == "":
		a.failForBrowser(badRequest(reasonCookie))
		return
	case a.exchangeFailures:
		why.code = randomText(64)
		a.flow.returned = why
		with.Set("code", why.code)
	default:
		with = nil
	}
	a.backToApp(with)
}

// link starts another flow, in which an existing identity logs in to link the account.
func (a *attempt) link(account account) {
	old := a.flow
	f := a.addFlow(old.browser)
	f.requestURL, f.returnTo, f.challenge = old.requestURL, old.returnTo, old.challenge
	f.link, f.active, f.identifier = &account, "oidc", account.email
	f.messages = []object{linkMessage(account.email, account.provider, a.page("/login"))}
	if f.browser {
		a.redirect(http.StatusSeeOther, a.loginPage(f)+"&no_org_ui=true")
		return
	}
	a.backToApp(url.Values{"flow": {f.id}, "no_org_ui": {"true"}})
}

// register sends the user to a registration, because the account lacks something that an
// identity needs.
func (a *attempt) register() {
	id := newUUID()
	if a.flow.browser {
		a.redirect(http.StatusFound, a.page("/registration")+"?flow="+id)
		return
	}
	a.failed(returned{registration: id}, url.Values{"flow": {id}})
}

// returned is the result with which the browser of a native login comes back.
type returned struct {
	code         string
	session      *session // nil if there is none
	refused      bool     // the flow says why
	registration string   // the id of the flow in which the user has to register
}

// exchangeToken answers with the result of a native login in a browser.
func (c *call) exchangeToken() {
	initial, final := c.query("init_code"), c.query("return_to_code")
	switch {
	case !c.oneStepMethods && c.ownSessions: // these releases end a session at such a path, with another HTTP method
		c.methodNotAllowed()
		return
	case !c.oneStepMethods:
		c.setCSRFCookie()
		c.pageNotFound()
		return
	case initial == "" || final == "":
		c.fail(badRequest(`"init_code" and "return_to_code" query params must be set`))
		return
	}
	f := c.exchangeable(initial, final)
	switch {
	case f == nil:
		c.fail(noSessionYet())
	case f.returned.session != nil:
		c.write(http.StatusOK, object{"session_token": f.returned.session.token, "session": c.sessionJSON(f.returned.session)})
	case f.returned.refused:
		c.write(http.StatusUnprocessableEntity, c.flowJSON(f))
	default:
		c.write(http.StatusUnprocessableEntity, c.registrationJSON(f))
	}
}

func noSessionYet() failure {
	return failure{
		status: http.StatusNotFound, reason: `no session yet for this "code"`, text: "The requested resource could not be found",
	}
}

// exchangeable returns the flow with both codes, or nil.
func (c *call) exchangeable(initial, final string) *flow {
	for _, f := range c.flows {
		if f.exchangeCode == initial && f.returned.code == final {
			return f
		}
	}
	return nil
}

// registrationJSON is the registration flow that follows a login flow.
func (c *call) registrationJSON(f *flow) object {
	id := f.returned.registration
	asked := form{flow: &flow{fields: map[string][]object{"traits.email": {missing("email").message}}}}
	asked.add("oidc", "provider", "submit", c.providers[0], 1040003, "Continue")
	asked.hidden("default", "csrf_token", "")
	asked.add("default", "traits.email", "email", "", 1070002, "E-Mail")
	return object{
		"id": id, "type": "api", "issued_at": stamp(c.now), "expires_at": stamp(c.now.Add(flowLifespan)),
		"request_url": f.requestURL, "return_to": f.returnTo, "active": "oidc", "state": stateChoose, "organization_id": nil,
		"ui": object{
			"action": c.URL + "/self-service/registration?flow=" + id, "method": "POST", "nodes": asked.nodes,
		},
	}
}
