package orylogintest

import (
	"net/http"
	"strings"

	"github.com/orylogin/orylogin/internal/operation"
)

// Operation is an operation of the server, by its operationId in the module's openapi.yaml.
type Operation string

// The operations, and who calls them: native clients, browsers or both.
const (
	CreateFlow          Operation = operation.CreateFlow          // native: Client.CreateFlow, Login
	CreateBrowserFlow   Operation = operation.CreateBrowserFlow   // browsers: Visit.CreateFlow
	GetFlow             Operation = operation.GetFlow             // both: GetFlow
	Submit              Operation = operation.Submit              // both: Submit, Login, SubmitForm
	Whoami              Operation = operation.Whoami              // both: Whoami
	Exchange            Operation = operation.Exchange            // native: Client.Exchange
	Logout              Operation = operation.Logout              // native: Client.Logout
	CreateBrowserLogout Operation = operation.CreateBrowserLogout // browsers: the first half of Visit.Logout
	SubmitBrowserLogout Operation = operation.SubmitBrowserLogout // browsers: the second half
	GetError            Operation = operation.GetError            // browsers: Visit.GetError
	ListSessions        Operation = operation.ListSessions        // both: OtherSessions.List
	RevokeSession       Operation = operation.RevokeSession       // both: OtherSessions.Revoke
	RevokeSessions      Operation = operation.RevokeSessions      // both: OtherSessions.RevokeAll
	Ready               Operation = operation.Ready               // native: Client.Ready, which guards and sources call before they believe a denial
)

// mustKnow fails the test if the operation is unknown.
func (s *Server) mustKnow(operation Operation) {
	s.tb.Helper()
	for _, route := range routes {
		if route.operation == operation {
			return
		}
	}
	s.tb.Fatalf("orylogintest: there is no operation %q", operation)
}

// route is the operation of a path and method, and the function that answers it.
type route struct {
	operation Operation
	csrf      bool // the answer sets a CSRF cookie if the browser has none
	answer    func(*call)
}

var routes = map[string]route{
	"GET /self-service/login/api":      {CreateFlow, false, (*call).createFlow},
	"GET /self-service/login/browser":  {CreateBrowserFlow, true, (*call).createBrowserFlow},
	"GET /self-service/login/flows":    {GetFlow, true, (*call).getFlow},
	"POST /self-service/login":         {Submit, false, (*call).submit},
	"GET /self-service/login":          {Submit, false, (*call).submit},
	"GET /sessions/whoami":             {Whoami, false, (*call).whoami},
	"GET /sessions/token-exchange":     {Exchange, false, (*call).exchangeToken},
	"DELETE /self-service/logout/api":  {Logout, false, (*call).logout},
	"GET /self-service/logout/browser": {CreateBrowserLogout, true, (*call).createBrowserLogout},
	"GET /self-service/logout":         {SubmitBrowserLogout, true, (*call).submitBrowserLogout},
	"GET /self-service/errors":         {GetError, true, (*call).getError},
	"GET " + keysPath:                  {answer: (*call).writeKeys},
	"GET /sessions":                    {ListSessions, false, (*call).listSessions},
	"DELETE /sessions":                 {RevokeSessions, false, (*call).revokeOtherSessions},
	"DELETE /sessions/{id}":            {RevokeSession, false, (*call).revokeSession},
	"GET /health/ready":                {Ready, false, (*call).ready},
}

// routeOf returns the route of a request. If nothing is at the path, or not for the HTTP
// method, the route has no operation.
func routeOf(r *http.Request) route {
	path := r.URL.Path
	if id, found := strings.CutPrefix(path, sessionsPath); found && r.Method == http.MethodDelete && !strings.Contains(id, "/") {
		path = sessionsPath + "{id}"
	}
	if route, ok := routes[r.Method+" "+path]; ok {
		return route
	}
	if r.Method == http.MethodGet && strings.HasPrefix(r.URL.Path, callbackPath) {
		return route{answer: (*call).comeBack}
	}
	if elsewhere(r.URL.Path) != "" {
		return route{answer: (*call).leave}
	}
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodDelete} {
		if _, ok := routes[method+" "+path]; ok {
			return route{answer: (*call).methodNotAllowed}
		}
	}
	return route{csrf: true, answer: (*call).pageNotFound}
}
