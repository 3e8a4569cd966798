package conformance

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
)

// passwords is what a password in a native flow is answered with.
var passwords = []Scenario{
	{Name: "password/right", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/only identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("password_identifier"))
	}, Want: `
		400 native flow password_identifier:4000002 → ValidationError 4000002 | v0.8
		200 login+token aal1 by password → Login                                              | v0.10+
	`},
	{Name: "password/only password_identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("identifier"))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/identifier in upper case", Do: func(r *Run) {
		ada := r.Person()
		upper := password(ada)
		upper["identifier"], upper["password_identifier"] = strings.ToUpper(ada.Email), strings.ToUpper(ada.Email)
		r.SubmitJSON(r.Flow(), upper)
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/wrong", Do: func(r *Run) { r.SubmitJSON(r.Flow(), wrongPassword(r.Person())) }, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "password/wrong then right", Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, wrongPassword(ada))
		r.SubmitJSON(flow, password(ada))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
		200 login+token aal1 by password → Login
	`},
	{Name: "password/right twice", Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		first := r.SubmitJSON(flow, password(ada))
		second := r.SubmitJSON(flow, password(ada))
		r.observeSession(first, second)
	}, Want: `
		200 login+token aal1 by password → Login
		200 login+token aal1 by password → Login
		another session: true
	`},
	{Name: "password/unknown identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: "nobody@example.com", Password: "a wild guess"}))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "password/identity without a password", Do: func(r *Run) {
		ada := r.Create(Identity{WithoutPassword: true})
		r.SubmitJSON(r.Flow(), wrongPassword(ada))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "password/empty identifier", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(Identity{Password: "x"})) }, Want: `
		400 native flow password_identifier:4000002 → ValidationError 4000002 | v0.8
		400 native flow identifier:4000002 → ValidationError 4000002          | v0.10+
	`},
	{Name: "password/empty", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()).with("password", "")) }, Want: `
		400 native flow password:4000002 → ValidationError 4000002
	`},
	{Name: "password/nothing but the method", Broken: "no password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "password"})
	}, Want: `
		400 native flow password_identifier:4000002 password:4000002 → ValidationError 4000002 4000002 | v0.8
		400 native flow identifier:4000002 password:4000002 → ValidationError 4000002 4000002 | v0.10+
	`},
	{Name: "password/identifier is a number", Broken: "the identifier is a number", Do: func(r *Run) {
		number := password(r.Person())
		number["identifier"], number["password_identifier"] = 42, 42
		r.SubmitJSON(r.Flow(), number)
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "password/identifier beyond ASCII", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: "ädä@example.com", Password: "a wild guess"}))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "password/unknown member", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()).with("colour", "red")) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/transient payload", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).with("transient_payload", Fields{"a": "b"}))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/csrf_token in the body", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).with("csrf_token", "whatever"))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/return_to of the flow", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.FlowFor(r.ReturnTo()), password(ada))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/forbidden return_to of the submission", Do: func(r *Run) {
		ada := r.Person()
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID+"&"+forbidden, password(ada))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/flow of a browser", Do: func(r *Run) { r.SubmitJSON(r.Browser().Flow(), password(r.Person())) }, Want: `
		403 error security_csrf_violation details{docs,hint} → APIError 403 security_csrf_violation
	`},
	{Name: "password/unknown flow", Do: func(r *Run) { r.SubmitJSON(Flow{ID: unknownID}, password(r.Person())) }, Want: `
		404 error → APIError 404
	`},
	{Name: "password/flow id in upper case", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(Flow{ID: strings.ToUpper(r.Flow().ID)}, password(ada))
		r.SubmitJSON(Flow{ID: strings.ReplaceAll(r.Flow().ID, "-", "")}, password(ada))
	}, Want: `
		200 login+token aal1 by password → Login
		200 login+token aal1 by password → Login
	`},
	{Name: "password/flow id is not a UUID", Do: func(r *Run) { r.SubmitJSON(Flow{ID: "flow"}, password(r.Person())) }, Want: `
		400 error → APIError 400
	`},
	{Name: "password/flow id is zero", Do: func(r *Run) {
		r.SubmitJSON(Flow{ID: "00000000-0000-0000-0000-000000000000"}, password(r.Person()))
	}, Want: `
		400 error → APIError 400
	`},
	{Name: "password/without a flow id", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()))
	}, Want: `
		400 error → APIError 400
	`},
	{Name: "password/flow id in the body", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()).with("flow", r.Flow().ID))
	}, Want: `
		400 error → APIError 400
	`},
	{Name: "password/refresh", Do: func(r *Run) {
		ada := r.Person()
		before := r.login(ada)
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(ada), Token(before.Token()))
		r.observeSession(before, after)
		r.Whoami(Token(before.Token()))
	}, Want: `
		200 login+token aal1 by password → Login
		another session: false
		200 session aal1 by password → Session
	`},
	{Name: "password/refresh as somebody else", Do: func(r *Run) {
		before, eve := r.login(r.Person()), r.Person()
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(eve), Token(before.Token()))
		r.observeSession(before, after)
	}, Want: `
		200 login+token aal1 by password → Login
		another session: true
	`},
	{Name: "password/refresh without the token", Do: func(r *Run) {
		ada := r.Person()
		before := r.login(ada)
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(ada))
		r.observeSession(before, after)
	}, Want: `
		200 login+token aal1 by password → Login
		another session: true
	`},
	{Name: "password/signed in", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.Flow(), password(ada), Token(r.LogIn(ada)))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (session_already_available)
	`},
	{Name: "password/signed in by a bearer token", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.Flow(), password(ada), Bearer(r.LogIn(ada)))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (session_already_available)
	`},
	{Name: "password/signed in by a cookie", Do: func(r *Run) {
		ada, b := r.Person(), r.Browser()
		b.LogIn(ada)
		r.SubmitJSON(r.Flow(), password(ada), Header("Cookie", b.header()))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (session_already_available)
	`},
	{Name: "password/with a bad token", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Token("bad")) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "password/identifier of 100 kB", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: strings.Repeat("a", 100_000), Password: "x"}))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
}

// observeSession adds a line that says whether two answers have different sessions.
func (r *Run) observeSession(before, after Answer) {
	r.observe(fmt.Sprintf("another session: %t", before.Session() != after.Session()))
}

// submit submits a body that is not about a method.
func submit(body any) func(*Run) {
	return func(r *Run) { r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, body) }
}

// bodies is what the method and the form of a submission are answered with.
var bodies = []Scenario{
	{Name: "body/form", Do: func(r *Run) { r.SubmitForm(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "body/charset", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType("application/json; charset=utf-8"))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "body/unknown method", Not: IdentifierFirst, Broken: "no such method", Do: submit(Fields{"method": "magic"}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/no method", Broken: "no method", Not: IdentifierFirst, Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("method"))
	}, Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/method is a number", Not: IdentifierFirst, Broken: "the method is a number", Do: submit(Fields{"method": 42}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/code is off", Not: PasswordlessCode, Do: submit(Fields{"method": "code", "identifier": "ada@example.com"}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/totp as the first factor", Not: IdentifierFirst, Do: submit(Fields{"method": "totp", "totp_code": "123456"}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/lookup secret as the first factor", Not: IdentifierFirst, Do: submit(Fields{"method": "lookup_secret", "lookup_secret": "abcdefgh"}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/security key", Not: IdentifierFirst, Do: submit(Fields{"method": "webauthn", "identifier": "ada@example.com"}), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/malformed", Broken: "malformed JSON", Do: submit(`{"method":"password"`), Want: `
		400 error code:500 → APIError 400                                          | ..v0.10
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)    | v1.3+
	`},
	{Name: "body/empty", Broken: "no body", Do: submit(""), Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)
	`},
	{Name: "body/empty object", Not: IdentifierFirst, Broken: "no method", Do: submit("{}"), Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/array", Broken: "the body is an array", Do: submit("[]"), Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)
	`},
	{Name: "body/null", Broken: "the body is null", Do: submit("null"), Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)
	`},
	{Name: "body/no content type", Broken: "no content type", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType(""))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)
	`},
	{Name: "body/plain text", Broken: "wrong content type", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), ContentType("text/plain"))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (undecodable body)
	`},
	{Name: "body/multipart", Not: IdentifierFirst, Broken: "multipart, which no server reads", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID,
			"--b\r\nContent-Disposition: form-data; name=\"method\"\r\n\r\npassword\r\n--b--\r\n",
			ContentType("multipart/form-data; boundary=b"))
	}, Want: `
		400 native flow ui:4010002 → ValidationError 4010002
	`},
	{Name: "body/garbage after the JSON", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, r.passwordJSON(r.Person(), "} garbage"))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "body/member twice", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID, r.passwordJSON(r.Person(), `,"method":"password"}`))
	}, Want: `
		200 login+token aal1 by password → Login
	`},
}

// passwordJSON returns a submission with another end.
func (r *Run) passwordJSON(identity Identity, end string) []byte {
	return append(bytes.TrimSuffix(r.request("", "", password(identity), nil).body, []byte("}")), end...)
}

// headers is what the headers of a submission to a native flow are answered with.
var headers = []Scenario{
	{Name: "header/no Accept", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), NoAccept()) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "header/accepting HTML", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Accept(typeHTML)) }, Want: `
		200 login+token aal1 by password → Login
	`},
	{Name: "header/accepting HTML, wrong password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Person()), Accept(typeHTML))
	}, Want: `
		400 native flow ui:4000006 → ValidationError 4000006
	`},
	{Name: "header/cookie", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Header("Cookie", "a=b")) }, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (browser request)
	`},
	{Name: "header/cookie, wrong password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), wrongPassword(r.Person()), Header("Cookie", "a=b"))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (browser request)
	`},
	{Name: "header/cookie of Cloudflare", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), Header("Cookie", "__cflb=1; _cfuvid=2; cf_clearance=3"))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (browser request) | v0.8
		200 login+token aal1 by password → Login                              | v0.10+
	`},
	{Name: "header/cookie that fetching the flow has set", Do: func(r *Run) {
		flow, b := r.Flow(), r.Browser()
		b.GetFlow(flow.ID)
		r.SubmitJSON(flow, password(r.Person()), Header("Cookie", b.header()))
	}, Want: `
		200 native flow +csrf → Flow
		400 native flow ui:4000001 → ValidationError 4000001 (browser request)
	`},
	{Name: "header/origin", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()), Header("Origin", "https://app.example.com"))
	}, Want: `
		400 native flow ui:4000001 → ValidationError 4000001 (browser request)
	`},
	{Name: "header/without a flow id, accepting HTML", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()), Accept(typeHTML))
	}, Want: `
		400 error → APIError 400
	`},
	{Name: "header/unknown flow, form, accepting JSON", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()))
	}, Want: `
		404 error → APIError 404
	`},
	{Name: "header/unknown flow, form, no Accept", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()), NoAccept())
	}, Want: `
		302 to error-ui?id → RedirectError | v0.8
		303 to error-ui?id → RedirectError | v0.10+
	`},
	{Name: "header/unknown flow, JSON, no Accept", Do: func(r *Run) {
		r.SubmitJSON(Flow{ID: unknownID}, password(r.Person()), NoAccept())
	}, Want: `
		404 error → APIError 404
	`},
	{Name: "header/unknown flow, form, accepting HTML", Do: func(r *Run) {
		r.SubmitForm(Flow{ID: unknownID}, password(r.Person()), Accept(typeHTML))
	}, Want: `
		302 to error-ui?id → RedirectError | v0.8
		303 to error-ui?id → RedirectError | v0.10+
	`},
}

// routes is what the paths and methods of HTTP are answered with.
var routes = []Scenario{
	{Name: "route/submission by GET", Broken: "a submission by GET", Do: func(r *Run) {
		ada := r.Person()
		query := string(password(ada).form())
		r.Send(http.MethodGet, submitPath+"?flow="+r.Flow().ID+"&"+query, nil)
	}, Want: `
		400 native flow ui:4000001
	`},
	{Name: "route/submission by GET without fields", Not: IdentifierFirst, Broken: "a submission by GET", Do: func(r *Run) {
		r.Send(http.MethodGet, submitPath+"?flow="+r.Flow().ID, nil)
	}, Want: `
		400 native flow ui:4010002 | ..v25.4
		400 native flow ui:4000001 | v26.2
	`},
	{Name: "route/PUT", Broken: "no such method", Do: func(r *Run) { r.Send(http.MethodPut, submitPath, "{}") }, Want: `
		405 text
	`},
	{Name: "route/HEAD", Broken: "no such method", Do: func(r *Run) { r.Send(http.MethodHead, nativePath, nil) }, Want: `
		405 | ..v1.3
		200 | v25.4+
	`},
	{Name: "route/unknown path", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/self-service/nothing", nil) }, Want: `
		404 text +csrf
	`},
	{Name: "route/path in upper case", Broken: "no such path", Do: func(r *Run) {
		r.Send(http.MethodGet, "/SELF-SERVICE/LOGIN/API", nil)
	}, Want: `
		301 to /self-service/login/api +csrf | ..v1.3
		404 text +csrf                       | v25.4+
	`},
	{Name: "route/slash at the end of a GET", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, nativePath+"/", nil) }, Want: `
		301 to /self-service/login/api +csrf | ..v1.3
		200 native flow +csrf                | v25.4
		404 text +csrf                       | v26.2
	`},
	{Name: "route/slash at the end of a POST", Broken: "no such path", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"/?flow="+r.Flow().ID, password(r.Person()))
	}, Want: `
		403 error security_csrf_violation details{docs,hint} +csrf
	`},
	{Name: "route/two slashes of a GET", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/"+nativePath, nil) }, Want: `
		200 native flow                      | ..v25.4
		307 to /self-service/login/api +csrf | v26.2
	`},
	{Name: "route/two slashes of a POST", Broken: "no such path", Do: func(r *Run) {
		r.Send(http.MethodPost, "/"+submitPath+"?flow="+r.Flow().ID, password(r.Person()))
	}, Want: `
		200 login+token aal1 by password                           | ..v25.4
		403 error security_csrf_violation details{docs,hint} +csrf | v26.2
	`},
	{Name: "route/version", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/version", nil) }, Want: `
		404 text +csrf | v0.8
		404 text       | v0.10+
	`},
	{Name: "route/alive", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/health/alive", nil) }, Want: `
		200 {status} +csrf | v0.8
		200 {status}       | v0.10+
	`},
}
