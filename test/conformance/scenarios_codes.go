package conformance

import "strings"

// mailed returns the fields with the newest code that was mailed to the identity.
func (r *Run) mailed(identity Identity) Fields {
	code, err := r.target.Admin.Code(r.ctx, identity.Email)
	r.must(err, "read a mailed code")
	return askForCode(identity).with("code", code)
}

func askForCode(identity Identity) Fields {
	return Fields{"method": "code", "identifier": identity.Email}
}

// wrongCode is a code that no server makes.
const wrongCode = "00000x"

// withCode calls do with an identity and a native flow that has sent a code.
func withCode(do func(r *Run, ada Identity, flow Flow)) func(*Run) {
	return func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, askForCode(ada))
		do(r, ada, flow)
	}
}

// refusedCodes asks for a code for an unknown identifier, and for one without an identifier. In
// between, it submits a wrong password.
func refusedCodes(r *Run) {
	flow, nobody := r.Flow(), Identity{Email: "nobody@example.com", Password: "a wild guess"}
	r.SubmitJSON(flow, askForCode(nobody)).ShowFields()
	r.SubmitJSON(flow, password(nobody)).ShowFields()
	r.SubmitJSON(flow, Fields{"method": "code"}).ShowFields()
}

const codeSent = "400 native flow [sent_email] active:code ui:1010014 → next_step code sent\n"

// codes are the answers to mailed codes.
var codes = []Scenario{
	{Name: "code/create", Needs: PasswordlessCode, Not: HighestAAL | IdentifierFirst | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("").ShowFields()
	}, Want: `
		200 native flow fields:csrf_token,identifier,method=code,method=password,password → done
	`},
	{Name: "code/refresh", Needs: PasswordlessCode, Not: HighestAAL | Provider, Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		flow := r.CreateNativeFlow("refresh=true", Token(token)).ShowFields().Flow()
		r.SubmitJSON(flow, Fields{"method": "code"}, Token(token))
		r.SubmitJSON(flow, Fields{"method": "password", "password": ada.Password}, Token(token))
		r.SubmitJSON(flow, password(ada), Token(token))
	}, Want: `
		200 native flow refresh ui:1010003 fields:csrf_token,identifier,method=code,method=password,password → done | v1.3
		200 native flow refresh ui:1010003 fields:csrf_token,identifier,method=code,method=password,password → done | v25.4+, from source
		400 native flow refresh identifier:4000002 → refused 4000002 | v1.3
		400 native flow refresh identifier:4000002 → refused 4000002 | v25.4+, from source
		400 native flow refresh identifier:4000002 → refused 4000002 | v1.3
		400 native flow refresh identifier:4000002 → refused 4000002 | v25.4+, from source
		200 login+token aal1 by password → logged_in                 | v1.3
		200 login+token aal1 by password → logged_in                 | v25.4+, from source
	`},
	{Name: "code/right", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, r.mailed(ada))
	}), Want: codeSent + `
		200 login+token aal1 by code → logged_in
	`},
	{Name: "code/without the identifier", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, r.mailed(ada).without("identifier"))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code identifier:4000002 → refused 4000002
	`},
	{Name: "code/wrong", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code ui:4010008 → refused 4010008
	`},
	{Name: "code/wrong then right", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
		r.SubmitJSON(flow, r.mailed(ada))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code ui:4010008 → refused 4010008
		200 login+token aal1 by code → logged_in
	`},
	{Name: "code/wrong seven times", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		for range 7 {
			r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
		}
	}), Want: codeSent + strings.Repeat(
		"400 native flow [sent_email] active:code ui:4010008 → refused 4010008\n", 5) + strings.Repeat(
		"400 native flow [sent_email] active:code ui:4000001 → too_many_tries 400 4000001\n", 2)},
	{Name: "code/wrong too often, then another code", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		for range 6 {
			r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
		}
		r.mailed(ada) // this is not the code that is mailed next
		r.SubmitJSON(flow, askForCode(ada).with("resend", "code"))
		r.SubmitJSON(flow, r.mailed(ada))
	}), Want: codeSent + strings.Repeat(
		"400 native flow [sent_email] active:code ui:4010008 → refused 4010008\n", 5) +
		"400 native flow [sent_email] active:code ui:4000001 → too_many_tries 400 4000001\n" + codeSent +
		"400 native flow [sent_email] active:code ui:4000001 → too_many_tries 400 4000001\n"},
	{Name: "code/again", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("resend", "code"))
	}), Want: codeSent + codeSent},
	{Name: "code/unknown identifier", Needs: PasswordlessCode, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(Identity{Email: "nobody@example.com"}))
	}, Want: `
		400 native flow ui:4000035 → refused 4000035
	`},
	{Name: "code/empty identifier", Needs: PasswordlessCode, Do: func(r *Run) { r.SubmitJSON(r.Flow(), askForCode(Identity{})) }, Want: `
		400 native flow identifier:4000002 → refused 4000002
	`},
	{Name: "code/no identifier", Needs: PasswordlessCode, Do: func(r *Run) { r.SubmitJSON(r.Flow(), Fields{"method": "code"}) }, Want: `
		400 native flow identifier:4000002 → refused 4000002
	`},
	{Name: "code/hidden identifier", Needs: PasswordlessCode, Not: HighestAAL | IdentifierFirst | Provider, Releases: "v1.3", Do: refusedCodes, Want: `
		400 native flow ui:4000035 fields:csrf_token,identifier:hidden,method=code,method=password,password → refused 4000035
		400 native flow ui:4000006 fields:csrf_token,identifier:hidden,method=code,method=password,password → refused 4000006
		400 native flow identifier:4000002 fields:csrf_token,identifier:hidden,method=code,method=password,password → refused 4000002
	`},
	{Name: "code/visible identifier", Needs: PasswordlessCode, Not: HighestAAL | IdentifierFirst | Provider, Releases: "v26.2+", Do: refusedCodes, Want: `
		400 native flow ui:4000035 fields:csrf_token,identifier,method=code,method=password,password → refused 4000035
		400 native flow ui:4000006 fields:csrf_token,identifier,method=code,method=password,password → refused 4000006
		400 native flow identifier:4000002 fields:csrf_token,identifier,method=code,method=password,password → refused 4000002
	`},
	{Name: "code/hidden identifier of a refresh", Needs: PasswordlessCode, Not: HighestAAL | Provider, Releases: "v1.3", Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.SubmitJSON(r.FlowFor("refresh=true", Token(token)), Fields{"method": "code"}, Token(token)).ShowFields()
	}, Want: `
		400 native flow refresh identifier:4000002 fields:csrf_token,identifier:hidden,method=code,method=password,password → refused 4000002
	`},
	{Name: "code/hidden identifier before the methods", Needs: PasswordlessCode | IdentifierFirst | Provider, Releases: "v1.3", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(Identity{Email: "nobody@example.com"})).ShowFields()
	}, Want: `
		400 native flow ui:4000035 fields:csrf_token,identifier:hidden,method=identifier_first,provider → refused 4000035
	`},
	{Name: "code/never asked for", Needs: PasswordlessCode, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(r.Person()).with("code", "123456"))
	}, Want: codeSent},
	{Name: "code/of another flow", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, _ Flow) {
		r.SubmitJSON(r.Flow(), r.mailed(ada))
	}), Want: codeSent + codeSent},
	{Name: "code/of somebody else", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, r.mailed(ada).with("identifier", r.Person().Email))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code ui:4010008 → refused 4010008
	`},
	{Name: "code/twice", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		code := r.mailed(ada)
		r.SubmitJSON(flow, code)
		r.SubmitJSON(flow, code)
	}), Want: codeSent + `
		200 login+token aal1 by code → logged_in
		400 native flow [passed_challenge] active:code ui:4010002 → refused 4010002
	`},
	{Name: "code/password instead", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, password(ada))
	}), Want: codeSent + `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "code/with a cookie", Needs: PasswordlessCode, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(r.Person()), Header("Cookie", "a=b"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request)
	`},
	{Name: "code/script", Needs: PasswordlessCode, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, askForCode(ada))
		b.SubmitJSON(flow, b.run.mailed(ada))
	}), Want: `
		400 browser flow [sent_email] active:code ui:1010014 → next_step code sent
		200 login aal1 by code next:redirect_browser_to +csrf +session → logged_in
	`},
	{Name: "code/form", Needs: PasswordlessCode, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, askForCode(ada))
		b.SubmitForm(b.GetFlow(flow.ID).Flow(), b.run.mailed(ada))
	}), Want: `
		303 to login-ui?flow → next_step code sent
		200 browser flow [sent_email] active:code ui:1010014 → done
		303 to return-url +csrf +session → logged_in
	`},
	{Name: "code/second factor", Needs: CodeSecondFactor, Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		flow := r.CreateNativeFlow("aal=aal2", Token(token)).Flow()
		r.SubmitJSON(flow, Fields{"method": "code", "address": ada.Email}, Token(token))
		r.SubmitJSON(flow, Fields{"method": "code", "code": wrongCode}, Token(token))
		r.SubmitJSON(flow, r.mailed(ada).without("identifier"), Token(token))
		r.Whoami(Token(token))
	}, Want: `
		200 native flow aal2 ui:1010004 → done                                         | v1.3..v25.4
		200 native flow aal2 [sent_email] active:code ui:1010014 → done                | v26.2
		200 native flow aal2 [sent_email] active:code ui:1010025 → done                | after-v26.2
		400 native flow aal2 [sent_email] active:code ui:1010014 → next_step code sent | v1.3..v25.4
		400 native flow aal2 [sent_email] active:code code:4000002 → refused 4000002   | v26.2+
		400 native flow aal2 [sent_email] active:code ui:4010008 → refused 4010008
		200 login+token aal2 by code,password → logged_in
		200 session aal2 by code,password → done
	`},
	{Name: "code/second factor beside an app", Needs: CodeSecondFactor, Do: func(r *Run) {
		r.CreateNativeFlow("aal=aal2", Token(r.LogIn(r.Create(Identity{WithTOTP: true}))))
	}, Want: `
		200 native flow aal2 ui:1010004 → done | v1.3..v25.4
		200 native flow aal2 ui:1010004 → done | v26.2+, from source
	`},
	{Name: "code/second factor via a trait", Needs: CodeSecondFactor, Releases: "v1.3", Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.CreateNativeFlow("aal=aal2&via=email", Token(token))
		r.CreateNativeFlow("aal=aal2&via=shoe", Token(token))
	}, Want: `
		200 native flow aal2 ui:1010004 → done
		400 error → other 400
	`},
	{Name: "code/second factor via no trait, form", Needs: CodeSecondFactor, Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.OpenFlow("aal=aal2&via=shoe")
	}, Want: `
		303 to error-ui?id → misconfigured (redirect)
	`},
	{Name: "code/second factor for another address", Needs: CodeSecondFactor, Releases: "v1.3", Do: func(r *Run) {
		token, eve := r.LogIn(r.Person()), r.Person()
		for _, address := range []string{"", "nobody@example.com"} {
			r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), Fields{"method": "code", "address": address}, Token(token))
		}
		flow := r.FlowFor("aal=aal2", Token(token))
		r.SubmitJSON(flow, Fields{"method": "code", "address": eve.Email}, Token(token))
		r.SubmitJSON(flow, r.mailed(eve).without("identifier"), Token(token))
	}, Want: `
		400 native flow aal2 identifier:4000002 → refused 4000002
		400 native flow aal2 ui:4000035 → refused 4000035
		400 native flow aal2 [sent_email] active:code ui:1010014 → next_step code sent
		400 native flow aal2 [sent_email] active:code ui:4010008 → refused 4010008
	`},
	{Name: "code/second factor owed", Needs: CodeSecondFactor | HighestAAL, Do: func(r *Run) {
		r.Whoami(Token(r.SubmitJSON(r.Flow(), password(r.Person())).Token()))
	}, Want: `
		200 login+token aal1 by password identity:null → second_factor with token
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → second_factor with token with URL
	`},
}
