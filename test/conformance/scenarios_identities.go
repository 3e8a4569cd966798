package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// ShowIdentity adds what an answer says about the identity to its line.
func (a Answer) ShowIdentity() Answer {
	identity := a.object.object("identity")
	if session := a.object.object("session"); session != nil {
		identity = session.object("identity")
	}
	got := a.run.got
	line, outcome, _ := strings.Cut(got[len(got)-1], " → ")
	got[len(got)-1] = fmt.Sprintf("%s schema:%s traits%s public%s addresses%v", line, identity.text("schema_id"),
		keys(identity.object("traits")), keys(identity.object("metadata_public")), verified(identity)) + arrow(outcome)
	return a
}

// verified says of each address whether it is verified.
func verified(identity object) []bool {
	var list []bool
	for _, address := range identity.objects("verifiable_addresses") {
		list = append(list, address["verified"] == true)
	}
	return list
}

// SignIn logs an identity in with one factor or two. It returns the token of a session, and a
// browser that has a session, too.
func (r *Run) SignIn(identity Identity, secondFactor bool) (string, *Browser) {
	b := r.Browser()
	if admin, ok := r.target.Admin.(Shortcut); ok {
		token, cookie, err := admin.SignIn(r.ctx, identity, secondFactor)
		r.must(err, "sign somebody in")
		b.cookies[sessionCookie] = cookie
		return token, b
	}
	token := r.LogIn(identity)
	b.LogIn(identity)
	if secondFactor {
		r.submit(r.FlowFor("aal=aal2", Token(token)), r.totpCode(identity), Token(token))
		flow := b.FlowFor("aal=aal2")
		r.ask(b, http.MethodPost, submitPath+"?flow="+flow.ID, flow.protect(r.totpCode(identity)), nil)
	}
	return token, b
}

// sendCode makes a flow mail a code. The flow is that of the browser, or a native one without a
// browser.
func (r *Run) sendCode(browser *Browser, flow Flow, identity Identity) {
	if admin, ok := r.target.Admin.(Shortcut); ok {
		r.must(admin.SendCode(r.ctx, flow, identity.Email), "send a code")
		return
	}
	r.ask(browser, http.MethodPost, submitPath+"?flow="+flow.ID, flow.protect(askForCode(identity)), nil)
}

// identities are the answers about identities and their sessions.
var identities = []Scenario{
	{Name: "identity/verified", Releases: "v0.10+", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person())).ShowIdentity()
	}, Want: `
		200 login+token aal1 by password schema:default traits{email} public{} addresses[true] → logged_in
	`},
	{Name: "identity/not verified", Not: VerifiedAddress, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Create(Identity{Unverified: true}))).ShowIdentity()
	}, Want: `
		200 login+token aal1 by password schema:default traits{email} public{} addresses[false] → logged_in
	`},
	{Name: "identity/user name", Not: VerifiedAddress, Do: func(r *Run) {
		ada := r.Create(Identity{WithUsername: true, Unverified: true})
		r.SubmitJSON(r.Flow(), password(ada))
		ada.Email = ada.Username
		r.Whoami(Token(r.SubmitJSON(r.Flow(), password(ada)).Token())).ShowIdentity()
	}, Want: `
		200 login+token aal1 by password → logged_in
		200 login+token aal1 by password → logged_in
		200 session aal1 by password schema:default traits{email,username} public{} addresses[false] → done
	`},
	{Name: "identity/no code to a user name", Needs: PasswordlessCode, Do: func(r *Run) {
		ada := r.Create(Identity{WithUsername: true})
		ada.Email = ada.Username
		r.SubmitJSON(r.Flow(), askForCode(ada))
	}, Want: `
		400 native flow ui:4000035 → refused 4000035
	`},
	{Name: "identity/metadata", Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Create(Identity{WithMetadata: true})
		r.Whoami(Token(r.LogIn(ada))).ShowIdentity()
	}, Want: `
		200 session aal1 by password schema:default traits{email} public{role} addresses[true] → done
	`},
	{Name: "identity/signed in", Do: func(r *Run) {
		token, b := r.SignIn(r.Person(), false)
		r.Whoami(Token(token))
		b.Whoami()
	}, Want: `
		200 session aal1 by password → done
		200 session aal1 by password → done
	`},
	{Name: "identity/signed in with two factors", Do: func(r *Run) {
		token, b := r.SignIn(r.Create(Identity{WithTOTP: true}), true)
		r.Whoami(Token(token))
		b.Whoami()
		r.CreateNativeFlow("aal=aal2", Token(token))
	}, Want: `
		200 session aal2 by password,totp → done
		200 session aal2 by password,totp → done
		400 error session_already_available → already_logged_in 400 session_already_available
	`},
	{Name: "identity/one of two sessions revoked", Releases: "v1.3+", Do: func(r *Run) {
		ada := r.Person()
		one, _ := r.SignIn(ada, false)
		other, _ := r.SignIn(ada, false)
		r.must(r.target.Admin.Revoke(r.ctx, ada, r.Whoami(Token(one)).object.text("id")), "revoke a session")
		r.Whoami(Token(one))
		r.Whoami(Token(other))
		r.SubmitJSON(r.CreateNativeFlow("", Token(one)).Flow(), password(ada), Token(one))
	}, Want: `
		200 session aal1 by password → done
		401 error → no_session 401
		200 session aal1 by password → done
		200 native flow → done
		200 login+token aal1 by password → logged_in
	`},
	{Name: "identity/code sent", Needs: PasswordlessCode, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.sendCode(nil, flow, ada)
		r.GetFlow(flow.ID)
		r.SubmitJSON(flow, r.mailed(ada).with("code", wrongCode))
		r.SubmitJSON(flow, r.mailed(ada))
	}, Want: `
		200 native flow [sent_email] active:code ui:1010014 +csrf → done
		400 native flow [sent_email] active:code ui:4010008 → refused 4010008
		200 login+token aal1 by code → logged_in
	`},
	{Name: "identity/code sent, form", Needs: PasswordlessCode, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.Flow()
		r.sendCode(b, flow, ada)
		b.GetFlow(flow.ID)
		b.SubmitForm(flow, r.mailed(ada))
	}, Want: `
		200 browser flow [sent_email] active:code ui:1010014 → done
		303 to return-url +csrf +session → logged_in
	`},
}
