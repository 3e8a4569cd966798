package conformance

import (
	"bytes"
	"net/http"
)

// submit returns a scenario that submits the body to a native flow.
func submit(body any) func(*Run) {
	return func(r *Run) { r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, body) }
}

// bodies are the answers to submissions of various methods and forms.
var bodies = []Scenario{
	{Name: "body/form", Do: func(r *Run) { r.SubmitForm(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "body/charset", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType("application/json; charset=utf-8"))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "body/unknown method", Not: IdentifierFirst, Broken: "no such method", Do: submit(Fields{"method": "magic"}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/no method", Broken: "no method", Not: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("method"))
	}, Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/method is a number", Not: IdentifierFirst, Broken: "the method is a number", Do: submit(Fields{"method": 42}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/code is off", Not: PasswordlessCode | IdentifierFirst, Do: submit(Fields{"method": "code", "identifier": "ada@example.com"}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/totp as the first factor", Not: IdentifierFirst, Do: submit(Fields{"method": "totp", "totp_code": "123456"}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/lookup secret as the first factor", Not: IdentifierFirst, Do: submit(Fields{"method": "lookup_secret", "lookup_secret": "abcdefgh"}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/security key", Not: IdentifierFirst, Do: submit(Fields{"method": "webauthn", "identifier": "ada@example.com"}), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/malformed", Broken: "malformed JSON", Do: submit(`{"method":"password"`), Want: `
		400 error code:500 → unavailable 400                                      | ..v0.10
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body) | v1.3+
	`},
	{Name: "body/empty", Broken: "no body", Do: submit(""), Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body)
	`},
	{Name: "body/empty object", Not: IdentifierFirst, Broken: "no method", Do: submit("{}"), Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/array", Broken: "the body is an array", Do: submit("[]"), Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body)
	`},
	{Name: "body/null", Broken: "the body is null", Do: submit("null"), Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body)
	`},
	{Name: "body/no content type", Broken: "no content type", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType(""))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body)
	`},
	{Name: "body/plain text", Broken: "wrong content type", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType("text/plain"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (undecodable body)
	`},
	{Name: "body/multipart", Not: IdentifierFirst, Broken: "multipart, which no server reads", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID,
			"--b\r\nContent-Disposition: form-data; name=\"method\"\r\n\r\npassword\r\n--b--\r\n",
			ContentType("multipart/form-data; boundary=b"))
	}, Want: `
		400 native flow ui:4010002 → refused 4010002
	`},
	{Name: "body/garbage after the JSON", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, r.passwordJSON(r.Person(), "} garbage"))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "body/member twice", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, r.passwordJSON(r.Person(), `,"method":"password"}`))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
}

// passwordJSON returns a submission whose JSON ends with the text.
func (r *Run) passwordJSON(identity Identity, end string) []byte {
	return append(bytes.TrimSuffix(r.request("", "", password(identity), nil).body, []byte("}")), end...)
}

// headers are the answers to the headers of a submission to a native flow.
var headers = []Scenario{
	{Name: "header/no Accept", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), NoAccept()) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "header/accepting HTML", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Accept(typeHTML)) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "header/accepting HTML, wrong password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Person()), Accept(typeHTML))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "header/cookie", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Header("Cookie", "a=b")) }, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request)
	`},
	{Name: "header/cookie, wrong password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Person()), Header("Cookie", "a=b"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request)
	`},
	{Name: "header/cookie of Cloudflare", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), Header("Cookie", "__cflb=1"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request) | v0.8
		200 login+token aal1 by password → logged_in                             | v0.10+
	`},
	{Name: "header/newer cookies of Cloudflare", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), Header("Cookie", "_cfuvid=2; cf_clearance=3"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request) | ..v0.10
		200 login+token aal1 by password → logged_in                             | v1.3+
	`},
	{Name: "header/cookie that fetching the flow has set", Do: func(r *Run) {
		flow, b := r.Flow(), r.Browser()
		b.GetFlow(flow.ID)
		r.SubmitJSON(flow, password(r.Person()), Header("Cookie", b.header()))
	}, Want: `
		200 native flow +csrf → csrf 200
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request)
	`},
	{Name: "header/origin", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), Header("Origin", "https://app.example.com"))
	}, Want: `
		400 native flow ui:4000001 → misconfigured 400 4000001 (browser request)
	`},
	{Name: "header/without a flow id, accepting HTML", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()), Accept(typeHTML))
	}, Want: `
		400 error → other 400
	`},
	{Name: "header/unknown flow, form, accepting JSON", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()))
	}, Want: `
		404 error → not_found 404
	`},
	{Name: "header/unknown flow, form, no Accept", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()), NoAccept())
	}, Want: `
		302 to error-ui?id → misconfigured (redirect) | v0.8
		303 to error-ui?id → misconfigured (redirect) | v0.10+
	`},
	{Name: "header/unknown flow, JSON, no Accept", Do: func(r *Run) {
		r.SubmitJSON(Flow{ID: unknownID}, password(r.Person()), NoAccept())
	}, Want: `
		404 error → not_found 404
	`},
	{Name: "header/unknown flow, form, accepting HTML", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()), Accept(typeHTML))
	}, Want: `
		302 to error-ui?id → misconfigured (redirect) | v0.8
		303 to error-ui?id → misconfigured (redirect) | v0.10+
	`},
}
