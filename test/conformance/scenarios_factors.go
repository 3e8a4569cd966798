package conformance

import (
	"fmt"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// totpCode is what gives the code that the identity's app shows.
func (r *Run) totpCode(identity Identity) Fields { return r.totpCodeAt(identity, time.Now()) }

func (r *Run) totpCodeAt(identity Identity, at time.Time) Fields {
	code, err := totp.GenerateCode(identity.TOTPSecret, at)
	r.must(err, "make a TOTP code")
	return Fields{"method": "totp", "totp_code": code}
}

// awaitEarlyCode waits, if need be, until the code that an app shows lasts for some
// seconds.
func (r *Run) awaitEarlyCode() {
	const period = 30 * time.Second
	now := time.Now()
	if next := now.Truncate(period).Add(period); next.Sub(now) < 3*time.Second {
		r.must(sleep(r.ctx, next.Sub(now)), "wait for a code")
	}
}

// wrongTOTP is a code that was right long ago.
func (r *Run) wrongTOTP(identity Identity) Fields {
	return r.totpCodeAt(identity, time.Now().Add(-24*time.Hour))
}

func lookup(secret string) Fields { return Fields{"method": "lookup_secret", "lookup_secret": secret} }

// steppingUp does something with somebody who has both second factors, the token of
// a session with one factor, and a flow for the second one.
func steppingUp(do func(r *Run, ada Identity, token string, flow Flow)) func(*Run) {
	return func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true, WithLookupSecrets: true})
		token := r.LogIn(ada)
		do(r, ada, token, r.FlowFor("aal=aal2", Token(token)))
	}
}

// secondFactors is what TOTP codes and lookup secrets are answered with.
var secondFactors = []Scenario{
	{Name: "factor/right code", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		login := r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		r.observeToken(token, login.Token())
		r.Whoami(Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → Login
		another token: false
		200 session aal2 by password,totp → Session
	`},
	{Name: "factor/bearer token", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Bearer(token))
	}), Want: `
		200 login+token aal2 by password,totp → Login
	`},
	{Name: "factor/wrong code", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.wrongTOTP(ada), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → ValidationError 4000008
	`},
	{Name: "factor/code with a space", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		right := r.totpCode(ada)
		code, _ := right["totp_code"].(string)
		r.SubmitJSON(flow, right.with("totp_code", code[:3]+" "+code[3:]), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → ValidationError 4000008
	`},
	{Name: "factor/empty code", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, Fields{"method": "totp", "totp_code": ""}, Token(token))
	}), Want: `
		400 native flow aal2 totp_code:4000002 → ValidationError 4000002
	`},
	{Name: "factor/code is a number", Broken: "the code is a number", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, Fields{"method": "totp", "totp_code": 1234567}, Token(token))
	}), Want: `
		400 native flow aal2 ui:4000008 → ValidationError 4000008
	`},
	{Name: "factor/code of the step before", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.awaitEarlyCode()
		r.SubmitJSON(flow, r.totpCodeAt(ada, time.Now().Add(-30*time.Second)), Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → Login
	`},
	{Name: "factor/code twice", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		code, other := r.totpCode(ada), r.LogIn(ada)
		r.SubmitJSON(flow, code, Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(other)), code, Token(other))
	}), Want: `
		200 login+token aal2 by password,totp → Login
		200 login+token aal2 by password,totp → Login
	`},
	{Name: "factor/no method", Broken: "no method", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada).without("method"), Token(token))
	}), Want: `
		400 native flow aal2 ui:4010002 → ValidationError 4010002
	`},
	{Name: "factor/no token", Do: steppingUp(func(r *Run, ada Identity, _ string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada))
	}), Want: `
		401 error session_aal1_required → APIError 401 session_aal1_required
	`},
	{Name: "factor/token of somebody else", Do: steppingUp(func(r *Run, ada Identity, _ string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(r.LogIn(r.Person())))
	}), Want: `
		400 native flow aal2 ui:4000011 → ValidationError 4000011
	`},
	{Name: "factor/password again", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, password(ada), Token(token))
	}), Want: `
		400 native flow aal2 ui:4010002 → ValidationError 4010002
	`},
	{Name: "factor/no app", Not: CodeSecondFactor, Do: func(r *Run) {
		token := r.LogIn(r.Person())
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), Fields{"method": "totp", "totp_code": "123456"}, Token(token))
	}, Want: `
		400 native flow aal2 ui:4000011 nodes:null → ValidationError 4000011
	`},
	{Name: "factor/no lookup secrets", Do: func(r *Run) {
		token := r.LogIn(r.Create(Identity{WithTOTP: true}))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), lookup("abcdefgh"), Token(token))
	}, Want: `
		400 native flow aal2 ui:4000014 → ValidationError 4000014
	`},
	{Name: "factor/signed in with both", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		r.CreateNativeFlow("aal=aal2", Token(token))
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → Login
		400 error session_already_available → APIError 400 session_already_available
		400 native flow aal2 active:totp ui:4000001 → ValidationError 4000001 (session_already_available)
	`},
	{Name: "factor/refresh", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
		again := r.CreateNativeFlow("refresh=true&aal=aal2", Token(token)).Flow()
		r.SubmitJSON(again, r.totpCode(ada), Token(token))
	}), Want: `
		200 login+token aal2 by password,totp → Login
		200 native flow refresh aal2 ui:1010003 → Flow
		200 login+token aal2 by password,totp → Login
	`},
	{Name: "factor/right lookup secret", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		r.SubmitJSON(flow, lookup(ada.LookupSecrets[0]), Token(token))
		r.Whoami(Token(token))
	}), Want: `
		200 login+token aal2 by lookup_secret,password → Login
		200 session aal2 by lookup_secret,password → Session
	`},
	{Name: "factor/wrong lookup secret", Do: steppingUp(func(r *Run, _ Identity, token string, flow Flow) {
		r.SubmitJSON(flow, lookup("abcdefgh"), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000012 → ValidationError 4000012 | v0.8
		400 native flow aal2 ui:4000016 → ValidationError 4000016 | v0.10+
	`},
	{Name: "factor/lookup secret twice", Do: steppingUp(func(r *Run, ada Identity, token string, flow Flow) {
		other := r.LogIn(ada)
		r.SubmitJSON(flow, lookup(ada.LookupSecrets[0]), Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(other)), lookup(ada.LookupSecrets[0]), Token(other))
	}), Want: `
		200 login+token aal2 by lookup_secret,password → Login
		400 native flow aal2 ui:4000012 → ValidationError 4000012
	`},
	{Name: "factor/script", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitJSON(b.CreateFlow("aal=aal2").Flow(), r.totpCode(ada))
		b.Whoami()
	}, Want: `
		200 browser flow aal2 ui:1010004 → Flow
		200 login aal2 by password,totp +session → Login                          | ..v0.10
		200 login aal2 by password,totp next:redirect_browser_to +session → Login | v1.3+
		200 session aal2 by password,totp → Session
	`},
	{Name: "factor/script without the session", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		flow := b.FlowFor("aal=aal2")
		b.Forget(sessionCookie)
		b.SubmitJSON(flow, r.totpCode(ada))
	}, Want: `
		401 error session_aal1_required → APIError 401 session_aal1_required
	`},
	{Name: "factor/form", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitForm(b.GetFlow(b.OpenFlow("aal=aal2").FlowID()).Flow(), r.totpCode(ada))
		b.Whoami()
	}, Want: `
		303 to login-ui?flow → RedirectError
		200 browser flow aal2 ui:1010004 → Flow
		303 to return-url +session → Login
		200 session aal2 by password,totp → Session
	`},
	{Name: "factor/form, wrong code", Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.LogIn(ada)
		b.SubmitForm(b.FlowFor("aal=aal2"), r.wrongTOTP(ada))
	}, Want: `
		302 to login-ui?flow → ValidationError 4000008 | v0.8
		303 to login-ui?flow → ValidationError 4000008 | v0.10+
	`},
	{Name: "factor/owed, native", Needs: HighestAAL, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		token := r.SubmitJSON(r.Flow(), password(ada)).Token()
		r.Whoami(Token(token))
		r.SubmitJSON(r.FlowFor("aal=aal2", Token(token)), r.totpCode(ada), Token(token))
		r.Whoami(Token(token))
	}, Want: `
		200 login+token aal1 by password identity:null → SecondFactorError with token
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → SecondFactorError with token with URL
		200 login+token aal2 by password,totp → Login
		200 session aal2 by password,totp → Session
	`},
	{Name: "factor/owed by nobody without one", Needs: HighestAAL, Do: func(r *Run) {
		r.Whoami(Token(r.SubmitJSON(r.Flow(), password(r.Person())).Token()))
	}, Want: `
		200 login+token aal1 by password → Login
		200 session aal1 by password → Session
	`},
	{Name: "factor/owed, script", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitJSON(b.Flow(), password(ada))
		b.Whoami()
		b.SubmitJSON(b.FlowFor("aal=aal2"), r.totpCode(ada))
	}, Want: `
		200 login aal1 by password identity:null +csrf +session → SecondFactorError                                       | ..v0.10
		422 error browser_location_change_required {redirect_browser_to} +csrf +session → SecondFactorError with URL      | v1.3+
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → SecondFactorError with URL
		200 login aal2 by password,totp +session → Login                          | ..v0.10
		200 login aal2 by password,totp next:redirect_browser_to +session → Login | v1.3+
	`},
	{Name: "factor/owed, form", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitForm(b.Flow(), password(ada))
		b.Whoami(Accept(typeHTML))
	}, Want: `
		303 to kratos/self-service/login/browser?aal=aal2 +csrf +session → SecondFactorError with URL
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → SecondFactorError with URL
	`},
	{Name: "factor/owed, form with return_to", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		b.SubmitForm(b.FlowFor(r.ReturnTo()), password(ada))
	}, Want: `
		303 to kratos/self-service/login/browser?aal=aal2 +csrf +session → SecondFactorError with URL           | v0.8
		303 to kratos/self-service/login/browser?aal=aal2&return_to +csrf +session → SecondFactorError with URL | v0.10+
	`},
}

// observeToken adds a line that says whether two tokens differ.
func (r *Run) observeToken(before, after string) {
	r.observe(fmt.Sprintf("another token: %t", before != after))
}

// mailed is what gives the newest code that was mailed to the identity.
func (r *Run) mailed(identity Identity) Fields {
	code, err := r.target.Admin.Code(r.ctx, identity.Email)
	r.must(err, "read a mailed code")
	return askForCode(identity).with("code", code)
}

func askForCode(identity Identity) Fields {
	return Fields{"method": "code", "identifier": identity.Email}
}

// wrongCode is no code that a server makes.
const wrongCode = "00000x"

// withCode does something with somebody and a native flow that has sent a code.
func withCode(do func(r *Run, ada Identity, flow Flow)) func(*Run) {
	return func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, askForCode(ada))
		do(r, ada, flow)
	}
}

const codeSent = "400 native flow [sent_email] active:code ui:1010014 → NextStepError code sent\n"

// codes is what mailed codes are answered with.
var codes = []Scenario{
	{Name: "code/create", Needs: PasswordlessCode, Not: HighestAAL | IdentifierFirst | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("").ShowFields()
	}, Want: `
		200 native flow fields:csrf_token,identifier,method=code,method=password,password → Flow
	`},
	{Name: "code/right", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, r.mailed(ada))
	}), Want: codeSent + `
		200 login+token aal1 by code → Login
	`},
	{Name: "code/without the identifier", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, r.mailed(ada).without("identifier"))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code identifier:4000002 → ValidationError 4000002
	`},
	{Name: "code/wrong", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code ui:4010008 → ValidationError 4010008
	`},
	{Name: "code/wrong then right", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
		r.SubmitJSON(flow, r.mailed(ada))
	}), Want: codeSent + `
		400 native flow [sent_email] active:code ui:4010008 → ValidationError 4010008
		200 login+token aal1 by code → Login
	`},
	{Name: "code/wrong seven times", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		for range 7 {
			r.SubmitJSON(flow, askForCode(ada).with("code", wrongCode))
		}
	}), Want: codeSent + strings.Repeat(
		"400 native flow [sent_email] active:code ui:4010008 → ValidationError 4010008\n", 5) + strings.Repeat(
		"400 native flow [sent_email] active:code ui:4000001 → ValidationError 4000001 (too many tries)\n", 2)},
	{Name: "code/again", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, askForCode(ada).with("resend", "code"))
	}), Want: codeSent + codeSent},
	{Name: "code/unknown identifier", Needs: PasswordlessCode, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(Identity{Email: "nobody@example.com"}))
	}, Want: `
		400 native flow ui:4000035 → ValidationError 4000035
	`},
	{Name: "code/empty identifier", Needs: PasswordlessCode, Do: func(r *Run) { r.SubmitJSON(r.Flow(), askForCode(Identity{})) }, Want: `
		400 native flow identifier:4000002 → ValidationError 4000002
	`},
	{Name: "code/no identifier", Needs: PasswordlessCode, Do: func(r *Run) { r.SubmitJSON(r.Flow(), Fields{"method": "code"}) }, Want: `
		400 native flow identifier:4000002 → ValidationError 4000002
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
		400 native flow [sent_email] active:code ui:4010008 → ValidationError 4010008
	`},
	{Name: "code/twice", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		code := r.mailed(ada)
		r.SubmitJSON(flow, code)
		r.SubmitJSON(flow, code)
	}), Want: codeSent + `
		200 login+token aal1 by code → Login
		400 native flow [passed_challenge] active:code ui:4010002 → ValidationError 4010002
	`},
	{Name: "code/password instead", Needs: PasswordlessCode, Do: withCode(func(r *Run, ada Identity, flow Flow) {
		r.SubmitJSON(flow, password(ada))
	}), Want: codeSent + `
		200 login+token aal1 by password → Login
	`},
	{Name: "code/with a cookie", Needs: PasswordlessCode, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), askForCode(r.Person()), Header("Cookie", "a=b"))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (browser request)
	`},
	{Name: "code/script", Needs: PasswordlessCode, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, askForCode(ada))
		b.SubmitJSON(flow, b.run.mailed(ada))
	}), Want: `
		400 browser flow [sent_email] active:code ui:1010014 → NextStepError code sent
		200 login aal1 by code next:redirect_browser_to +csrf +session → Login
	`},
	{Name: "code/form", Needs: PasswordlessCode, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, askForCode(ada))
		b.SubmitForm(b.GetFlow(flow.ID).Flow(), b.run.mailed(ada))
	}), Want: `
		303 to login-ui?flow → NextStepError code sent
		200 browser flow [sent_email] active:code ui:1010014 → Flow
		303 to return-url +csrf +session → Login
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
		200 native flow aal2 ui:1010004 → Flow                                                              | v1.3..v25.4
		200 native flow aal2 [sent_email] active:code ui:1010014 → Flow                                     | v26.2
		400 native flow aal2 [sent_email] active:code ui:1010014 → NextStepError code sent                  | v1.3..v25.4
		400 native flow aal2 [sent_email] active:code code:4000002 → ValidationError 4000002                | v26.2
		400 native flow aal2 [sent_email] active:code ui:4010008 → ValidationError 4010008
		200 login+token aal2 by code,password → Login
		200 session aal2 by code,password → Session
	`},
	{Name: "code/second factor owed", Needs: CodeSecondFactor | HighestAAL, Do: func(r *Run) {
		r.Whoami(Token(r.SubmitJSON(r.Flow(), password(r.Person())).Token()))
	}, Want: `
		200 login+token aal1 by password identity:null → SecondFactorError with token
		403 error session_aal2_required {redirect_browser_to} details{redirect_browser_to} → SecondFactorError with token with URL
	`},
}

// identifierFirst is what a login in two steps is answered with.
var identifierFirst = []Scenario{
	{Name: "identifier/create", Needs: IdentifierFirst, Not: PasswordlessCode | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("").ShowFields()
	}, Want: `
		200 native flow fields:csrf_token,identifier,method=identifier_first → Flow
	`},
	{Name: "identifier/known", Needs: IdentifierFirst, Not: PasswordlessCode | Provider, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email}).ShowFields()
		r.SubmitJSON(flow, password(ada))
	}, Want: `
		400 native flow active:identifier_first fields:csrf_token,identifier,method=password,password → NextStepError
		200 login+token aal1 by password → Login
	`},
	{Name: "identifier/unknown", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": "nobody@example.com"})
	}, Want: `
		400 native flow identifier:4000037 → ValidationError 4000037
	`},
	{Name: "identifier/empty", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": ""})
	}, Want: `
		400 native flow identifier:4000037 → ValidationError 4000037
	`},
	{Name: "identifier/without the method", Broken: "no method", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"identifier": r.Person().Email})
	}, Want: `
		400 native flow active:identifier_first → NextStepError
	`},
	{Name: "identifier/unknown method", Broken: "no such method", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "magic", "identifier": r.Person().Email})
		r.SubmitJSON(r.Flow(), Fields{"method": "magic"})
	}, Want: `
		400 native flow active:identifier_first → NextStepError
		400 native flow identifier:4000037 → ValidationError 4000037
	`},
	{Name: "identifier/password at once", Needs: IdentifierFirst, Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "identifier/then a wrong password", Needs: IdentifierFirst, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
		r.SubmitJSON(flow, wrongPassword(ada))
	}, Want: `
		400 native flow active:identifier_first → NextStepError
		400 native flow active:identifier_first ui:4000006 → ValidationError 4000006
	`},
	{Name: "identifier/script", Needs: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		400 browser flow active:identifier_first → NextStepError
		200 login aal1 by password next:redirect_browser_to +csrf +session → Login
	`},
	{Name: "identifier/form", Needs: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
	}), Want: `
		303 to login-ui?flow → NextStepError
	`},
}
