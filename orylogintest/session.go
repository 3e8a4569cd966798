package orylogintest

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const sessionLifespan = 24 * time.Hour

// session is a session of a person.
type session struct {
	id      string
	token   string
	cookie  string
	logout  string // the token with which a browser logs out
	person  *person
	methods []completion
	level   string // the assurance level
	issued  time.Time
	authed  time.Time
	expires time.Time
	revoked bool
	device  object
}

// completion is a completed method of a session.
type completion struct {
	method, level, provider string
	at                      time.Time
}

// passed ends a login with a session, unless the account must not have one.
func (a *attempt) passed(p *person, method string) {
	a.flow.active = method
	switch {
	case p.Disabled && a.refusesInFlow:
		a.refuse(a.flow, refuse(msgDisabled))
	case p.Disabled:
		failed := failure{
			status: http.StatusUnauthorized, reason: "This account was disabled.", text: "identity is disabled",
		}
		if a.devices {
			failed.more = object{"identity_id": p.ID}
		}
		a.failTo(&failed, a.flow)
	case a.verified && p.Unverified && method == "password":
		a.unverified(p)
	case a.flow.link != nil && a.flow.link.person != p:
		a.refuse(a.flow, refuse(msgOtherAccount))
	case len(p.HookMessages) > 0:
		a.refuse(a.flow, refusalsOf(p.HookMessages)...)
	default:
		a.loggedIn(p, method)
	}
}

func (a *attempt) unverified(p *person) {
	if !a.verifyByError {
		a.refuse(a.flow, refuse(msgUnverified))
		return
	}
	id := newUUID()
	page := a.page("/verification") + "?flow=" + id
	if a.redirects(a.flow) {
		a.redirect(http.StatusSeeOther, page)
		return
	}
	a.fail(failure{
		status: http.StatusForbidden, code: http.StatusBadRequest, id: "session_verified_address_required",
		reason: "Your account's email or phone address are not verified yet. " +
			"Please check your email or phone inbox or re-request verification.",
		text: "your email or phone address is not yet verified",
		more: object{"continue_with": []object{{
			"action": "show_verification_ui",
			"flow":   object{"id": id, "verifiable_address": p.Email, "url": page},
		}}},
	})
}

// loggedIn answers with the session that the flow is about, or with a new one.
func (a *attempt) loggedIn(p *person, method string) {
	a.writeLogin(a.sessionOf(p, method))
}

// sessionOf returns the session of a person who has completed a method.
func (a *attempt) sessionOf(p *person, method string) *session {
	s := a.session
	same := s != nil && s.person == p && (a.flow.refresh || a.flow.aal == "aal2")
	if !same {
		s = a.newSession(p, a.now, cmp.Or(a.r.Header.Get("True-Client-IP"), a.r.RemoteAddr), a.r.UserAgent())
	}
	s.completed(method, a.flow.aal, a.from, a.now)
	if link := a.flow.link; link != nil {
		p.Providers = append(p.Providers, link.provider)
		s.completed("oidc", "aal1", link.provider, a.now)
	}
	if a.flow.browser {
		a.setCookie(sessionCookie, s.cookie, sessionLifespan)
		if !same {
			a.renewCSRFCookie()
		}
	}
	return s
}

func (s *Server) newSession(p *person, now time.Time, address, userAgent string) *session {
	added := &session{
		id: newUUID(), person: p, issued: now, token: s.tokenPrefix + randomText(32), cookie: randomText(64),
		device: object{"id": newUUID(), "ip_address": address, "user_agent": userAgent, "location": ""},
	}
	s.sessions = append(s.sessions, added)
	return added
}

// completed adds a completed method to the session.
func (s *session) completed(method, level, provider string, at time.Time) {
	s.methods = append(s.methods, completion{method, level, provider, at})
	s.level = max(s.level, level)
	s.authed, s.expires = at, at.Add(sessionLifespan)
}

func randomText(size int) string {
	text := rand.Text()
	for len(text) < size {
		text += rand.Text()
	}
	return text[:size]
}

// writeLogin answers the submission that completes a factor.
func (a *attempt) writeLogin(s *session) {
	owed := a.owesSecondFactor(s)
	secondFlow := a.secondFactorURL()
	target := a.returnTarget(a.flow.returnTo)
	if a.flow.challenge != "" {
		secondFlow, target = secondFlow+"&login_challenge="+url.QueryEscape(a.flow.challenge), a.oauth2URL()
	}
	switch {
	case a.redirects(a.flow) && owed:
		if a.keepsReturnTo {
			secondFlow += withReturnTo("&", a.flow.returnTo)
		}
		a.redirect(http.StatusSeeOther, secondFlow)
		return
	case a.redirects(a.flow):
		a.redirect(http.StatusSeeOther, target)
		return
	case a.flow.browser && owed && a.continueWith:
		a.changeLocation(secondFlow + withReturnTo("&", a.flow.returnTo))
		return
	case a.flow.challenge != "":
		a.changeLocation(target)
		return
	}
	shown := a.sessionJSON(s)
	if owed {
		shown["identity"] = nil
	}
	body := object{"session": shown}
	if !a.flow.browser {
		body["session_token"] = s.token
	}
	if a.continueWith {
		body["continue_with"] = nil
		if a.flow.browser {
			body["continue_with"] = []object{{"action": "redirect_browser_to", "redirect_browser_to": target}}
		}
	}
	a.write(http.StatusOK, body)
}

// secondFactorURL returns the URL at which a browser adds a second factor.
func (c *call) secondFactorURL() string { return c.URL + "/self-service/login/browser?aal=aal2" }

func (c *call) owesSecondFactor(s *session) bool {
	return c.highestAAL && s.level == "aal1" && c.hasSecondFactor(s.person)
}

// sessionJSON is a session in the form in which the server shows it.
func (c *call) sessionJSON(s *session) object {
	shown := object{
		"id": s.id, "active": true, "expires_at": stamp(s.expires), "authenticated_at": stamp(s.authed),
		"authenticator_assurance_level": s.level, "authentication_methods": c.methodsJSON(s),
		"issued_at": stamp(s.issued), "identity": c.identityJSON(s.person),
	}
	if c.devices {
		shown["devices"] = []object{s.device}
	}
	return shown
}

func (c *call) methodsJSON(s *session) []object {
	methods := []object{}
	for _, each := range s.methods {
		shown := object{"method": each.method, "completed_at": stamp(each.at)}
		if c.release != V0_8 {
			shown["aal"] = each.level
		}
		if each.provider != "" && c.oneStepMethods {
			shown["provider"] = each.provider
		}
		methods = append(methods, shown)
	}
	return methods
}

// identityJSON is an identity in the form in which sessions show it.
func (c *call) identityJSON(p *person) object {
	at, schema := stamp(p.created), cmp.Or(p.SchemaID, "default")
	shown := object{
		"id": p.ID, "schema_id": schema, "state": "active", "state_changed_at": at, "created_at": at, "updated_at": at,
		"schema_url": c.URL + "/schemas/" + base64.RawURLEncoding.EncodeToString([]byte(schema)),
		"traits":     p.traits, "verifiable_addresses": addressesJSON(p),
	}
	if c.release != V0_8 {
		shown["metadata_public"] = p.metadata
	}
	if c.devices {
		shown["organization_id"] = nil
	}
	return shown
}

func addressesJSON(p *person) []object {
	at, addresses := stamp(p.created), []object{}
	for i, each := range p.addresses() {
		shown := object{
			"id": p.ids[i], "value": each, "via": "email", "verified": !p.Unverified, "status": "completed",
			"created_at": at, "updated_at": at,
		}
		if p.Unverified {
			shown["status"] = "sent"
		}
		addresses = append(addresses, shown)
	}
	return addresses
}

// session returns the valid session of the request, or nil. If there is a token in
// X-Session-Token, no other token or cookie counts.
func (c *call) session() *session {
	if token := c.r.Header.Get("X-Session-Token"); token != "" {
		return c.valid(func(s *session) bool { return s.token == token })
	}
	if cookies := c.cookies(sessionCookie); len(cookies) > 0 {
		return c.valid(func(s *session) bool { return s.cookie == c.firstOfOurs(cookies) })
	}
	if scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " "); strings.EqualFold(scheme, "bearer") {
		return c.valid(func(s *session) bool { return s.token == token })
	}
	return nil
}

// firstOfOurs returns the first cookie that this server has made. It skips cookies that it
// cannot decode.
func (c *call) firstOfOurs(cookies []string) string {
	for _, cookie := range cookies {
		if slices.ContainsFunc(c.sessions, func(s *session) bool { return s.cookie == cookie }) {
			return cookie
		}
	}
	return cookies[0]
}

func (c *call) valid(fits func(*session) bool) *session {
	i := slices.IndexFunc(c.sessions, fits)
	if i < 0 {
		return nil
	}
	if s := c.sessions[i]; c.isValid(s) {
		return s
	}
	return nil
}

func (c *call) isValid(s *session) bool {
	return !s.revoked && !s.person.Disabled && !c.now.After(s.expires)
}

func (c *call) whoami() {
	s := c.session()
	switch {
	case s == nil:
		c.fail(c.noSession())
	case c.owesSecondFactor(s):
		c.fail(c.secondFactorOwed())
	default:
		shown := c.sessionJSON(s)
		if c.tokenize(s, shown) {
			c.w.Header().Set("X-Kratos-Authenticated-Identity-Id", s.person.ID)
			c.write(http.StatusOK, shown)
		}
	}
}

func (c *call) noSession() failure {
	return failure{status: http.StatusUnauthorized, reason: c.unauthorized, text: "The request could not be authorized"}
}

func (c *call) secondFactorOwed() failure {
	target := object{"redirect_browser_to": c.secondFactorURL()}
	return failure{
		status: http.StatusForbidden, id: "session_aal2_required",
		reason: "An active session was found but it does not fulfill the requested Authenticator Assurance " +
			"Level. Please verify yourself with a second factor to resolve this issue.",
		text: "Session does not fulfill the requested Authenticator Assurance Level",
		more: target, beside: target,
	}
}

// logout revokes the session of a token. It also accepts the token of a session that has ended.
func (c *call) logout() {
	var body struct {
		Token string `json:"session_token"`
	}
	if err := json.NewDecoder(c.reader()).Decode(&body); err != nil {
		c.fail(badRequest("Unable to decode the body: " + err.Error()))
		return
	}
	i := slices.IndexFunc(c.sessions, func(s *session) bool { return s.token == body.Token })
	if i < 0 || body.Token == "" {
		c.fail(forbidden("The provided Ory Session Token could not be found, is invalid, or otherwise malformed."))
		return
	}
	c.sessions[i].revoked = true
	c.w.WriteHeader(http.StatusNoContent)
}

func (c *call) reader() io.Reader { return bytes.NewReader(c.body) }

var noSessionToEnd = failure{
	status: http.StatusUnauthorized, id: "session_inactive",
	reason: "No active session was found in this request.",
	text:   "request does not have a valid authentication session",
}

func (c *call) createBrowserLogout() {
	s := c.session()
	target := c.query("return_to")
	switch {
	case s == nil:
		c.failAsAccepted(noSessionToEnd)
		return
	case target != "" && !c.allowed(target):
		c.failAsAccepted(forbiddenReturnTo(target))
		return
	}
	if s.logout == "" {
		s.logout = "ory_lo_" + randomText(32)
	}
	c.write(http.StatusOK, object{
		"logout_token": s.logout,
		"logout_url":   c.URL + "/self-service/logout?token=" + s.logout + withReturnTo("&", target),
	})
}

func (c *call) submitBrowserLogout() {
	s, token := c.session(), c.query("token")
	switch {
	case token == "":
		c.failAsAccepted(badRequest("Please include a token in the URL query."))
	case s == nil: // it has ended since it got the token
		c.failAsAccepted(noSessionToEnd)
	case s.logout != token:
		c.failAsAccepted(forbidden("Unable to log out because the logout token in the URL query does not match the session cookie."))
	default:
		s.revoked = true
		c.setCookie(sessionCookie, "", -time.Second)
		c.renewCSRFCookie()
		if c.prefersJSON() {
			c.w.WriteHeader(http.StatusNoContent)
		} else {
			c.redirect(http.StatusSeeOther, c.returnTarget(c.query("return_to")))
		}
	}
}
