package conformance

import (
	"cmp"
	"net/http"
	"net/url"
	"strings"
)

// exchangeable returns a flow whose login with a provider can be exchanged for a session.
func (r *Run) exchangeable() Flow {
	return r.FlowFor("return_session_token_exchange_code=true&" + r.ReturnTo())
}

// ComeBack continues at the provider to which an answer has sent the browser. The provider
// sends the browser back to the server. ComeBack adds the line of the server's answer.
func (b *Browser) ComeBack(sent Answer, user User) Answer {
	if b.run.target.Config&^b.run.scenario.Needs&ClosedRegistration != 0 && !user.Denies && !user.Fails {
		b.run.must(errClosed, "log in at the provider for the first time")
	}
	there := cmp.Or(sent.header.Get("Location"), sent.object.text("redirect_browser_to"))
	back, err := b.run.target.Admin.AtProvider(b.run.ctx, user, there)
	b.run.must(err, "answer at the provider")
	return b.Send(http.MethodGet, strings.TrimPrefix(back, b.run.target.PublicURL), nil, Accept(typeHTML))
}

// Parameter returns a parameter of the URL of a redirect.
func (a Answer) Parameter(name string) string {
	location, err := url.Parse(a.header.Get("Location"))
	a.run.must(err, "read the address of a redirect")
	return location.Query().Get(name)
}

// newcomer returns a user of the provider whom the server does not know.
func (r *Run) newcomer() User { return User{Email: r.stranger(Identity{}).Email} }

const (
	theCallback = "the provider's callback, which is for browsers only"
	formToThere = "303 to provider +continuity → location_change\n"
	loggedInBy  = `
		303 to return-url +continuity +csrf +session | ..v0.10
		303 to return-url +csrf +session             | v1.3+
		200 session aal1 by oidc → done
	`
)

// callbacks are the answers to a browser that comes back from a provider.
var callbacks = []Scenario{
	{Name: "callback/form", Needs: Provider, Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), r.newcomer())
		b.Whoami()
	}, Want: formToThere + loggedInBy},
	{Name: "callback/script", Needs: Provider, Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.ComeBack(b.SubmitJSON(b.Flow(), r.withProvider()), r.newcomer())
		b.Whoami()
	}, Want: toProvider + loggedInBy},
	{Name: "callback/form with return_to", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.ComeBack(b.SubmitForm(b.FlowFor(r.ReturnTo()), r.withProvider()), r.newcomer())
	}, Want: formToThere + `
		303 to return-to +csrf +session
	`},
	{Name: "callback/form, the second time", Needs: Provider, Broken: theCallback, Do: func(r *Run) {
		user := r.newcomer()
		for range 2 {
			b := r.Browser()
			b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), user)
		}
	}, Want: strings.Repeat(formToThere+`
		303 to return-url +continuity +csrf +session | ..v0.10
		303 to return-url +csrf +session             | v1.3+
	`, 2)},
	{Name: "callback/form, denied", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		denied := b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{Denies: true})
		b.SubmitForm(b.GetFlow(denied.FlowID()).Flow(), password(r.Person()))
	}, Want: formToThere + `
		303 to login-ui?flow
		200 browser flow active:oidc ui:4000001 → done
		303 to return-url +csrf +session → logged_in
	`},
	{Name: "callback/form, somebody's address", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		conflict := b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{Email: ada.Email})
		linking := b.GetFlow(conflict.FlowID()).Flow()
		b.SubmitJSON(linking, wrongPassword(ada))
		b.SubmitForm(linking, password(ada))
		b.Whoami()
		again := r.Browser()
		again.ComeBack(again.SubmitForm(again.Flow(), r.withProvider()), User{Email: ada.Email})
	}, Want: formToThere + `
		303 to login-ui?flow&no_org_ui
		200 browser flow active:oidc ui:1010016 → done
		400 browser flow active:oidc ui:4000006 → refused 4000006
		303 to return-url +csrf +session → logged_in
		200 session aal1 by oidc,password → done
	` + formToThere + `
		303 to return-url +csrf +session
	`},
	{Name: "callback/form, somebody else's password", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		conflict := b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{Email: ada.Email})
		b.SubmitJSON(b.GetFlow(conflict.FlowID()).Flow(), password(r.Person()))
	}, Want: formToThere + `
		303 to login-ui?flow&no_org_ui
		200 browser flow active:oidc ui:1010016 → done
		400 browser flow active:password ui:4010009 → refused 4010009
	`},
	{Name: "callback/form, no address", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{})
	}, Want: formToThere + `
		302 to registration-ui?flow
	`},
	{Name: "callback/form, without its cookie", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		sent := b.SubmitForm(b.Flow(), r.withProvider())
		b.Forget(continuityCookie)
		b.ComeBack(sent, r.newcomer())
	}, Want: formToThere + `
		303 to error-ui?id
	`},
	{Name: "callback/form, twice", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		b, user := r.Browser(), r.newcomer()
		sent := b.SubmitForm(b.Flow(), r.withProvider())
		b.ComeBack(sent, user)
		b.ComeBack(sent, user)
	}, Want: formToThere + `
		303 to return-url +csrf +session
		303 to return-url
	`},
	{Name: "callback/unknown state", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		r.Browser().Send(http.MethodGet, "/self-service/methods/oidc/callback/"+r.target.ProviderID+"?code=x&state=unknown",
			nil, Accept(typeHTML))
	}, Want: `
		303 to error-ui?id +csrf | v1.3
		303 to error-ui?id       | v25.4+
	`},
	{Name: "callback/native", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		flow := r.exchangeable()
		back := r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), r.newcomer())
		for range 2 {
			r.Exchange("init_code=" + flow.ExchangeCode + "&return_to_code=" + back.Parameter("code"))
		}
	}, Want: nativeToProvider + `
		303 to return-to?code +csrf | v1.3
		303 to return-to?code       | v25.4+
		200 login+token aal1 by oidc no:continue_with → logged_in
		200 login+token aal1 by oidc no:continue_with → logged_in
	`},
	{Name: "callback/native, denied", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		flow := r.exchangeable()
		back := r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), User{Denies: true})
		r.GetFlow(flow.ID)
		if code := back.Parameter("code"); code != "" {
			r.Exchange("init_code=" + flow.ExchangeCode + "&return_to_code=" + code)
		}
	}, Want: nativeToProvider + `
		303 to return-to +csrf | v1.3
		303 to return-to       | v25.4..v26.2
		303 to return-to?code  | after-v26.2
		200 native flow active:oidc ui:4000001 return-to +csrf → done
		422 native flow active:oidc ui:4000001 return-to → refused 4000001 | after-v26.2
	`},
	{Name: "callback/native, somebody's address", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		ada, flow := r.Person(), r.exchangeable()
		conflict := r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), User{Email: ada.Email})
		r.SubmitJSON(r.GetFlow(conflict.FlowID()).Flow(), password(ada))
	}, Want: nativeToProvider + `
		303 to return-to?flow&no_org_ui +csrf | v1.3
		303 to return-to?flow&no_org_ui       | v25.4+
		200 native flow active:oidc ui:1010016 return-to +csrf → done
		200 login+token aal1 by oidc,password → logged_in
	`},
	{Name: "callback/native, no address", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		flow := r.exchangeable()
		back := r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), User{})
		if code := back.Parameter("code"); code != "" {
			r.Exchange("init_code=" + flow.ExchangeCode + "&return_to_code=" + code)
		}
	}, Want: nativeToProvider + `
		303 to return-to +csrf     | v1.3
		303 to return-to           | v25.4..v26.2
		303 to return-to?code&flow | after-v26.2
		422 native registration flow active:oidc traits.email:4000002 return-to → registration | after-v26.2
	`},
	{Name: "callback/native without an exchange code", Needs: Provider, Releases: "v1.3+", Broken: theCallback, Do: func(r *Run) {
		r.Browser().ComeBack(r.SubmitJSON(r.Flow(), r.withProvider()), r.newcomer())
	}, Want: nativeToProvider + `
		303 to error-ui?id +csrf | v1.3
		303 to error-ui?id       | v25.4+
	`},
	{Name: "callback/form, a code that the provider refuses", Needs: Provider, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{Fails: true})
	}, Want: formToThere + `
		303 to error-ui?id
	`},
	{Name: "callback/native, a code that the provider refuses", Needs: Provider, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		flow := r.exchangeable()
		r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), User{Fails: true})
		r.GetFlow(flow.ID)
	}, Want: nativeToProvider + `
		400 error code:500 +csrf
		200 native flow active:oidc return-to +csrf → done
	`},
	{Name: "callback/form, from the first of two tabs", Needs: Provider, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b, user := r.Browser(), r.newcomer()
		first := b.SubmitForm(b.Flow(), r.withProvider())
		b.SubmitForm(b.Flow(), r.withProvider())
		b.ComeBack(first, user)
	}, Want: formToThere + formToThere + `
		303 to error-ui?id
	`},
	{Name: "callback/form, signed in meanwhile", Needs: Provider, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b, user := r.Browser(), r.newcomer()
		sent := b.SubmitForm(b.Flow(), r.withProvider())
		b.LogIn(r.Person())
		b.ComeBack(sent, user)
	}, Want: formToThere + `
		303 to return-url
	`},
	{Name: "callback/closed, form", Needs: Provider | ClosedRegistration, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.GetFlow(b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), r.newcomer()).FlowID())
	}, Want: formToThere + `
		303 to login-ui?flow
		200 browser flow active:oidc ui:4000001 → done
	`},
	{Name: "callback/closed, form, no address", Needs: Provider | ClosedRegistration, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b := r.Browser()
		b.GetFlow(b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{}).FlowID())
	}, Want: formToThere + `
		303 to login-ui?flow
		200 browser flow active:oidc ui:4000001 → done
	`},
	{Name: "callback/closed, native", Needs: Provider | ClosedRegistration, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		flow := r.exchangeable()
		r.Browser().ComeBack(r.SubmitJSON(flow, r.withProvider()), r.newcomer())
		r.GetFlow(flow.ID)
	}, Want: nativeToProvider + `
		303 to return-to +csrf
		200 native flow active:oidc ui:4000001 return-to +csrf → done
	`},
	{Name: "callback/closed, somebody's address", Needs: Provider | ClosedRegistration, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		refused := b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), User{Email: ada.Email})
		b.SubmitForm(b.GetFlow(refused.FlowID()).Flow(), password(ada))
		b.Whoami()
	}, Want: formToThere + `
		303 to login-ui?flow
		200 browser flow active:oidc ui:4000001 → done
		303 to return-url +csrf +session → logged_in
		200 session aal1 by password → done
	`},
	{Name: "callback/refresh", Needs: Provider, Not: PasswordlessCode, Releases: "v1.3", Broken: theCallback, Do: func(r *Run) {
		b, user := r.Browser(), r.newcomer()
		b.ComeBack(b.SubmitForm(b.Flow(), r.withProvider()), user)
		b.ComeBack(b.SubmitForm(b.CreateFlow("refresh=true").ShowFields().Flow(), r.withProvider()), user)
	}, Want: formToThere + `
		303 to return-url +csrf +session
		200 browser flow refresh ui:1010003 fields:csrf_token,provider → done
` + formToThere + `
		303 to return-url +session
	`},
}
