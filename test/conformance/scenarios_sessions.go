package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// sessionCookies returns a Cookie header with several session cookies.
func sessionCookies(values ...string) string {
	return sessionCookie + "=" + strings.Join(values, "; "+sessionCookie+"=")
}

// sessions are the answers to whoami.
var sessions = []Scenario{
	{Name: "session/none", Do: func(r *Run) { r.Whoami() }, Want: `
		401 error → no_session 401
	`},
	{Name: "session/bad token", Do: func(r *Run) { r.Whoami(Token("bad")) }, Want: `
		401 error → no_session 401
	`},
	{Name: "session/bad bearer token", Do: func(r *Run) { r.Whoami(Bearer("bad")) }, Want: `
		401 error → no_session 401
	`},
	{Name: "session/token", Do: func(r *Run) { r.Whoami(Token(r.LogIn(r.Person()))) }, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/token, accepting HTML", Do: func(r *Run) { r.Whoami(Token(r.LogIn(r.Person())), Accept(typeHTML)) }, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/bearer token", Do: func(r *Run) { r.Whoami(Bearer(r.LogIn(r.Person()))) }, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/bearer in lower case", Do: func(r *Run) {
		r.Whoami(Header("Authorization", "bearer "+r.LogIn(r.Person())))
	}, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/cookie", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.Whoami()
	}, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/bad token and good cookie", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.Whoami(Token("bad"))
	}, Want: `
		401 error → no_session 401
	`},
	{Name: "session/bad bearer token and good token", Do: func(r *Run) {
		r.Whoami(Token(r.LogIn(r.Person())), Bearer("bad"))
	}, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/unknown cookie, then the good one", Releases: "v0.10+", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.Whoami(Header("Cookie", sessionCookies("unknown", b.cookies[sessionCookie])))
	}, Want: `
		200 session aal1 by password → done
	`},
	{Name: "session/cookies of two sessions", Releases: "v0.10+", Do: func(r *Run) {
		b, other := r.Browser(), r.Browser()
		b.LogIn(r.Person())
		other.LogIn(r.Person())
		answer := b.Whoami(Header("Cookie", sessionCookies(other.cookies[sessionCookie], b.cookies[sessionCookie])))
		first := r.ask(other, http.MethodGet, whoamiPath, nil, nil)
		r.observe(fmt.Sprintf("of the first: %t", answer.object.text("id") == first.object.text("id")))
	}, Want: `
		200 session aal1 by password → done
		of the first: true
	`},
	{Name: "session/cookie of an ended session, then the good one", Releases: "v0.10+", Do: func(r *Run) {
		b, other := r.Browser(), r.Browser()
		b.LogIn(r.Person())
		other.LogIn(r.Person())
		ended := other.cookies[sessionCookie]
		r.must(other.Visit().Logout(r.ctx), "log out")
		b.Whoami(Header("Cookie", sessionCookies(ended, b.cookies[sessionCookie])))
	}, Want: `
		401 error → no_session 401
	`},
	{Name: "session/unknown cookie and good token", Releases: "v1.3", Do: func(r *Run) {
		r.Whoami(Header("Cookie", sessionCookies("unknown")), Token(r.LogIn(r.Person())))
	}, Want: `
		500 error → unavailable 500
	`},
	{Name: "session/unknown cookie and good bearer token", Releases: "v1.3", Do: func(r *Run) {
		r.Whoami(Header("Cookie", sessionCookies("unknown")), Bearer(r.LogIn(r.Person())))
	}, Want: `
		500 error → unavailable 500
	`},
	{Name: "session/cookie in X-Session-Cookie", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		r.Whoami(Header("X-Session-Cookie", b.cookies[sessionCookie]))
	}, Want: `
		200 session aal1 by password → done | ..v0.10
		401 error → no_session 401          | v1.3+
	`},
	{Name: "session/cookie of the form's login", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		b.SubmitForm(b.Flow(), password(ada))
		b.Whoami()
	}, Want: `
		303 to return-url +csrf +session → logged_in
		200 session aal1 by password → done
	`},
	{Name: "session/device", Releases: "v1.3", Do: func(r *Run) {
		login := r.submit(r.Flow(), password(r.Person()), Header("User-Agent", "A phone"), Header("True-Client-IP", "192.0.2.7"))
		devices, _ := login.object.object("session")["devices"].([]any)
		for _, each := range devices {
			device, _ := each.(map[string]any)
			r.observe(fmt.Sprint("device: ", device["user_agent"], " at ", device["ip_address"]))
		}
	}, Want: `
		device: A phone at 192.0.2.7
	`},
	{Name: "session/unknown template", Releases: "v1.3+", Do: func(r *Run) {
		r.Send(http.MethodGet, whoamiPath+"?tokenize_as=unknown", nil, Token(r.LogIn(r.Person())))
	}, Want: `
		400 error → other 400
	`},
}

// logouts are the answers to a logout.
var logouts = []Scenario{
	{Name: "logout/native", Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.Logout(token)
		r.Whoami(Token(token))
		r.Logout(token)
	}, Want: `
		204 → done
		401 error → no_session 401
		204 → done
	`},
	{Name: "logout/native, one of two sessions", Do: func(r *Run) {
		ada := r.Person()
		one, other := r.LogIn(ada), r.LogIn(ada)
		r.Logout(one)
		r.Whoami(Token(other))
	}, Want: `
		204 → done
		200 session aal1 by password → done
	`},
	{Name: "logout/native, bad token", Do: func(r *Run) { r.Logout("bad") }, Want: `
		403 error → no_session 403 (unknown token)
	`},
	{Name: "logout/native, empty token", Do: func(r *Run) { r.Logout("") }, Want: `
		403 error → no_session 403 (unknown token)
	`},
	{Name: "logout/native, no body", Broken: "no body", Do: func(r *Run) { r.Send(http.MethodDelete, logoutPath, nil) }, Want: `
		400 error → other 400
	`},
	{Name: "logout/native, then log in", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		r.Logout(token)
		r.SubmitJSON(r.CreateNativeFlow("", Token(token)).Flow(), password(ada), Token(token))
	}, Want: `
		204 → done
		200 native flow → done
		200 login+token aal1 by password → logged_in
	`},
	{Name: "logout/native, then aal2", Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.Logout(token)
		r.CreateNativeFlow("aal=aal2", Token(token))
	}, Want: `
		204 → done
		401 error session_aal1_required → no_session 401 session_aal1_required
	`},
	{Name: "logout/browser", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		start := b.Send(http.MethodGet, leavePath, nil)
		b.Send(http.MethodGet, "/self-service/logout?token="+start.object.text("logout_token"), nil)
		b.Whoami()
	}, Want: `
		200 {logout_token,logout_url} → done
		204 +csrf -session
		401 error → no_session 401
	`},
	{Name: "logout/browser without a session", Do: func(r *Run) { r.Browser().Send(http.MethodGet, leavePath, nil) }, Want: `
		401 error session_inactive +csrf → no_session 401 session_inactive
	`},
	{Name: "logout/browser, return_to", Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		start := b.Send(http.MethodGet, leavePath+"?"+r.ReturnTo(), nil)
		b.Send(http.MethodGet, strings.TrimPrefix(start.object.text("logout_url"), r.target.PublicURL), nil, Accept(typeHTML))
	}, Want: `
		200 {logout_token,logout_url} → done
		303 to return-to +csrf -session
	`},
	{Name: "logout/browser, forbidden return_to", Releases: "v1.3", Foreign: "a redirect of a request that accepts HTML", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.Send(http.MethodGet, leavePath+"?"+forbidden, nil)
		b.Send(http.MethodGet, leavePath+"?"+forbidden, nil, Accept(typeHTML))
	}, Want: `
		400 error self_service_flow_return_to_forbidden → forbidden_return_to 400 self_service_flow_return_to_forbidden
		303 to error-ui?id → misconfigured (redirect)
	`},
	{Name: "logout/browser, a link that is over", Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.Send(http.MethodGet, "/self-service/logout?token=x", nil)
		b.Send(http.MethodGet, "/self-service/logout?token=x", nil, Accept(typeHTML))
		b.LogIn(r.Person())
		b.Send(http.MethodGet, "/self-service/logout?token=x", nil)
		b.Send(http.MethodGet, "/self-service/logout?token=x", nil, Accept(typeHTML))
	}, Want: `
		401 error session_inactive +csrf
		303 to error-ui?id
		403 error
		303 to error-ui?id
	`},
}
