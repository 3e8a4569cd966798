package conformance

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

func asMethod(identity Identity) orylogin.Password {
	return orylogin.Password{Identifier: identity.Email, Password: orylogin.NewSecret(identity.Password)}
}

func guess(identity Identity) orylogin.Password {
	return orylogin.Password{Identifier: identity.Email, Password: orylogin.NewSecret("a wild guess")}
}

// totpMethod returns the method with the present code of the identity's app.
func (r *Run) totpMethod(identity Identity) orylogin.TOTP {
	code, _ := r.totpCode(identity)["totp_code"].(string)
	return orylogin.TOTP{Code: orylogin.NewSecret(code)}
}

// answering answers a conversation with one method after the other. For each step it adds a
// line that says why the step was needed.
func (r *Run) answering(methods ...func() orylogin.Method) func(context.Context, orylogin.Step) (orylogin.Method, error) {
	return func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if step.Err != nil {
			r.observe("asked for another step → " + outcomeOf(step.Err))
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

// clients are scenarios that use this module's Client.
var clients = []Scenario{
	{Name: "client/Login", Do: func(r *Run) {
		ada, client := r.Person(), r.Client()
		login, err := client.Login(r.ctx, asMethod(ada))
		tell(r, "Login", login, err)
		login, err = client.Login(r.ctx, guess(ada))
		tell(r, "Login with a guess", login, err)
	}, Want: `
		Login → logged_in aal1
		Login with a guess → refused 4000006
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
		CreateFlow → done
		GetFlow → done
		Submit → logged_in aal1
		CreateFlow with the token → already_logged_in 400 session_already_available
	`},
	{Name: "client/Whoami and Logout", Do: func(r *Run) {
		client, token := r.Client(), orylogin.NewSecret(r.LogIn(r.Person()))
		session, err := client.Whoami(r.ctx, token)
		tell(r, "Whoami", session, err)
		r.observe("Logout → " + describeDone(client.Logout(r.ctx, token)))
		session, err = client.Whoami(r.ctx, token)
		tell(r, "Whoami", session, err)
		r.observe("Logout → " + describeDone(client.Logout(r.ctx, token)))
		r.observe("Logout of nothing → " + describeDone(client.Logout(r.ctx, orylogin.NewSecret("bad"))))
	}, Want: `
		Whoami → done aal1
		Logout → done
		Whoami → no_session 401
		Logout → done
		Logout of nothing → no_session 403 (unknown token)
	`},
	{Name: "client/WhoamiCookie", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		session, err := r.Client().WhoamiCookie(r.ctx, orylogin.NewSecret(sessionCookie+"="+b.cookies[sessionCookie]))
		tell(r, "WhoamiCookie", session, err)
	}, Want: `
		WhoamiCookie → done aal1
	`},
	{Name: "client/Converse, second try", Do: func(r *Run) {
		ada := r.Person()
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{}, r.answering(just(guess(ada)), just(asMethod(ada))))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → refused 4000006
		Converse → logged_in aal1
	`},
	{Name: "client/Converse, second factor", Needs: HighestAAL, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{},
			r.answering(just(asMethod(ada)), func() orylogin.Method { return r.totpMethod(ada) }))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → second_factor with token
		Converse → logged_in aal2
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
		asked for another step → next_step code sent
		Converse → logged_in aal1
	`},
	{Name: "client/Converse, identifier first", Needs: IdentifierFirst, Do: func(r *Run) {
		ada := r.Person()
		login, err := r.Client().Converse(r.ctx, orylogin.FlowOptions{},
			r.answering(just(orylogin.IdentifierFirst{Identifier: ada.Email}), just(asMethod(ada))))
		tell(r, "Converse", login, err)
	}, Want: `
		asked for another step → next_step
		Converse → logged_in aal1
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
		Refresh → logged_in aal1
		Refresh with a guess → refused 4000006
		Refresh as somebody else → session_changed
	`},
	{Name: "client/Refresh without a session", Releases: "v0.10+", Do: func(r *Run) {
		login, err := r.Client().Refresh(r.ctx, orylogin.NewSecret("bad"), asMethod(r.Person()))
		tell(r, "Refresh", login, err)
	}, Want: `
		Refresh → no_session 200
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
		StepUp with a guess → refused 4000008
		StepUp → logged_in aal2
		StepUp without a session → no_session 401 session_aal1_required
	`},
	{Name: "client/Exchange", Releases: "v1.3+", Do: func(r *Run) {
		bad := orylogin.NewSecret("bad")
		login, err := r.Client().Exchange(r.ctx, bad, bad)
		tell(r, "Exchange", login, err)
	}, Want: `
		Exchange → not_found 404
	`},
	{Name: "client/OIDC", Needs: Provider, Releases: "v1.3+", Do: func(r *Run) {
		login, err := r.Client().Login(r.ctx, orylogin.OIDC{Provider: r.target.ProviderID})
		tell(r, "Login", login, err)
	}, Want: `
		Login → location_change
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
		Token → done
		Token → done
		another token: false
		Whoami → done aal1
	`},
	{Name: "client/browser", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		visit := b.Visit()
		flow, err := visit.CreateFlow(r.ctx, orylogin.FlowOptions{})
		tell(r, "CreateFlow", flow, err)
		login, err := visit.Submit(r.ctx, flow, guess(ada))
		tell(r, "Submit with a guess", login, err)
		login, err = visit.Submit(r.ctx, flow, asMethod(ada))
		tell(r, "Submit", login, err)
		b.Leave(visit)
		who, err := b.Visit().Whoami(r.ctx)
		tell(r, "Whoami", who, err)
		visit = b.Visit()
		r.observe("Logout → " + describeDone(visit.Logout(r.ctx)))
		b.Leave(visit)
		who, err = b.Visit().Whoami(r.ctx)
		tell(r, "Whoami", who, err)
	}, Want: `
		CreateFlow → done
		Submit with a guess → refused 4000006
		Submit → logged_in aal1
		Whoami → done aal1
		Logout → done
		Whoami → no_session 401
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
		SubmitForm → refused 4000006
		SubmitForm → logged_in aal1
	`},
	{Name: "client/browser, second factor", Needs: HighestAAL, Do: func(r *Run) {
		b, ada := r.Browser(), r.Create(Identity{WithTOTP: true})
		visit := b.Visit()
		flow, err := visit.CreateFlow(r.ctx, orylogin.FlowOptions{})
		r.must(err, "create a flow")
		login, err := visit.Submit(r.ctx, flow, asMethod(ada))
		tell(r, "Submit", login, err)
		flow, err = visit.CreateFlow(r.ctx, orylogin.FlowOptions{AAL: orylogin.AAL2})
		tell(r, "CreateFlow", flow, err)
		login, err = visit.Submit(r.ctx, flow, r.totpMethod(ada))
		tell(r, "Submit", login, err)
	}, Want: `
		Submit → second_factor          | ..v0.10
		Submit → second_factor with URL | v1.3+
		CreateFlow → done
		Submit → logged_in aal2
	`},
	{Name: "client/browser, refresh", Do: func(r *Run) {
		b, ada, eve := r.Browser(), r.Person(), r.Person()
		b.LogIn(ada)
		visit := b.Visit()
		flow, err := visit.CreateFlow(r.ctx, orylogin.FlowOptions{Refresh: true})
		r.must(err, "create a flow")
		login, err := visit.Submit(r.ctx, flow, guess(ada))
		tell(r, "Submit with a guess", login, err)
		login, err = visit.Submit(r.ctx, flow, asMethod(eve))
		tell(r, "Submit as somebody else", login, err)
		again := b.FlowFor("refresh=true")
		form, err := url.ParseQuery(string(again.protect(password(eve)).form()))
		r.must(err, "make a form")
		login, err = visit.SubmitForm(r.ctx, again.ID, form)
		tell(r, "SubmitForm as somebody else", login, err)
		b.Leave(visit)
		who, err := b.Visit().Whoami(r.ctx)
		tell(r, "Whoami", who, err)
		r.observe(fmt.Sprintf("of the one who was there: %t", err == nil && who.Identity.ID == ada.ID))
	}, Want: `
		Submit with a guess → refused 4000006
		Submit as somebody else → session_changed
		SubmitForm as somebody else → session_changed
		Whoami → done aal1
		of the one who was there: true
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
		r.observe("of which → " + outcomeOf(record.Err))
	}, Want: `
		302 to error-ui?id → csrf 403 security_csrf_violation | v0.8
		303 to error-ui?id → csrf 403 security_csrf_violation | v0.10+
		GetError → done
		of which → csrf 403 security_csrf_violation
	`},
}
