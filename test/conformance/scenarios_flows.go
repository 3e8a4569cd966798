package conformance

import "net/http"

const forbidden = "return_to=https%3A%2F%2Fevil.example.org%2F"

// creation are the answers to the creation of a flow.
var creation = []Scenario{
	{Name: "create/native", Not: HighestAAL | IdentifierFirst | PasswordlessCode | Provider, Do: func(r *Run) {
		r.CreateNativeFlow("").ShowFields()
	}, Want: `
		200 native flow fields:csrf_token,identifier,method=password,password → done          | v0.10+
		200 native flow fields:csrf_token,method=password,password,password_identifier → done | v0.8
	`},
	{Name: "create/native without Accept", Do: func(r *Run) { r.CreateNativeFlow("", NoAccept()) }, Want: `
		200 native flow → done
	`},
	{Name: "create/native accepting HTML", Do: func(r *Run) { r.CreateNativeFlow("", Accept(typeHTML)) }, Want: `
		200 native flow → done
	`},
	{Name: "create/native refresh without a session", Do: func(r *Run) { r.CreateNativeFlow("refresh=true") }, Want: `
		200 native flow refresh ui:1010003 → done | v0.8
		200 native flow → done                    | v0.10+
	`},
	{Name: "create/native aal2 without a session", Do: func(r *Run) { r.CreateNativeFlow("aal=aal2") }, Want: `
		401 error session_aal1_required → no_session 401 session_aal1_required
	`},
	{Name: "create/native aal2 with a bad token", Do: func(r *Run) { r.CreateNativeFlow("aal=aal2", Token("bad")) }, Want: `
		401 error session_aal1_required → no_session 401 session_aal1_required
	`},
	{Name: "create/native with an unknown level", Do: func(r *Run) { r.CreateNativeFlow("aal=bogus") }, Want: `
		400 error → other 400
	`},
	{Name: "create/native with return_to", Do: func(r *Run) { r.CreateNativeFlow(r.ReturnTo()) }, Want: `
		200 native flow return-to → done
	`},
	{Name: "create/native with a relative return_to", Do: func(r *Run) { r.CreateNativeFlow("return_to=/x") }, Want: `
		200 native flow return-to → done
	`},
	{Name: "create/native with a forbidden return_to", Do: func(r *Run) { r.CreateNativeFlow(forbidden) }, Want: `
		400 error self_service_flow_return_to_forbidden → forbidden_return_to 400 self_service_flow_return_to_forbidden
	`},
	{Name: "create/native with a return_to on loopback", Do: func(r *Run) {
		r.CreateNativeFlow("return_to=http%3A%2F%2F127.0.0.1%3A9%2F")
	}, Want: `
		400 error self_service_flow_return_to_forbidden → forbidden_return_to 400 self_service_flow_return_to_forbidden
	`},
	{Name: "create/native with an exchange code", Do: func(r *Run) {
		r.CreateNativeFlow("return_session_token_exchange_code=true")
	}, Want: `
		200 native flow → done               | ..v0.10
		200 native flow exchange-code → done | v1.3+
	`},
	{Name: "create/native with a cookie", Do: func(r *Run) { r.CreateNativeFlow("", Header("Cookie", "a=b")) }, Want: `
		200 native flow → done
	`},
	{Name: "create/native with an origin", Do: func(r *Run) { r.CreateNativeFlow("", Header("Origin", "https://app.example.com")) }, Want: `
		200 native flow → done
	`},
	{Name: "create/native with an unknown parameter", Do: func(r *Run) { r.CreateNativeFlow("colour=red") }, Want: `
		200 native flow → done
	`},
	{Name: "create/native with a token", Do: func(r *Run) { r.CreateNativeFlow("", Token(r.LogIn(r.Person()))) }, Want: `
		400 error session_already_available → already_logged_in 400 session_already_available
	`},
	{Name: "create/native with a bearer token", Do: func(r *Run) { r.CreateNativeFlow("", Bearer(r.LogIn(r.Person()))) }, Want: `
		400 error session_already_available → already_logged_in 400 session_already_available
	`},
	{Name: "create/native with a bad token", Do: func(r *Run) { r.CreateNativeFlow("", Token("bad")) }, Want: `
		200 native flow → done
	`},
	{Name: "create/native refresh", Do: func(r *Run) { r.CreateNativeFlow("refresh=true", Token(r.LogIn(r.Person()))) }, Want: `
		200 native flow refresh ui:1010003 → done
	`},
	{Name: "create/native refresh, its fields", Not: HighestAAL | CodeSecondFactor | PasswordlessCode | Provider, Releases: "v0.10+", Do: func(r *Run) {
		r.CreateNativeFlow("refresh=true", Token(r.LogIn(r.Person()))).ShowFields()
	}, Want: `
		200 native flow refresh ui:1010003 fields:csrf_token,identifier:hidden,method=password,password → done
	`},
	{Name: "create/native aal2 without a second factor", Not: CodeSecondFactor, Do: func(r *Run) {
		r.CreateNativeFlow("aal=aal2", Token(r.LogIn(r.Person())))
	}, Want: `
		200 native flow aal2 ui:1010004 nodes:null → done
	`},
	{Name: "create/native aal2", Not: HighestAAL | CodeSecondFactor, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true, WithLookupSecrets: true})
		r.CreateNativeFlow("aal=aal2", Token(r.LogIn(ada))).ShowFields()
	}, Want: `
		200 native flow aal2 ui:1010004 fields:csrf_token,lookup_secret,method=lookup_secret,method=totp,totp_code → done
	`},
	{Name: "create/script", Not: HighestAAL | IdentifierFirst | PasswordlessCode | Provider, Do: func(r *Run) {
		r.Browser().CreateFlow("").ShowFields()
	}, Want: `
		200 browser flow +csrf fields:csrf_token,identifier,method=password,password → done          | v0.10+
		200 browser flow +csrf fields:csrf_token,method=password,password,password_identifier → done | v0.8
	`},
	{Name: "create/browser", Do: func(r *Run) { r.Browser().OpenFlow("") }, Want: `
		303 to login-ui?flow +csrf → misconfigured (redirect)
	`},
	{Name: "create/browser without Accept", Do: func(r *Run) { r.Browser().CreateFlow("", NoAccept()) }, Want: `
		303 to login-ui?flow +csrf → misconfigured (redirect)
	`},
	{Name: "create/browser accepting anything", Do: func(r *Run) { r.Browser().CreateFlow("", Accept("*/*")) }, Want: `
		303 to login-ui?flow +csrf → misconfigured (redirect)
	`},
	{Name: "create/browser accepting JSON or HTML", Do: func(r *Run) {
		r.Browser().CreateFlow("", Accept("application/json, text/html"))
	}, Want: `
		303 to login-ui?flow +csrf → misconfigured (redirect)
	`},
	{Name: "create/script aal2 without a session", Do: func(r *Run) { r.Browser().CreateFlow("aal=aal2") }, Want: `
		401 error session_aal1_required +csrf → no_session 401 session_aal1_required
	`},
	{Name: "create/script aal2 without a second factor", Not: CodeSecondFactor, Releases: "v1.3", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.CreateFlow("aal=aal2").ShowFields()
	}, Want: `
		200 browser flow aal2 ui:1010004 fields:csrf_token → done
	`},
	{Name: "create/browser aal2 without a session", Do: func(r *Run) { r.Browser().OpenFlow("aal=aal2") }, Want: `
		302 to error-ui?id +csrf → misconfigured (redirect) | v0.8
		303 to error-ui?id +csrf → misconfigured (redirect) | v0.10+
	`},
	{Name: "create/script refresh without a session", Do: func(r *Run) { r.Browser().CreateFlow("refresh=true") }, Want: `
		200 browser flow refresh ui:1010003 +csrf → done | v0.8
		200 browser flow +csrf → done                    | v0.10+
	`},
	{Name: "create/script with return_to", Do: func(r *Run) { r.Browser().CreateFlow(r.ReturnTo()) }, Want: `
		200 browser flow return-to +csrf → done
	`},
	{Name: "create/script with a forbidden return_to", Do: func(r *Run) { r.Browser().CreateFlow(forbidden) }, Want: `
		400 error self_service_flow_return_to_forbidden +csrf → forbidden_return_to 400 self_service_flow_return_to_forbidden
	`},
	{Name: "create/browser with a forbidden return_to", Do: func(r *Run) { r.Browser().OpenFlow(forbidden) }, Want: `
		302 to error-ui?id +csrf → misconfigured (redirect) | v0.8
		303 to error-ui?id +csrf → misconfigured (redirect) | v0.10+
	`},
	{Name: "create/script with a session", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.CreateFlow("")
	}, Want: `
		400 error session_already_available → already_logged_in 400 session_already_available
	`},
	{Name: "create/script refresh", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.CreateFlow("refresh=true")
	}, Want: `
		200 browser flow refresh ui:1010003 → done
	`},
	{Name: "create/browser with a session", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.OpenFlow("")
	}, Want: `
		303 to return-url → misconfigured (redirect)
	`},
	{Name: "create/browser with a session and return_to", Do: func(r *Run) {
		b := r.Browser()
		b.LogIn(r.Person())
		b.OpenFlow(r.ReturnTo())
	}, Want: `
		303 to return-to → misconfigured (redirect)
	`},
	{Name: "create/login challenge without an OAuth2 server", Releases: "v1.3", Do: func(r *Run) {
		r.CreateNativeFlow("login_challenge=x")
		r.Browser().CreateFlow("login_challenge=x")
		r.Browser().OpenFlow("login_challenge=x")
	}, Want: `
		500 error → unavailable 500
		500 error +csrf → unavailable 500
		303 to error-ui?id +csrf → misconfigured (redirect)
	`},
}

// fetching are the answers to the fetching of a flow.
var fetching = []Scenario{
	{Name: "fetch/native", Do: func(r *Run) { r.GetFlow(r.Flow().ID) }, Want: `
		200 native flow +csrf → done
	`},
	{Name: "fetch/native without Accept", Do: func(r *Run) { r.GetFlow(r.Flow().ID, NoAccept()) }, Want: `
		200 native flow +csrf → done
	`},
	{Name: "fetch/native aal2 without the token", Not: HighestAAL | CodeSecondFactor, Do: func(r *Run) {
		ada := r.Create(Identity{WithTOTP: true})
		r.GetFlow(r.FlowFor("aal=aal2", Token(r.LogIn(ada))).ID)
	}, Want: `
		200 native flow aal2 ui:1010004 +csrf → done
	`},
	{Name: "fetch/unknown", Do: func(r *Run) { r.GetFlow(unknownID) }, Want: `
		404 error +csrf → not_found 404
	`},
	{Name: "fetch/unknown accepting HTML", Do: func(r *Run) { r.GetFlow(unknownID, Accept(typeHTML)) }, Want: `
		404 error +csrf → not_found 404
	`},
	{Name: "fetch/not a UUID", Do: func(r *Run) { r.GetFlow("flow") }, Want: `
		404 error +csrf → not_found 404
	`},
	{Name: "fetch/without an id", Broken: "no flow id", Do: func(r *Run) { r.Send(http.MethodGet, flowsPath, nil) }, Want: `
		404 error +csrf → not_found 404
	`},
	{Name: "fetch/with the parameter flow", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodGet, flowsPath+"?flow="+r.Flow().ID, nil)
	}, Want: `
		404 error +csrf → not_found 404
	`},
	{Name: "fetch/browser", Do: func(r *Run) {
		b := r.Browser()
		b.GetFlow(b.Flow().ID)
	}, Want: `
		200 browser flow → done
	`},
	{Name: "fetch/browser that was opened", Do: func(r *Run) {
		b := r.Browser()
		b.GetFlow(b.OpenFlow("").FlowID())
	}, Want: `
		303 to login-ui?flow +csrf → misconfigured (redirect)
		200 browser flow → done
	`},
	{Name: "fetch/browser without cookies", Do: func(r *Run) {
		b := r.Browser()
		flow := b.Flow()
		b.Forget("")
		b.GetFlow(flow.ID)
	}, Want: `
		403 error security_csrf_violation details{docs,hint} +csrf → csrf 403 security_csrf_violation
	`},
	{Name: "fetch/browser with another cookie", Do: func(r *Run) {
		flow := r.Browser().Flow()
		r.Browser().GetFlow(flow.ID, Header("Cookie", "a=b"))
	}, Want: `
		403 error security_csrf_violation details{docs,hint} +csrf → csrf 403 security_csrf_violation
	`},
	{Name: "fetch/browser of another browser", Do: func(r *Run) {
		flow := r.Browser().Flow()
		other := r.Browser()
		other.Flow()
		other.GetFlow(flow.ID)
	}, Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "fetch/browser by a native client", Do: func(r *Run) { r.GetFlow(r.Browser().Flow().ID) }, Want: `
		403 error security_csrf_violation details{docs,hint} +csrf → csrf 403 security_csrf_violation
	`},
}
