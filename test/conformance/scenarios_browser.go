package conformance

// inBrowser calls do with a browser, an identity and a new flow of the browser.
func inBrowser(do func(b *Browser, ada Identity, flow Flow)) func(*Run) {
	return func(r *Run) {
		b := r.Browser()
		do(b, r.Person(), b.Flow())
	}
}

// signedIn is inBrowser for a browser that has logged in after the flow was created.
func signedIn(do func(b *Browser, ada Identity, flow Flow)) func(*Run) {
	return inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.LogIn(ada)
		do(b, ada, flow)
	})
}

const scriptLogin = `
	200 login aal1 by password +csrf +session → logged_in                          | ..v0.10
	200 login aal1 by password next:redirect_browser_to +csrf +session → logged_in | v1.3+
`

// browserJSON are the answers to scripts of a page.
var browserJSON = []Scenario{
	{Name: "script/right", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada))
		b.Whoami()
	}), Want: scriptLogin + `
		200 session aal1 by password → done
	`},
	{Name: "script/return_to", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		login := b.SubmitJSON(b.FlowFor(r.ReturnTo()), password(ada))
		for _, next := range login.object.objects("continue_with") {
			r.observe("to " + r.target.page(next.text("redirect_browser_to")))
		}
	}, Want: scriptLogin + `
		to return-to | v1.3+
	`},
	{Name: "script/default return URL", Releases: "v1.3+", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		login := b.SubmitJSON(flow, password(ada))
		for _, next := range login.object.objects("continue_with") {
			b.run.observe("to " + b.run.target.page(next.text("redirect_browser_to")))
		}
	}), Want: `
		200 login aal1 by password next:redirect_browser_to +csrf +session → logged_in
		to return-url
	`},
	{Name: "script/form body", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, password(ada), Accept(typeJSON))
	}), Want: scriptLogin},
	{Name: "script/no Accept", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada), NoAccept())
	}), Want: scriptLogin},
	{Name: "script/accepting anything", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada), Accept("*/*"))
	}), Want: scriptLogin},
	{Name: "script/accepting HTML, wrong password", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, wrongPassword(ada), Accept(typeHTML))
	}), Want: `
		400 browser flow ui:4000006 → refused 4000006
	`},
	{Name: "script/from another origin", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada), Header("Origin", "http://127.0.0.1:4455"))
	}), Want: scriptLogin},
	{Name: "script/wrong password", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, wrongPassword(ada))
	}), Want: `
		400 browser flow ui:4000006 → refused 4000006
	`},
	{Name: "script/wrong then right", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, wrongPassword(ada))
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		400 browser flow ui:4000006 → refused 4000006
` + scriptLogin},
	{Name: "script/no token", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		flow.CSRF = ""
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "script/token in a header", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		token := flow.CSRF
		flow.CSRF = ""
		b.SubmitJSON(flow, password(ada), Header("X-CSRF-Token", token))
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "script/wrong token", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada).with("csrf_token", "bm90IHRoZSB0b2tlbg=="))
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "script/no cookie", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.Forget("")
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "script/cookie of another browser", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		other := b.run.Browser()
		other.Flow()
		other.SubmitJSON(flow, password(ada))
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "script/cookie twice", Releases: "v0.10+", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		twice := Header("Cookie", b.header()+"; "+b.header())
		b.SubmitJSON(flow, password(ada), twice)
		b.GetFlow(flow.ID, twice)
	}), Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
		403 error security_csrf_violation details{docs,hint} +csrf → csrf 403 security_csrf_violation
	`},
	{Name: "script/signed in", Do: signedIn(func(b *Browser, ada Identity, _ Flow) {
		b.Forget(sessionCookie)
		flow := b.Flow()
		b.LogIn(ada)
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		400 browser flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "script/signed in by a token", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada), Token(b.run.LogIn(ada)))
	}), Want: `
		400 browser flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "script/no method", Broken: "no method", Not: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, password(ada).without("method"))
	}), Want: `
		400 browser flow ui:4010002 → refused 4010002
	`},
	{Name: "script/unknown flow", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		flow.ID = unknownID
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		404 error → not_found 404
	`},
	{Name: "script/without a flow id", Broken: "no flow id", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.Send("POST", submitPath, flow.protect(password(ada)))
	}), Want: `
		400 error → other 400
	`},
	{Name: "script/refresh", Do: inBrowser(func(b *Browser, ada Identity, _ Flow) {
		b.LogIn(ada)
		b.SubmitJSON(b.FlowFor("refresh=true"), password(ada))
	}), Want: `
		200 login aal1 by password +session → logged_in                          | ..v0.10
		200 login aal1 by password next:redirect_browser_to +session → logged_in | v1.3+
	`},
}

// browserForms are the answers to browsers themselves.
var browserForms = []Scenario{
	{Name: "form/right", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, password(ada))
		b.Whoami()
	}), Want: `
		303 to return-url +csrf +session → logged_in
		200 session aal1 by password → done
	`},
	{Name: "form/return_to", Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		b.SubmitForm(b.FlowFor(r.ReturnTo()), password(ada))
	}, Want: `
		303 to return-to +csrf +session → logged_in
	`},
	{Name: "form/no Accept", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, password(ada), NoAccept())
	}), Want: `
		303 to return-url +csrf +session → logged_in
	`},
	{Name: "form/wrong password", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, wrongPassword(ada))
	}), Want: `
		302 to login-ui?flow → refused 4000006 | v0.8
		303 to login-ui?flow → refused 4000006 | v0.10+
	`},
	{Name: "form/wrong password, no Accept", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, wrongPassword(ada), NoAccept())
	}), Want: `
		302 to login-ui?flow → refused 4000006 | v0.8
		303 to login-ui?flow → refused 4000006 | v0.10+
	`},
	{Name: "form/wrong then right", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, wrongPassword(ada))
		b.SubmitForm(b.GetFlow(flow.ID).Flow(), password(ada))
	}), Want: `
		302 to login-ui?flow → refused 4000006 | v0.8
		303 to login-ui?flow → refused 4000006 | v0.10+
		200 browser flow ui:4000006 → done
		303 to return-url +csrf +session → logged_in
	`},
	{Name: "form/no token", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		flow.CSRF = ""
		b.SubmitForm(flow, password(ada))
	}), Want: `
		302 to error-ui?id → csrf 403 security_csrf_violation | v0.8
		303 to error-ui?id → csrf 403 security_csrf_violation | v0.10+
	`},
	{Name: "form/no cookie", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.Forget("")
		b.SubmitForm(flow, password(ada))
	}), Want: `
		302 to error-ui?id → csrf 403 security_csrf_violation | v0.8
		303 to error-ui?id → csrf 403 security_csrf_violation | v0.10+
	`},
	{Name: "form/no method", Broken: "no method", Not: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, password(ada).without("method"))
	}), Want: `
		302 to login-ui?flow → refused 4010002 | v0.8
		303 to login-ui?flow → refused 4010002 | v0.10+
	`},
	{Name: "form/unknown flow", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		flow.ID = unknownID
		b.SubmitForm(flow, password(ada))
	}), Want: `
		302 to error-ui?id → not_found 404 | v0.8
		303 to error-ui?id → not_found 404 | v0.10+
	`},
	{Name: "form/without a flow id", Broken: "no flow id", Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.Send("POST", submitPath, flow.protect(password(ada)).form(), ContentType(typeForm), Accept(typeHTML))
	}), Want: `
		302 to error-ui?id | v0.8
		303 to error-ui?id | v0.10+
	`},
	{Name: "form/signed in", Do: signedIn(func(b *Browser, ada Identity, _ Flow) {
		b.Forget(sessionCookie)
		flow := b.Flow()
		b.LogIn(ada)
		b.SubmitForm(flow, password(ada))
	}), Want: `
		303 to return-url → already_logged_in 403
	`},
}
