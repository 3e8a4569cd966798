package conformance

import (
	"fmt"
	"net/http"
	"slices"
)

// elsewhere logs an identity in several times and returns the answers.
func (r *Run) elsewhere(identity Identity, times int) []Answer {
	var logins []Answer
	for range times {
		logins = append(logins, r.login(identity))
	}
	return logins
}

// otherSessions are the answers about other sessions and their revocation.
var otherSessions = []Scenario{
	{Name: "others/none", Releases: "v0.10+", Do: func(r *Run) {
		r.ListSessions("")
		r.EndSession(unknownID)
		r.EndSessions()
	}, Want: `
		401 error → no_session 401
		401 error → no_session 401
		401 error → no_session 401
	`},
	{Name: "others/list", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		own := r.login(ada)
		logins := r.elsewhere(ada, 2)
		r.LogIn(r.Person())
		ids := r.ListSessions("", Token(own.Token())).IDs()
		newestFirst := slices.Equal(ids, []string{logins[1].Session(), logins[0].Session()})
		r.observe(fmt.Sprintf("listed: %d, the newest first: %t", len(ids), newestFirst))
		r.observe(fmt.Sprintf("the own one: %t", slices.Contains(ids, own.Session())))
	}, Want: `
		200 sessions → done
		listed: 2, the newest first: false | v0.10
		listed: 2, the newest first: true  | v1.3+
		the own one: false
	`},
	{Name: "others/list of nobody else", Releases: "v0.10+", Do: func(r *Run) {
		r.observe(fmt.Sprintf("listed: %d", len(r.ListSessions("", Token(r.LogIn(r.Person()))).IDs())))
	}, Want: `
		200 json → done     | v0.10
		200 sessions → done | v1.3+
		listed: 0
	`},
	{Name: "others/pages", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		r.elsewhere(ada, 3)
		all := r.ListSessions("", Token(token)).IDs()
		for page := range 4 {
			ids := r.ListSessions(fmt.Sprintf("per_page=2&page=%d", page), Token(token)).IDs()
			from := -1
			if len(ids) > 0 {
				from = slices.Index(all, ids[0])
			}
			r.observe(fmt.Sprintf("page %d: %d from %d", page, len(ids), from))
		}
	}, Want: `
		200 sessions → done
		200 sessions → done
		page 0: 2 from 0
		200 sessions → done
		page 1: 2 from 0
		200 sessions → done
		page 2: 1 from 2
		200 json → done     | v0.10
		200 sessions → done | v1.3+
		page 3: 0 from -1
	`},
	{Name: "others/browser", Releases: "v0.10+", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		b.LogIn(ada)
		other := r.login(ada)
		b.Send(http.MethodGet, sessionsPath, nil)
		b.Send(http.MethodDelete, sessionsPath+"/"+other.Session(), nil)
		b.Send(http.MethodDelete, sessionsPath, nil)
		b.Whoami()
		r.Whoami(Token(other.Token()))
	}, Want: `
		200 sessions → done
		204 → done
		200 {count} → done
		200 session aal1 by password → done
		401 error → no_session 401
	`},
	{Name: "others/end one", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		logins := r.elsewhere(ada, 2)
		r.EndSession(logins[0].Session(), Token(token))
		r.Whoami(Token(logins[0].Token()))
		r.Whoami(Token(logins[1].Token()))
		r.EndSession(logins[0].Session(), Token(token))
	}, Want: `
		204 → done
		401 error → no_session 401
		200 session aal1 by password → done
		204 → done
	`},
	{Name: "others/end all", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		other := r.LogIn(ada)
		for range 2 { // sessions that have ended count, too
			count := r.EndSessions(Token(token)).object.number("count")
			r.observe(fmt.Sprintf("count: %d", count))
		}
		r.Whoami(Token(other))
		r.Whoami(Token(token))
	}, Want: `
		200 {count} → done
		count: 1
		200 {count} → done
		count: 1
		401 error → no_session 401
		200 session aal1 by password → done
	`},
	{Name: "others/end the own one", Releases: "v0.10+", Do: func(r *Run) {
		login := r.login(r.Person())
		r.EndSession(login.Session(), Token(login.Token()))
		r.Whoami(Token(login.Token()))
	}, Want: `
		400 error → other 400
		200 session aal1 by password → done
	`},
	{Name: "others/end somebody else's", Releases: "v0.10+", Do: func(r *Run) {
		other := r.login(r.Person())
		r.EndSession(other.Session(), Token(r.LogIn(r.Person())))
		r.Whoami(Token(other.Token()))
	}, Want: `
		204 → done
		200 session aal1 by password → done
	`},
	{Name: "others/end an unknown one", Releases: "v0.10+", Do: func(r *Run) {
		r.EndSession(unknownID, Token(r.LogIn(r.Person())))
	}, Want: `
		204 → done
	`},
	{Name: "others/end what is no UUID", Releases: "v0.10+", Do: func(r *Run) {
		r.EndSession("nonsense", Token(r.LogIn(r.Person())))
	}, Want: `
		400 error
	`},
	{Name: "others/of an ended session", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		token, other := r.LogIn(ada), r.login(ada)
		r.Logout(token)
		r.ListSessions("", Token(token))
		r.EndSession(other.Session(), Token(token))
		r.EndSessions(Token(token))
		r.Whoami(Token(other.Token()))
	}, Want: `
		204 → done
		401 error → no_session 401
		401 error → no_session 401
		401 error → no_session 401
		200 session aal1 by password → done
	`},
	{Name: "others/second factor owed", Needs: HighestAAL, Releases: "v0.10+", Do: func(r *Run) {
		grace := r.Create(Identity{WithTOTP: true})
		token := r.LogIn(grace)
		r.LogIn(grace) // the enrolment used no session
		r.ListSessions("", Token(token))
		r.EndSession(unknownID, Token(token))
		r.EndSessions(Token(token))
	}, Want: `
		200 sessions → done | ..v25.4
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → second_factor with token with URL | v26.2+, from source
		204 → done
		200 {count} → done
	`},
	{Name: "others/no such operation", Releases: "v0.8", Foreign: "v0.8 has none of them", Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.ListSessions("", Token(token))
		r.EndSession(unknownID, Token(token))
		r.EndSessions(Token(token))
	}, Want: `
		404 text +csrf → unsupported 404
		403 error security_csrf_violation details{docs,hint} +csrf → unsupported 403
		403 error security_csrf_violation details{docs,hint} +csrf → unsupported 403
	`},
}
