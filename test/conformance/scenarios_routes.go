package conformance

import "net/http"

// routes are the answers to paths and HTTP methods.
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
		400 native flow ui:4000001 | v26.2+
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
		404 text +csrf                       | v26.2+
	`},
	{Name: "route/slash at the end of a POST", Broken: "no such path", Do: func(r *Run) {
		r.Send(http.MethodPost, submitPath+"/?flow="+r.Flow().ID, password(r.Person()))
	}, Want: `
		403 error security_csrf_violation details{docs,hint} +csrf
	`},
	{Name: "route/two slashes of a GET", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/"+nativePath, nil) }, Want: `
		200 native flow                      | ..v25.4
		307 to /self-service/login/api +csrf | v26.2+
	`},
	{Name: "route/two slashes of a POST", Broken: "no such path", Do: func(r *Run) {
		r.Send(http.MethodPost, "/"+submitPath+"?flow="+r.Flow().ID, password(r.Person()))
	}, Want: `
		200 login+token aal1 by password                           | ..v25.4
		403 error security_csrf_violation details{docs,hint} +csrf | v26.2+
	`},
	{Name: "route/registration", Not: ClosedRegistration, Broken: "a page that is none of a login", Do: func(r *Run) {
		r.Browser().Send(http.MethodGet, registrationPath, nil, Accept(typeHTML))
	}, Want: `
		303 to registration-ui?flow +csrf
	`},
	{Name: "route/version", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/version", nil) }, Want: `
		404 text +csrf | v0.8
		404 text       | v0.10+
	`},
	{Name: "route/alive", Broken: "no such path", Do: func(r *Run) { r.Send(http.MethodGet, "/health/alive", nil) }, Want: `
		200 {status} +csrf | v0.8
		200 {status}       | v0.10+
	`},
	{Name: "route/ready", Releases: "v1.3", Do: func(r *Run) { r.Send(http.MethodGet, readyPath, nil) }, Want: `
		200 {status} → done
	`},
}
