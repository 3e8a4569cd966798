package conformance

import (
	"fmt"
	"net/http"
	"strings"
)

// passwords are the answers to a password in a native flow.
var passwords = []Scenario{
	{Name: "password/right", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person())) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/only identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("password_identifier"))
	}, Want: `
		400 native flow password_identifier:4000002 → refused 4000002 | v0.8
		200 login+token aal1 by password → logged_in                  | v0.10+
	`},
	{Name: "password/only password_identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).without("identifier"))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/identifier in upper case", Do: func(r *Run) {
		ada := r.Person()
		upper := password(ada)
		upper["identifier"], upper["password_identifier"] = strings.ToUpper(ada.Email), strings.ToUpper(ada.Email)
		r.SubmitJSON(r.Flow(), upper)
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/wrong", Do: func(r *Run) { r.SubmitJSON(r.Flow(), wrongPassword(r.Person())) }, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "password/wrong then right", Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		r.SubmitJSON(flow, wrongPassword(ada))
		r.SubmitJSON(flow, password(ada))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/right twice", Do: func(r *Run) {
		ada, flow := r.Person(), r.Flow()
		first := r.SubmitJSON(flow, password(ada))
		second := r.SubmitJSON(flow, password(ada))
		r.observeSession(first, second)
	}, Want: `
		200 login+token aal1 by password → logged_in
		200 login+token aal1 by password → logged_in
		another session: true
	`},
	{Name: "password/unknown identifier", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: "nobody@example.com", Password: "a wild guess"}))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "password/identity without a password", Do: func(r *Run) {
		ada := r.Create(Identity{WithoutPassword: true})
		r.SubmitJSON(r.Flow(), wrongPassword(ada))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "password/empty identifier", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(Identity{Password: "x"})) }, Want: `
		400 native flow password_identifier:4000002 → refused 4000002 | v0.8
		400 native flow identifier:4000002 → refused 4000002          | v0.10+
	`},
	{Name: "password/empty", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()).with("password", "")) }, Want: `
		400 native flow password:4000002 → refused 4000002
	`},
	{Name: "password/nothing but the method", Broken: "no password", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), Fields{"method": "password"})
	}, Want: `
		400 native flow password_identifier:4000002 password:4000002 → refused 4000002 4000002 | v0.8
		400 native flow identifier:4000002 password:4000002 → refused 4000002 4000002          | v0.10+
	`},
	{Name: "password/identifier is a number", Broken: "the identifier is a number", Do: func(r *Run) {
		number := password(r.Person())
		number["identifier"], number["password_identifier"] = 42, 42
		r.SubmitJSON(r.Flow(), number)
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "password/identifier beyond ASCII", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: "ädä@example.com", Password: "a wild guess"}))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
	{Name: "password/unknown member", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()).with("colour", "red")) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/transient payload", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).with("transient_payload", Fields{"a": "b"}))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/csrf_token in the body", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(r.Person()).with("csrf_token", "whatever"))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/return_to of the flow", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.FlowFor(r.ReturnTo()), password(ada))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/forbidden return_to of the submission", Do: func(r *Run) {
		ada := r.Person()
		r.Send(http.MethodPost, submitPath+"?flow="+r.Flow().ID+"&"+forbidden, password(ada))
	}, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/flow of a browser", Do: func(r *Run) { r.SubmitJSON(r.Browser().Flow(), password(r.Person())) }, Want: `
		403 error security_csrf_violation details{docs,hint} → csrf 403 security_csrf_violation
	`},
	{Name: "password/unknown flow", Do: func(r *Run) { r.SubmitJSON(Flow{ID: unknownID}, password(r.Person())) }, Want: `
		404 error → not_found 404
	`},
	{Name: "password/flow id in upper case", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(Flow{ID: strings.ToUpper(r.Flow().ID)}, password(ada))
		r.SubmitJSON(Flow{ID: strings.ReplaceAll(r.Flow().ID, "-", "")}, password(ada))
	}, Want: `
		200 login+token aal1 by password → logged_in
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/flow id is not a UUID", Do: func(r *Run) { r.SubmitJSON(Flow{ID: "flow"}, password(r.Person())) }, Want: `
		400 error → other 400
	`},
	{Name: "password/flow id is zero", Do: func(r *Run) {
		r.SubmitJSON(Flow{ID: "00000000-0000-0000-0000-000000000000"}, password(r.Person()))
	}, Want: `
		400 error → other 400
	`},
	{Name: "password/without a flow id", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()))
	}, Want: `
		400 error → other 400
	`},
	{Name: "password/flow id in the body", Broken: "no flow id", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath, password(r.Person()).with("flow", r.Flow().ID))
	}, Want: `
		400 error → other 400
	`},
	{Name: "password/refresh", Do: func(r *Run) {
		ada := r.Person()
		before := r.login(ada)
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(ada), Token(before.Token()))
		r.observeSession(before, after)
		r.Whoami(Token(before.Token()))
	}, Want: `
		200 login+token aal1 by password → logged_in
		another session: false
		200 session aal1 by password → done
	`},
	{Name: "password/refresh as somebody else", Do: func(r *Run) {
		before, eve := r.login(r.Person()), r.Person()
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(eve), Token(before.Token()))
		r.observeSession(before, after)
	}, Want: `
		200 login+token aal1 by password → logged_in
		another session: true
	`},
	{Name: "password/refresh without the token", Do: func(r *Run) {
		ada := r.Person()
		before := r.login(ada)
		after := r.SubmitJSON(r.FlowFor("refresh=true", Token(before.Token())), password(ada))
		r.observeSession(before, after)
	}, Want: `
		200 login+token aal1 by password → logged_in
		another session: true
	`},
	{Name: "password/signed in", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.Flow(), password(ada), Token(r.LogIn(ada)))
	}, Want: `
		400 native flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "password/signed in by a bearer token", Do: func(r *Run) {
		ada := r.Person()
		r.SubmitJSON(r.Flow(), password(ada), Bearer(r.LogIn(ada)))
	}, Want: `
		400 native flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "password/signed in by a cookie", Do: func(r *Run) {
		ada, b := r.Person(), r.Browser()
		b.LogIn(ada)
		r.SubmitJSON(r.Flow(), password(ada), Header("Cookie", b.header()))
	}, Want: `
		400 native flow ui:4000001 → already_logged_in 400 4000001
	`},
	{Name: "password/with a bad token", Do: func(r *Run) { r.SubmitJSON(r.Flow(), password(r.Person()), Token("bad")) }, Want: `
		200 login+token aal1 by password → logged_in
	`},
	{Name: "password/identifier of 100 kB", Do: func(r *Run) {
		r.SubmitJSON(r.Flow(), password(Identity{Email: strings.Repeat("a", 100_000), Password: "x"}))
	}, Want: `
		400 native flow ui:4000006 → refused 4000006
	`},
}

// observeSession adds a line that says whether two answers have different sessions.
func (r *Run) observeSession(before, after Answer) {
	r.observe(fmt.Sprintf("another session: %t", before.Session() != after.Session()))
}
