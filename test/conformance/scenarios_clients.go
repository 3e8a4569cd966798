package conformance

import (
	"context"
	"errors"
	"net/url"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
	"github.com/orylogin/orylogin/session"
)

func asMethod(identity Identity) orylogin.Password {
	return orylogin.Password{Identifier: identity.Email, Password: orylogin.NewSecret(identity.Password)}
}

func guess(identity Identity) orylogin.Password {
	return orylogin.Password{Identifier: identity.Email, Password: orylogin.NewSecret("a wild guess")}
}

// totpMethod is the code that the identity's app shows.
func (r *Run) totpMethod(identity Identity) orylogin.TOTP {
	code, _ := r.totpCode(identity)["totp_code"].(string)
	return orylogin.TOTP{Code: orylogin.NewSecret(code)}
}

// answering gives one method after the other to a conversation, and adds a line of
// why each was asked for.
func (r *Run) answering(methods ...func() orylogin.Method) func(context.Context, orylogin.Step) (orylogin.Method, error) {
	return func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if step.Err != nil {
			r.observe("asked for another step → " + describeOutcomeError(step.Err))
		}
		if len(methods) == 0 {
			return nil, errors.New("there is no method left")
		}
		method := methods[0]()
		methods = methods[1:]
		return method, nil
	}
}

func just(method orylogin.Method) func() orylogin.Method {
	return func() orylogin.Method { return method }
}

// clients are scenarios that speak the module's own language.
var clients = []Scenario{
	{Name: "client/Login", Do: func(r *Run) {
		ada, client := r.Person(), r.Client()
		login, err := client.Login(r.ctx, asMethod(ada))
		tell(r, "Login", login, err)
		login, err = client.Login(r.ctx, guess(ada))
		tell(r, "Login with a guess", login, err)
	}, Want: `
		Login → Login aal1
		Login with a guess → ValidationError 4000006
	`},
	{Name: "client/CreateFlow and Submit", Do: func(r *Run) {
		ada, client := r.Person(), r.Client()
		flow, err := client.CreateFlow(r.ctx, orylogin.FlowOptions{})
		tell(r, "CreateFlow", flow, err)
		r.must(err, "create a flow")
		flow, err = client.GetFlow(r.ctx, flow.ID)
		tell(r, "GetFlow", flow, err)
		r.must(err, "fetch the flow")
		login, err := client.Submit(r.ctx, flow.ID, asMethod(ada))
		tell(r, "Submit", login, err)
		r.must(err, "log in")
		flow, err = client.CreateFlow(r.ctx, orylogin.FlowOptions{}, orylogin.WithSessionToken(login.Token))
		tell(r, "CreateFlow with the token", flow, err)
	}, Want: `
		CreateFlow → Flow
		GetFlow → Flow
		Submit → Login aal1
		CreateFlow with the token → APIError 400 session_already_available
	`},
	{Name: "client/Whoami and Logout", Do: func(r *Run) {
		client, token := r.Client(), orylogin.NewSecret(r.LogIn(r.Person()))
		session, err := client.Whoami(r.ctx, token)
		tell(r, "Whoami", session, err)
		r.observe("Logout → " + describeLogout(client.Logout(r.ctx, token)))
		session, err = client.Whoami(r.ctx, token)
		tell(r, "Whoami", session, err)
		r.observe("Logout → " + describeLogout(client.Logout(r.ctx, token)))
		r.observe("Logout of nothing → " + describeLogout(client.Logout(r.ctx, orylogin.NewSecret("bad"))))
	}, Want: `
		Whoami → Session aal1
		Logout → LoggedOut
		Whoami → APIError 401 (session_inactive)
		Logout → LoggedOut
		Logout of nothing → APIError 403
	`},
	{Name: "client/WhoamiCookie", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		session, err := r.Client().WhoamiCookie(r.ctx, orylogin.NewSecret(sessionCookie+"="+b.cookies[sessionCookie]))
		tell(r, "WhoamiCookie", session, err)
	}, Want: `
		WhoamiCookie → Session aal1
	`},
	{Name: "client/Converse, second try", Do: func(r *Run) {
		ada := r.Person()
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{}, r.answering(just(guess(ada)), just(asMethod(ada))))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → ValidationError 4000006
		Converse → Login aal1
	`},
	{Name: "client/Converse, second factor", Needs: HighestAAL, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{},
			r.answering(just(asMethod(ada)), func() orylogin.Method { return r.totpMethod(ada) }))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → SecondFactorError with token
		Converse → Login aal2
	`},
	{Name: "client/Converse, mailed code", Needs: PasswordlessCode, Do: func(r *Run) {
		ada := r.Person()
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{}, r.answering(
			just(orylogin.Code{Identifier: ada.Email}),
			func() orylogin.Method {
				code, _ := r.mailed(ada)["code"].(string)
				return orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(code)}
			}))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → NextStepError code sent
		Converse → Login aal1
	`},
	{Name: "client/Converse, identifier first", Needs: IdentifierFirst, Do: func(r *Run) {
		ada := r.Person()
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{},
			r.answering(just(orylogin.IdentifierFirst{Identifier: ada.Email}), just(asMethod(ada))))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → NextStepError
		Converse → Login aal1
	`},
	{Name: "client/Refresh", Do: func(r *Run) {
		ada, eve := r.Person(), r.Person()
		client, token := r.Client(), orylogin.NewSecret(r.LogIn(ada))
		login, err := client.Refresh(r.ctx, token, asMethod(ada))
		tell(r, "Refresh", login, err)
		login, err = client.Refresh(r.ctx, token, guess(ada))
		tell(r, "Refresh with a guess", login, err)
		login, err = client.Refresh(r.ctx, token, asMethod(eve))
		tell(r, "Refresh as somebody else", login, err)
	}, Want: `
		Refresh → Login aal1
		Refresh with a guess → ValidationError 4000006
		Refresh as somebody else → SessionChangedError
	`},
	{Name: "client/Refresh without a session", Releases: "v0.10+", Do: func(r *Run) {
		login, err := r.Client().Refresh(r.ctx, orylogin.NewSecret("bad"), asMethod(r.Person()))
		tell(r, "Refresh", login, err)
	}, Want: `
		Refresh → APIError 200 (session_inactive)
	`},
	{Name: "client/StepUp", Not: HighestAAL, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		client, token := r.Client(), orylogin.NewSecret(r.LogIn(ada))
		login, err := client.StepUp(r.ctx, token, orylogin.TOTP{Code: orylogin.NewSecret("000000x")})
		tell(r, "StepUp with a guess", login, err)
		login, err = client.StepUp(r.ctx, token, r.totpMethod(ada))
		tell(r, "StepUp", login, err)
		login, err = client.StepUp(r.ctx, orylogin.NewSecret("bad"), r.totpMethod(ada))
		tell(r, "StepUp without a session", login, err)
	}, Want: `
		StepUp with a guess → ValidationError 4000008
		StepUp → Login aal2
		StepUp without a session → APIError 401 session_aal1_required
	`},
	{Name: "client/Exchange", Releases: "v1.3+", Do: func(r *Run) {
		bad := orylogin.NewSecret("bad")
		login, err := r.Client().Exchange(r.ctx, bad, bad)
		tell(r, "Exchange", login, err)
	}, Want: `
		Exchange → APIError 404
	`},
	{Name: "client/OIDC", Needs: Provider, Releases: "v1.3+", Do: func(r *Run) {
		login, err := r.Client().Login(r.ctx, orylogin.OIDC{Provider: r.target.ProviderID})
		tell(r, "Login", login, err)
	}, Want: `
		Login → LocationChangeError
	`},
	{Name: "client/session.Source", Do: func(r *Run) {
		ada, client := r.Person(), r.Client()
		source, err := session.NewSource(client, asMethod(ada))
		r.must(err, "make a source")
		token, err := source.Token(r.ctx)
		tell(r, "Token", &token, err)
		again, err := source.Token(r.ctx)
		tell(r, "Token", &again, err)
		r.observeToken(token.Reveal(), again.Reveal())
		who, err := client.Whoami(r.ctx, token)
		tell(r, "Whoami", who, err)
	}, Want: `
		Token → Secret
		Token → Secret
		another token: false
		Whoami → Session aal1
	`},
	{Name: "client/browser", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		visit := b.Visit()
		flow, err := visit.CreateFlow(r.ctx, browser.FlowOptions{})
		tell(r, "CreateFlow", flow, err)
		login, err := visit.Submit(r.ctx, flow, guess(ada))
		tell(r, "Submit with a guess", login, err)
		login, err = visit.Submit(r.ctx, flow, asMethod(ada))
		tell(r, "Submit", login, err)
		b.Leave(visit)
		who, err := b.Visit().Whoami(r.ctx)
		tell(r, "Whoami", who, err)
		visit = b.Visit()
		r.observe("Logout → " + describeLogout(visit.Logout(r.ctx)))
		b.Leave(visit)
		who, err = b.Visit().Whoami(r.ctx)
		tell(r, "Whoami", who, err)
	}, Want: `
		CreateFlow → Flow
		Submit with a guess → ValidationError 4000006
		Submit → Login aal1
		Whoami → Session aal1
		Logout → LoggedOut
		Whoami → APIError 401 (session_inactive)
	`},
	{Name: "client/browser form", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.Flow()
		visit := b.Visit()
		for _, fields := range []Fields{wrongPassword(ada), password(ada)} {
			form, err := url.ParseQuery(string(flow.protect(fields).form()))
			r.must(err, "make a form")
			login, err := visit.SubmitForm(r.ctx, flow.ID, form)
			tell(r, "SubmitForm", login, err)
		}
	}, Want: `
		SubmitForm → ValidationError 4000006
		SubmitForm → Login aal1
	`},
	{Name: "client/browser, second factor", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		visit := b.Visit()
		flow, err := visit.CreateFlow(r.ctx, browser.FlowOptions{})
		r.must(err, "create a flow")
		login, err := visit.Submit(r.ctx, flow, asMethod(ada))
		tell(r, "Submit", login, err)
		flow, err = visit.CreateFlow(r.ctx, browser.FlowOptions{AAL: orylogin.AAL2})
		tell(r, "CreateFlow", flow, err)
		login, err = visit.Submit(r.ctx, flow, r.totpMethod(ada))
		tell(r, "Submit", login, err)
	}, Want: `
		Submit → SecondFactorError          | ..v0.10
		Submit → SecondFactorError with URL | v1.3+
		CreateFlow → Flow
		Submit → Login aal2
	`},
	{Name: "client/browser, error page", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.Flow()
		flow.CSRF = ""
		location, err := url.Parse(b.SubmitForm(flow, password(ada)).header.Get("Location"))
		r.must(err, "read the address of a page")
		record, err := b.Visit().GetError(r.ctx, location.Query().Get("id"))
		tell(r, "GetError", record, err)
		r.must(err, "fetch an error")
		r.observe("of which → " + describeOutcomeError(record.Err))
	}, Want: `
		302 to error-ui?id → APIError 302 security_csrf_violation | v0.8
		303 to error-ui?id → APIError 303 security_csrf_violation | v0.10+
		GetError → ErrorRecord
		of which → APIError 200 security_csrf_violation
	`},
}
