package conformance

import "net/http"

const (
	expiredNative = `
		410 error self_service_flow_expired {since,use_flow_id} → expired with replacement            | ..v0.10
		410 error self_service_flow_expired {expired_at,since,use_flow_id} → expired with replacement | v1.3+
	`
	replacement = "200 native flow ui:4010001 +csrf → done\n"
)

// expiry are the answers about flows, codes and sessions that have expired.
var expiry = []Scenario{
	{Name: "expiry/native flow", Needs: ShortFlows, Do: func(r *Run) {
		ada, flow := r.Person(), r.ExpiredFlow("")
		next := r.GetFlow(r.SubmitJSON(flow, password(ada)).Replacement()).Flow()
		r.SubmitJSON(next, password(ada))
	}, Want: expiredNative + replacement + `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "expiry/native flow, wrong password", Needs: ShortFlows, Do: func(r *Run) {
		ada, flow := r.Person(), r.ExpiredFlow("")
		r.SubmitJSON(flow, wrongPassword(ada), NoAccept())
	}, Want: expiredNative},
	{Name: "expiry/native flow with return_to", Needs: ShortFlows, Do: func(r *Run) {
		ada, flow := r.Person(), r.ExpiredFlow(r.ReturnTo())
		r.GetFlow(r.SubmitJSON(flow, password(ada)).Replacement())
	}, Want: expiredNative + `
		200 native flow ui:4010001 return-to +csrf → done
	`},
	{Name: "expiry/native flow, signed in", Needs: ShortFlows, Do: func(r *Run) {
		ada := r.Person()
		token, flow := r.LogIn(ada), r.ExpiredFlow("")
		r.SubmitJSON(flow, password(ada), Token(token))
	}, Want: `
		400 native flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "expiry/refresh", Needs: ShortFlows, Releases: "v0.10+", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		flow := r.ExpiredFlow("refresh=true", Token(token))
		r.SubmitJSON(flow, password(ada), Token(token))
	}, Want: `
		400 native flow refresh ui:4000001 → expired
	`},
	{Name: "expiry/second factor", Needs: ShortFlows, Releases: "v0.10+", Do: steppingUp(func(r *Run, ada Identity, token string, _ Flow) {
		flow := r.ExpiredFlow("aal=aal2", Token(token))
		r.SubmitJSON(flow, r.totpCode(ada), Token(token))
	}), Want: `
		400 native flow aal2 ui:4000001 → expired
	`},
	{Name: "expiry/fetch a native flow", Needs: ShortFlows, Do: func(r *Run) {
		flow := r.ExpiredFlow("")
		r.GetFlow(flow.ID)
	}, Want: `
		410 error self_service_flow_expired details{api} +csrf → expired
	`},
	{Name: "expiry/fetch a browser flow", Needs: ShortFlows, Do: func(r *Run) {
		b := r.Browser()
		flow := b.ExpiredFlow(r.ReturnTo())
		b.GetFlow(flow.ID)
	}, Want: `
		410 error self_service_flow_expired details{redirect_to,return_to} → expired
	`},
	{Name: "expiry/script", Needs: ShortFlows, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.ExpiredFlow("")
		b.GetFlow(b.SubmitJSON(flow, password(ada)).Replacement())
	}, Want: expiredNative + `
		200 browser flow ui:4010001 → done
	`},
	{Name: "expiry/script without cookies", Needs: ShortFlows, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.ExpiredFlow("")
		b.Forget("")
		b.SubmitJSON(flow, password(ada))
	}, Want: expiredNative},
	{Name: "expiry/form", Needs: ShortFlows, Do: func(r *Run) {
		b, ada := r.Browser(), r.Person()
		flow := b.ExpiredFlow("")
		b.SubmitForm(flow, password(ada))
	}, Want: `
		303 to login-ui?flow → expired with replacement
	`},
	{Name: "expiry/session", Needs: ShortSessions, Do: func(r *Run) {
		ada := r.Person()
		token := r.SubmitJSON(r.Flow(), password(ada)).Token()
		r.must(r.target.Admin.ExpireSessions(r.ctx, ada, token), "let a session expire")
		r.Whoami(Token(token))
		r.CreateNativeFlow("", Token(token))
		r.CreateNativeFlow("aal=aal2", Token(token))
		r.Logout(token)
	}, Want: `
		200 login+token aal1 by password → logged_in
		401 error → no_session 401
		200 native flow → done
		401 error session_aal1_required → no_session 401 session_aal1_required
		204 → done
	`},
	{Name: "expiry/code", Needs: PasswordlessCode | ShortCodes, Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		send := func() { r.SubmitJSON(flow, askForCode(ada)) }
		r.must(r.target.Admin.ExpiredCode(r.ctx, ada.Email, send), "let a code expire")
		r.SubmitJSON(flow, r.mailed(ada))
	}, Want: codeSent + `
		410 error self_service_flow_expired {expired_at,since,use_flow_id} → expired with replacement | v1.3..v26.2
		400 native flow [sent_email] active:code ui:4010008 → refused 4010008                         | after-v26.2
	`},
}

// states are the answers to identities that are disabled or not verified.
var states = []Scenario{
	{Name: "state/disabled", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Create(Identity{Disabled: true}))) }, Want: `
		401 error → disabled 401                                           | ..v0.10
		401 error details{identity_id} → disabled 401                      | v1.3..v26.2
		400 native flow active:password ui:4010011 → disabled 400 4010011 | after-v26.2
	`},
	{Name: "state/disabled, wrong password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Create(Identity{Disabled: true})))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "state/disabled with a session", Do: func(r *Run) {
		ada := r.Person()
		token := r.LogIn(ada)
		r.must(r.target.Admin.Disable(r.ctx, ada), "disable an identity")
		r.Whoami(Token(token))
	}, Want: `
		401 error → no_session 401
	`},
	{Name: "state/disabled, script", Do: func(r *Run) {
		b := r.Browser()
		b.SubmitJSON(b.Flow(), password(r.Create(Identity{Disabled: true})))
	}, Want: `
		401 error → disabled 401                                            | ..v0.10
		401 error details{identity_id} → disabled 401                       | v1.3..v26.2
		400 browser flow active:password ui:4010011 → disabled 400 4010011 | after-v26.2
	`},
	{Name: "state/disabled, form", Do: func(r *Run) {
		b := r.Browser()
		b.SubmitForm(b.Flow(), password(r.Create(Identity{Disabled: true})))
	}, Want: `
		302 to error-ui?id → disabled 401          | v0.8
		303 to error-ui?id → disabled 401          | v0.10..v26.2
		303 to login-ui?flow → disabled 303 4010011 | after-v26.2
	`},
	{Name: "state/not verified, as far as nobody minds", Not: VerifiedAddress, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Create(Identity{Unverified: true})))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "state/verified", Needs: VerifiedAddress, Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "state/not verified", Needs: VerifiedAddress, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Create(Identity{Unverified: true})))
	}, Want: `
		400 native flow active:password ui:4000010 → verification with flow                                          | ..v1.3
		403 error session_verified_address_required details{continue_with} code:400 → verification with verification | v25.4+
	`},
	{Name: "state/not verified, wrong password", Needs: VerifiedAddress, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Create(Identity{Unverified: true})))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "state/not verified, script", Needs: VerifiedAddress, Do: func(r *Run) {
		b := r.Browser()
		b.SubmitJSON(b.Flow(), password(r.Create(Identity{Unverified: true})))
	}, Want: `
		400 browser flow active:password ui:4000010 → verification with flow                                         | ..v1.3
		403 error session_verified_address_required details{continue_with} code:400 → verification with verification | v25.4+
	`},
	{Name: "state/not verified, form", Needs: VerifiedAddress, Do: func(r *Run) {
		b := r.Browser()
		b.SubmitForm(b.Flow(), password(r.Create(Identity{Unverified: true})))
	}, Want: `
		302 to login-ui?flow → verification with flow                | v0.8
		303 to login-ui?flow → verification with flow                | v0.10..v1.3
		303 to verification-ui?flow → verification with verification | v25.4+
	`},
}

// withProvider returns the fields for a login with the provider of the server.
func (r *Run) withProvider() Fields { return Fields{"method": "oidc", "provider": r.target.ProviderID} }

const (
	toProvider       = "422 error browser_location_change_required {redirect_browser_to} +continuity → location_change"
	nativeToProvider = `
		` + toProvider + ` | v1.3..v26.2
		422 error browser_location_change_required {redirect_browser_to} → location_change | after-v26.2
	`
)

// providers are the answers to a login with a provider, until the browser is sent to the
// provider.
var providers = []Scenario{
	{Name: "provider/native", Needs: Provider, Do: func(r *Run) { r.SubmitJSON(r.Flow(), r.withProvider()) }, Want: `
		400 native flow ui:4000001 → refused 4000001 | ..v0.10
	` + nativeToProvider},
	{Name: "provider/native with an exchange code", Needs: Provider, Releases: "v1.3+", Do: func(r *Run) {
		flow := r.FlowFor("return_session_token_exchange_code=true")
		r.SubmitJSON(flow, r.withProvider())
		r.Exchange("init_code=" + flow.ExchangeCode + "&return_to_code=not-known-yet")
	}, Want: nativeToProvider + `
		404 error → not_found 404
	`},
	{Name: "provider/native without the method", Broken: "no method", Needs: Provider, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), r.withProvider().without("method"))
	}, Want: `
		400 native flow ui:4000001 → refused 4000001 | ..v0.10
	` + nativeToProvider},
	{Name: "provider/unknown", Needs: Provider, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), r.withProvider().with("provider", "unknown"))
	}, Want: `
		404 error → not_found 404
	`},
	{Name: "provider/none", Broken: "no provider", Needs: Provider, Not: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), r.withProvider().without("provider"))
	}, Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "provider/script", Needs: Provider, Do: func(r *Run) {
		b := r.Browser()
		b.SubmitJSON(b.Flow(), r.withProvider())
	}, Want: toProvider},
	{Name: "provider/form", Needs: Provider, Do: func(r *Run) {
		b := r.Browser()
		b.SubmitForm(b.Flow(), r.withProvider())
	}, Want: `
		303 to provider +continuity → location_change
	`},
	{Name: "provider/unknown, form", Needs: Provider, Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.SubmitForm(b.Flow(), r.withProvider().with("provider", "unknown"))
	}, Want: `
		303 to error-ui?id → not_found 404
	`},
	{Name: "provider/expired", Needs: Provider | ShortFlows, Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		r.SubmitJSON(r.ExpiredFlow(""), r.withProvider())
		b.SubmitForm(b.ExpiredFlow(""), r.withProvider())
	}, Want: `
		410 error self_service_flow_expired {expired_at,since,use_flow_id} → expired with replacement
		303 to login-ui?flow → expired with replacement
	`},
	{Name: "provider/ID token of an app", Needs: Provider, Releases: "v1.3+", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), r.withProvider().with("id_token", "a.b.c").with("id_token_nonce", "n"))
		b := r.Browser()
		b.SubmitJSON(b.Flow(), r.withProvider().with("id_token", "a.b.c").with("id_token_nonce", "n"))
	}, Want: `
		500 error → unavailable 500                               | v1.3
		502 error upstream_error → unavailable 502 upstream_error | v25.4+
		500 error → unavailable 500                               | v1.3
		502 error upstream_error → unavailable 502 upstream_error | v25.4+
	`},
	{Name: "provider/refresh of somebody without one", Needs: Provider, Not: PasswordlessCode, Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.CreateFlow("refresh=true").ShowFields()
	}, Want: `
		200 browser flow refresh ui:1010003 fields:csrf_token,identifier:hidden,method=password,password → done
	`},
	{Name: "provider/create", Needs: Provider, Not: HighestAAL | IdentifierFirst | PasswordlessCode, Do: func(r *Run) {
		r.CreateNativeFlow("")
	}, Want: `
		200 native flow → done
	`},
}

// exchanges are the answers to the exchange of a login in a browser for its session.
var exchanges = []Scenario{
	{Name: "exchange/unknown codes", Releases: "v1.3+", Do: func(r *Run) { r.Exchange("init_code=bad&return_to_code=bad") }, Want: `
		404 error → not_found 404
	`},
	{Name: "exchange/no codes", Releases: "v1.3+", Broken: "no codes", Do: func(r *Run) { r.Exchange("") }, Want: `
		400 error → other 400
	`},
	{Name: "exchange/after a password", Releases: "v1.3+", Do: func(r *Run) {
		ada := r.Person()
		flow := r.FlowFor("return_session_token_exchange_code=true")
		r.SubmitJSON(flow, password(ada))
		r.Exchange("init_code=" + flow.ExchangeCode + "&return_to_code=bad")
	}, Want: `
		200 login+token aal1 by password → logged_in
		404 error → not_found 404
	`},
	{
		Name: "exchange/too early a release", Releases: "..v0.10", Foreign: "there is no token exchange",
		Do: func(r *Run) { r.Send(http.MethodGet, exchangePath+"?init_code=bad&return_to_code=bad", nil) },
		Want: `
		404 text +csrf → unknown_answer 404 | v0.8
		405 text → unknown_answer 405       | v0.10
	`,
	},
}
