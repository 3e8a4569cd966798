package conformance

import (
	"fmt"
	"net/http"
	"time"

	"github.com/pquerna/otp/totp"
)

// totpStep is how long an app shows a code.
const totpStep = 30 * time.Second

// totpCode returns the fields with the present code of the identity's app.
func (r *Run) totpCode(identity Identity) Fields { return r.totpCodeAt(identity, time.Now()) }

func (r *Run) totpCodeAt(identity Identity, at time.Time) Fields {
	code, err := totp.GenerateCode(identity.TOTPSecret, at)
	r.must(err, "make a TOTP code")
	return Fields{"method": "totp", "totp_code": code}
}

// wrongTOTP returns the fields with a code that was right long ago.
func (r *Run) wrongTOTP(identity Identity) Fields {
	return r.totpCodeAt(identity, time.Now().Add(-24*time.Hour))
}

func lookup(secret string) Fields { return Fields{"method": "lookup_secret", "lookup_secret": secret} }

// steppingUp calls do with an identity that has both second factors, the token of its session
// with one factor, and a flow for the second factor.
func steppingUp(do func(r *Run, ada Identity, token string, flow Flow)) func(*Run) {
	return func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true, WithLookupSecrets: true})
		token := r.LogIn(ada)
		do(r, ada, token, r.FlowFor("aal=aal2", Token(token)))
	}
}

// secondFactors are the answers to TOTP codes and lookup secrets.
var secondFactors = []Scenario{
	{Name: "factor/right code", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		login := r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		r.observeToken(token, login.Token())
		r.Whoami(Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
		another token: false
		200 session aal2 by password,totp → done
	`},
	{Name: "factor/bearer token", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Bearer(token))
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
	`},
	{Name: "factor/wrong code", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.wrongTOTP(ada), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → refused 4000008
	`},
	{Name: "factor/code with a space", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		right := r.totpCode(ada)
		code, _ := right["totp_code"].(string)
		r.SubmitJSON(flow, right.with("totp_code", code[:3]+" "+code[3:]), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → refused 4000008
	`},
	{Name: "factor/empty code", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, Fields{"method": "totp", "totp_code": ""}, Token(token))
	}), Want: `
		400 native flow aal2 totp_code:4000002 → refused 4000002
	`},
	{Name: "factor/short code", Releases: "v1.3", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, Fields{"method": "totp", "totp_code": "12345"}, Token(token))
	}), Want: `
		400 native flow aal2 totp_code:4000003 → refused 4000003
	`},
	{Name: "factor/code is a number", Broken: "the code is a number", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, Fields{"method": "totp", "totp_code": 1234567}, Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → refused 4000008
	`},
	{Name: "factor/code of the step before", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		submit := func() (Answer, bool) {
			now := time.Now()
			answer := r.submit(flow, r.totpCodeAt(ada, now.Add(-totpStep)), Token(token))
			return answer, time.Now().Truncate(totpStep).Equal(now.Truncate(totpStep))
		}
		answer, inTime := submit()
		for !inTime && answer.status != http.StatusOK { // the code has changed in the meantime
			answer, inTime = submit()
		}
		r.show(answer)
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
	`},
	{Name: "factor/code twice", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		code, other := r.totpCode(ada), r.LogIn(ada)
		r.SubmitJSON(flow, code, Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(other)), code, Token(other))
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
		200 login+token aal2 by password,totp → logged_in
	`},
	{Name: "factor/no method", Broken: "no method", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada).without("method"), Token(token))
	}), Want: `
		400 native flow aal2 ui:4010002 → refused 4010002
	`},
	{Name: "factor/no token", Do: steppingUp(func(r *Run, ada Identity, _ string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada))
	}), Want: `
		401 error session_aal1_required → no_session 401 session_aal1_required
	`},
	{Name: "factor/token of somebody else", Do: steppingUp(func(r *Run, ada Identity, _ string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(r.LogIn(r.Person())))
	}), Want: `
		400 native flow aal2 ui:4000011 → refused 4000011
	`},
	{Name: "factor/password again", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, password(ada), Token(token))
	}), Want: `
		400 native flow aal2 ui:4010002 → refused 4010002
	`},
	{Name: "factor/no app", Not: CodeSecondFactor, Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), Fields{"method": "totp", "totp_code": "123456"}, Token(token))
	}, Want: `
		400 native flow aal2 ui:4000011 nodes:null → refused 4000011
	`},
	{Name: "factor/no lookup secrets", Do: func(r *Run) {
		token := r.LogIn(r.Create(Identity{WithTOTP: true}))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), lookup("abcdefgh"), Token(token))
	}, Want: `
		400 native flow aal2 ui:4000014 → refused 4000014
	`},
	{Name: "factor/signed in with both", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		r.CreateNativeFlow("aal=aal2", Token(token))
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
		400 error session_already_available → already_logged_in 400 session_already_available
		400 native flow aal2 active:totp ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "factor/refresh", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		again := r.CreateNativeFlow("refresh=true&aal=aal2", Token(token)).Flow()
		r.SubmitJSON(again, r.totpCode(ada), Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → logged_in
		200 native flow refresh aal2 ui:1010003 → done
		200 login+token aal2 by password,totp → logged_in
	`},
	{Name: "factor/right lookup secret", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, lookup(ada.LookupSecrets[0]), Token(token))
		r.Whoami(Token(token))
	}), Want: `
		200 login+token aal2 by lookup_secret,password → logged_in
		200 session aal2 by lookup_secret,password → done
	`},
	{Name: "factor/wrong lookup secret", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, lookup("abcdefgh"), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000012 → refused 4000012 | v0.8
		400 native flow aal2 ui:4000016 → refused 4000016 | v0.10+
	`},
	{Name: "factor/lookup secret twice", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		other := r.LogIn(ada)
		r.SubmitJSON(flow, lookup(ada.LookupSecrets[0]), Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(other)), lookup(ada.LookupSecrets[0]), Token(other))
	}), Want: `
		200 login+token aal2 by lookup_secret,password → logged_in
		400 native flow aal2 ui:4000012 → refused 4000012
	`},
	{Name: "factor/script", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitJSON(b.CreateFlow("aal=aal2").Flow(), r.totpCode(ada))
		b.Whoami()
	}, Want: `
		200 browser flow aal2 ui:1010004 → done
		200 login aal2 by password,totp +session → logged_in                          | ..v0.10
		200 login aal2 by password,totp next:redirect_browser_to +session → logged_in | v1.3+
		200 session aal2 by password,totp → done
	`},
	{Name: "factor/script without the session", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		flow := b.FlowFor("aal=aal2")
		b.Forget(sessionCookie)
		b.SubmitJSON(flow, r.totpCode(ada))
	}, Want: `
		401 error session_aal1_required → no_session 401 session_aal1_required
	`},
	{Name: "factor/form", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitForm(b.GetFlow(b.OpenFlow("aal=aal2").FlowID()).Flow(), r.totpCode(ada))
		b.Whoami()
	}, Want: `
		303 to login-ui?flow → misconfigured (redirect)
		200 browser flow aal2 ui:1010004 → done
		303 to return-url +session → logged_in
		200 session aal2 by password,totp → done
	`},
	{Name: "factor/form, wrong code", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitForm(b.FlowFor("aal=aal2"), r.wrongTOTP(ada))
	}, Want: `
		302 to login-ui?flow → refused 4000008 | v0.8
		303 to login-ui?flow → refused 4000008 | v0.10+
	`},
	{Name: "factor/owed, native", Needs: HighestAAL, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		token := r.SubmitJSON(r.Flow(), password(ada)).Token()
		r.Whoami(Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), r.totpCode(ada), Token(token))
		r.Whoami(Token(token))
	}, Want: `
		200 login+token aal1 by password identity:null → second_factor with token
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → second_factor with token with URL
		200 login+token aal2 by password,totp → logged_in
		200 session aal2 by password,totp → done
	`},
	{Name: "factor/owed by nobody without one", Needs: HighestAAL, Not: CodeSecondFactor, Do: func(r *Run) {
		r.Whoami(Token(r.SubmitJSON(r.Flow(), password(r.Person())).Token()))
	}, Want: `
		200 login+token aal1 by password → logged_in
		200 session aal1 by password → done
	`},
	{Name: "factor/owed, script", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitJSON(b.Flow(), password(ada))
		b.Whoami()
		b.SubmitJSON(b.FlowFor("aal=aal2"), r.totpCode(ada))
	}, Want: `
		200 login aal1 by password identity:null +csrf +session → second_factor                                  | ..v0.10
		422 error browser_location_change_required {redirect_browser_to} +csrf +session → second_factor with URL | v1.3+
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → second_factor with URL
		200 login aal2 by password,totp +session → logged_in                          | ..v0.10
		200 login aal2 by password,totp next:redirect_browser_to +session → logged_in | v1.3+
	`},
	{Name: "factor/owed, form", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitForm(b.Flow(), password(ada))
		b.Whoami(Accept(typeHTML))
	}, Want: `
		303 to kratos/self-service/login/browser?aal=aal2 +csrf +session → second_factor with URL
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → second_factor with URL
	`},
	{Name: "factor/owed, form with return_to", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitForm(b.FlowFor(r.ReturnTo()), password(ada))
	}, Want: `
		303 to kratos/self-service/login/browser?aal=aal2 +csrf +session → second_factor with URL           | v0.8
		303 to kratos/self-service/login/browser?aal=aal2&return_to +csrf +session → second_factor with URL | v0.10+
	`},
}

// observeToken adds a line that says whether two tokens differ.
func (r *Run) observeToken(before, after string) {
	r.observe(fmt.Sprintf("another token: %t", before != after))
}
