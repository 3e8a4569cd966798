package orylogintest

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const sessionLifespan = 24 * time.Hour

// session is somebody's login.
type session struct {
	id      string
	token   string
	cookie  string
	logout  string // the token of its logout in a browser
	person  *person
	methods []object
	level   string // of assurance
	issued  time.Time
	authed  time.Time
	expires time.Time
	revoked bool
	device  object
}

// passed ends a login: with a session, unless the account must not have one.
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
	case a.verified && p.Unverified:
		a.unverified(p)
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
	page := verificationPage + "?flow=" + id
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

// loggedIn answers with the session: the one that the flow is about, or a new one.
func (a *attempt) loggedIn(p *person, method string) {
	s := a.session
	same := s != nil && s.person == p && (a.flow.refresh || a.flow.aal == "aal2")
	if !same {
		s = a.newSession(p)
	}
	completed := object{"method": method, "completed_at": stamp(a.now)}
	if a.devices {
		completed["aal"] = a.flow.aal
	}
	s.methods = append(s.methods, completed)
	s.level = max(s.level, a.flow.aal)
	s.authed, s.expires = a.now, a.now.Add(sessionLifespan)
	if a.flow.browser {
		a.setCookie(sessionCookie, s.cookie, sessionLifespan)
		if !same {
			a.renewCSRFCookie()
		}
	}
	a.writeLogin(s)
}

func (c *call) newSession(p *person) *session {
	s := &session{
		id: newUUID(), person: p, issued: c.now, token: c.tokenPrefix + randomText(32), cookie: randomText(64),
		device: object{
			"id": newUUID(), "ip_address": c.r.RemoteAddr, "user_agent": c.r.UserAgent(), "location": "",
		},
	}
	c.sessions = append(c.sessions, s)
	return s
}

func randomText(size int) string {
	text := rand.Text()
	for len(text) < size {
		text += rand.Text()
	}
	return text[:size]
}

// writeLogin answers a complete first or second factor.
func (a *attempt) writeLogin(s *session) {
	owed := a.owesSecondFactor(s)
	secondFlow := a.secondFactorURL()
	target := a.returnTarget(a.flow.returnTo)
	if a.flow.challenge != "" {
		secondFlow, target = secondFlow+"&login_challenge="+url.QueryEscape(a.flow.challenge), a.oauth2URL()
	}
	switch {
	case a.redirects(a.flow) && owed:
		if a.state {
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

// secondFactorURL is where a browser adds a second factor.
func (c *call) secondFactorURL() string { return c.URL + "/self-service/login/browser?aal=aal2" }

func (c *call) owesSecondFactor(s *session) bool {
	return c.highestAAL && s.level == "aal1" && c.hasSecondFactor(s.person)
}

// sessionJSON is a session as the server shows it.
func (c *call) sessionJSON(s *session) object {
	at := stamp(s.person.created)
	address := object{
		"id": s.person.ID, "value": s.person.Email, "via": "email",
		"verified": !s.person.Unverified, "status": "completed", "created_at": at, "updated_at": at,
	}
	if s.person.Unverified {
		address["status"] = "sent"
	}
	identity := object{
		"id": s.person.ID, "schema_id": "default", "schema_url": c.URL + "/schemas/ZGVmYXVsdA",
		"state": "active", "state_changed_at": at, "traits": object{"email": s.person.Email},
		"verifiable_addresses": []object{address}, "metadata_public": nil, "created_at": at, "updated_at": at,
	}
	shown := object{
		"id": s.id, "active": true, "expires_at": stamp(s.expires), "authenticated_at": stamp(s.authed),
		"authenticator_assurance_level": s.level, "authentication_methods": s.methods,
		"issued_at": stamp(s.issued), "identity": identity,
	}
	if c.devices {
		shown["devices"] = []object{s.device}
		identity["organization_id"] = nil
	}
	return shown
}

// session returns the valid session that comes with the request, or nil. A token in
// X-Session-Token hides the others.
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

// firstOfOurs returns the first of several cookies that this server has made: it skips
// what it cannot decode.
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
		c.fail(failure{
			status: http.StatusUnauthorized, reason: c.unauthorized, text: "The request could not be authorized",
		})
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

// exchangeToken refuses: nobody comes back from a provider.
func (c *call) exchangeToken() {
	switch {
	case !c.oneStepMethods:
		c.setCSRFCookie()
		c.pageNotFound()
	case c.query("init_code") == "" || c.query("return_to_code") == "":
		c.fail(badRequest(`"init_code" and "return_to_code" query params must be set`))
	default:
		c.fail(failure{
			status: http.StatusNotFound, reason: `no session yet for this "code"`,
			text: "The requested resource could not be found",
		})
	}
}

// logout revokes the session of a token. One that is over already may be.
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

func (c *call) createBrowserLogout() {
	s := c.session()
	if s == nil {
		c.fail(failure{
			status: http.StatusUnauthorized, id: "session_inactive",
			reason: "No active session was found in this request.",
			text:   "request does not have a valid authentication session",
		})
		return
	}
	if s.logout == "" {
		s.logout = "ory_lo_" + randomText(32)
	}
	c.write(http.StatusOK, object{
		"logout_token": s.logout, "logout_url": c.URL + "/self-service/logout?token=" + s.logout,
	})
}

func (c *call) submitBrowserLogout() {
	s, token := c.session(), c.query("token")
	switch {
	case token == "":
		c.fail(badRequest("Please include a token in the URL query."))
	case s == nil || s.logout != token:
		c.fail(forbidden("Unable to log out because the logout token in the URL query does not match the session cookie."))
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
