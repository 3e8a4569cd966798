package conformance

// identifierFirst are the answers to a login in two steps.
var identifierFirst = []Scenario{
	{Name: "identifier/create", Needs: IdentifierFirst, Not: PasswordlessCode | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("").ShowFields()
	}, Want: `
		200 native flow fields:csrf_token,identifier,method=identifier_first → done
	`},
	{Name: "identifier/known", Needs: IdentifierFirst, Not: PasswordlessCode | Provider, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email}).ShowFields()
		r.SubmitJSON(flow, password(ada))
	}, Want: `
		400 native flow active:identifier_first fields:csrf_token,identifier:hidden,method=password,password → next_step
		200 login+token aal1 by password → logged_in
	`},
	{Name: "identifier/refresh", Needs: IdentifierFirst, Not: HighestAAL | PasswordlessCode | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("refresh=true", Token(r.LogIn(r.Person()))).ShowFields()
	}, Want: `
		200 native flow refresh ui:1010003 fields:csrf_token,identifier:hidden,method=password,password → done | v1.3
		200 native flow refresh ui:1010003 fields:csrf_token,identifier:hidden,method=password,password → done | v25.4+, from source
	`},
	{Name: "identifier/unknown", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": "nobody@example.com"})
	}, Want: `
		400 native flow identifier:4000037 → refused 4000037
	`},
	{Name: "identifier/empty", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": ""})
	}, Want: `
		400 native flow identifier:4000037 → refused 4000037
	`},
	{Name: "identifier/without the method", Broken: "no method", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"identifier": r.Person().Email})
	}, Want: `
		400 native flow active:identifier_first → next_step
	`},
	{Name: "identifier/unknown method", Broken: "no such method", Needs: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "magic", "identifier": r.Person().Email})
		r.SubmitJSON(r.Flow(), Fields{"method": "magic"})
	}, Want: `
		400 native flow active:identifier_first → next_step
		400 native flow identifier:4000037 → refused 4000037
	`},
	{Name: "identifier/password at once", Needs: IdentifierFirst, Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "identifier/then a wrong password", Needs: IdentifierFirst, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
		r.SubmitJSON(flow, wrongPassword(ada))
	}, Want: `
		400 native flow active:identifier_first → next_step
		400 native flow active:identifier_first ui:4000006 → refused 4000006
	`},
	{Name: "identifier/script", Needs: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitJSON(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
		b.SubmitJSON(flow, password(ada))
	}), Want: `
		400 browser flow active:identifier_first → next_step
		200 login aal1 by password next:redirect_browser_to +csrf +session → logged_in
	`},
	{Name: "identifier/form", Needs: IdentifierFirst, Do: inBrowser(func(b *Browser, ada Identity, flow Flow) {
		b.SubmitForm(flow, Fields{"method": "identifier_first", "identifier": ada.Email})
	}), Want: `
		303 to login-ui?flow → next_step
	`},
	{Name: "identifier/of somebody without a provider", Needs: IdentifierFirst | PasswordlessCode | Provider, Releases: "v1.3", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": r.Person().Email}).ShowFields()
	}, Want: `
		400 native flow active:identifier_first fields:csrf_token,identifier:hidden,method=code,method=password,password → next_step
	`},
	{Name: "identifier/of somebody with a provider", Needs: IdentifierFirst | PasswordlessCode | Provider, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b, user := r.Browser(), r.newcomer()
		b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), user)
		r.SubmitJSON(r.Flow(), Fields{"method": "identifier_first", "identifier": user.Email}).ShowFields()
	}, Want: formToThere + `
		303 to return-url +csrf +session
		400 native flow active:identifier_first fields:csrf_token,identifier:hidden,method=code,provider → next_step
	`},
}
