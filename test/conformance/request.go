package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"github.com/orylogin/orylogin/test/contract"
)

// The paths of the public API.
const (
	nativePath   = "/self-service/login/api"
	browserPath  = "/self-service/login/browser"
	flowsPath    = "/self-service/login/flows"
	submitPath   = "/self-service/login"
	whoamiPath   = "/sessions/whoami"
	exchangePath = "/sessions/token-exchange"
	logoutPath   = "/self-service/logout/api"
	leavePath    = "/self-service/logout/browser"
	sessionsPath = "/sessions"
	readyPath    = "/health/ready"

	registrationPath = "/self-service/registration/browser"
)

const (
	typeJSON = "application/json"
	typeForm = "application/x-www-form-urlencoded"
	typeHTML = "text/html"
)

// unknownID is the id of no flow on any server.
const unknownID = "11111111-2222-4333-8444-555555555555"

// request is a request of a scenario.
type request struct {
	method, target string // the target is the path below the base URL, and the query
	header         http.Header
	body           []byte
}

// With changes a request before it is sent.
type With func(*request)

// Header sets a header, and removes it if the value is empty.
func Header(name, value string) With {
	return func(r *request) {
		if value == "" {
			r.header.Del(name)
			return
		}
		r.header.Set(name, value)
	}
}

// Token adds a session token in X-Session-Token.
func Token(token string) With { return Header("X-Session-Token", token) }

// Bearer adds a session token as a bearer token.
func Bearer(token string) With { return Header("Authorization", "Bearer "+token) }

// Accept sets the accepted media types.
func Accept(types string) With { return Header("Accept", types) }

// NoAccept removes the Accept header.
func NoAccept() With { return Header("Accept", "") }

// ContentType sets the media type of the body.
func ContentType(mediaType string) With { return Header("Content-Type", mediaType) }

// Fields are the members of a submission.
type Fields map[string]any

// with returns the fields with another value for one of them.
func (f Fields) with(name string, value any) Fields {
	changed := maps.Clone(f)
	changed[name] = value
	return changed
}

// without returns the fields without one of them.
func (f Fields) without(name string) Fields {
	changed := maps.Clone(f)
	delete(changed, name)
	return changed
}

// form encodes the fields as a browser does.
func (f Fields) form() []byte {
	values := url.Values{}
	for name, value := range f {
		values.Set(name, fmt.Sprint(value))
	}
	return []byte(values.Encode())
}

// CreateNativeFlow starts a native flow. It adds the line of the answer.
func (r *Run) CreateNativeFlow(query string, with ...With) Answer {
	return r.show(r.get(nativePath, query, with))
}

// GetFlow fetches a flow. It adds the line of the answer.
func (r *Run) GetFlow(id string, with ...With) Answer {
	return r.show(r.get(flowsPath, "id="+id, with))
}

// SubmitJSON submits fields to a flow as JSON. It adds the line of the answer.
func (r *Run) SubmitJSON(flow Flow, fields Fields, with ...With) Answer {
	return r.Send(http.MethodPost, submitPath+"?flow="+flow.ID, fields, with...)
}

// SubmitForm submits fields to a flow as a form. It adds the line of the answer.
func (r *Run) SubmitForm(flow Flow, fields Fields, with ...With) Answer {
	return r.Send(http.MethodPost, submitPath+"?flow="+flow.ID, fields.form(), append([]With{ContentType(typeForm)}, with...)...)
}

// Whoami asks for the session. It adds the line of the answer.
func (r *Run) Whoami(with ...With) Answer {
	return r.show(r.get(whoamiPath, "", with))
}

// ListSessions asks for the other sessions. It adds the line of the answer.
func (r *Run) ListSessions(query string, with ...With) Answer {
	return r.show(r.get(sessionsPath, query, with))
}

// EndSession revokes another session. It adds the line of the answer.
func (r *Run) EndSession(id string, with ...With) Answer {
	return r.Send(http.MethodDelete, sessionsPath+"/"+id, nil, with...)
}

// EndSessions revokes all other sessions. It adds the line of the answer.
func (r *Run) EndSessions(with ...With) Answer {
	return r.Send(http.MethodDelete, sessionsPath, nil, with...)
}

// Logout revokes the session of a token. It adds the line of the answer.
func (r *Run) Logout(token string, with ...With) Answer {
	return r.Send(http.MethodDelete, logoutPath, Fields{"session_token": token}, with...)
}

// Exchange asks for the session of a login in a browser. It adds the line of the answer.
func (r *Run) Exchange(query string, with ...With) Answer {
	return r.show(r.get(exchangePath, query, with))
}

// Send sends any request. It adds the line of the answer. A body that is not text is sent as
// JSON.
func (r *Run) Send(method, target string, body any, with ...With) Answer {
	return r.show(r.ask(nil, method, target, body, with))
}

// show adds the line of an answer to the native client.
func (r *Run) show(answer Answer) Answer {
	r.observe(answer.describe(r.target) + arrow(r.outcome(answer)))
	return answer
}

func arrow(outcome string) string {
	if outcome == "" {
		return ""
	}
	return " → " + outcome
}

// get sends a GET request of the native client.
func (r *Run) get(path, query string, with []With) Answer {
	return r.ask(nil, http.MethodGet, withQuery(path, query), nil, with)
}

// submit submits fields to a flow. It adds no line.
func (r *Run) submit(flow Flow, fields Fields, with ...With) Answer {
	return r.ask(nil, http.MethodPost, submitPath+"?flow="+flow.ID, fields, with)
}

// ask sends any request, with the browser's cookies if there is a browser. It adds no line.
func (r *Run) ask(browser *Browser, method, target string, body any, with []With) Answer {
	return r.send(browser, r.request(method, target, body, with))
}

func withQuery(path, query string) string {
	if query == "" {
		return path
	}
	return path + "?" + query
}

// request returns a request that accepts JSON.
func (r *Run) request(method, target string, body any, with []With) request {
	req := request{method: method, target: target, header: http.Header{"Accept": {typeJSON}}}
	switch body := body.(type) {
	case nil:
	case []byte:
		req.body = body
	case string:
		req.body = []byte(body)
	default:
		encoded, err := json.Marshal(body)
		r.must(err, "encode a body")
		req.body = encoded
	}
	if method != http.MethodGet && method != http.MethodHead {
		req.header.Set("Content-Type", typeJSON)
	}
	for _, change := range with {
		change(&req)
	}
	return req
}

// send sends a request, with the browser's cookies if there is a browser. It checks the
// exchange against openapi.yaml.
func (r *Run) send(browser *Browser, req request) Answer {
	if browser != nil && len(browser.cookies) > 0 && req.header.Get("Cookie") == "" {
		req.header.Set("Cookie", browser.header())
	}
	httpRequest, err := http.NewRequestWithContext(r.ctx, req.method, r.target.PublicURL+req.target, bytes.NewReader(req.body))
	r.must(err, "make a request")
	httpRequest.Header = req.header.Clone()
	client := http.Client{
		Transport:     r.target.Transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(httpRequest)
	r.must(err, "send a request")
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	r.must(err, "read an answer")
	answer := Answer{run: r, request: req, status: response.StatusCode, header: response.Header, body: body, cookies: response.Cookies()}
	answer.decode()
	if browser != nil {
		browser.take(answer.cookies)
	}
	r.hold(answer.exchange())
	r.noteFlow(httpRequest.URL, answer.status)
	r.noteSession(answer.object.object("session"))
	return answer
}

// exchange returns the answer and its request in the form that package contract checks.
func (a *Answer) exchange() contract.Exchange {
	return contract.Exchange{
		Method: a.request.method, Target: a.request.target, RequestHeader: a.request.header, RequestBody: a.request.body,
		Status: a.status, Header: a.header, Body: a.body,
	}
}

// hold checks an exchange against openapi.yaml and keeps the first problem.
func (r *Run) hold(exchange contract.Exchange) {
	r.noteOwed(&Answer{header: exchange.Header, body: exchange.Body})
	verdict := r.target.Contract.Check(r.ctx, exchange)
	path, _, _ := strings.Cut(exchange.Target, "?")
	if verdict.Request != nil && r.brokenRequest == nil {
		r.brokenRequest = fmt.Errorf("%s %s: %w", exchange.Method, path, verdict.Request)
	}
	if verdict.Answer != nil && r.brokenAnswer == nil {
		r.brokenAnswer = fmt.Errorf("%s %s: %w", exchange.Method, path, verdict.Answer)
	}
}

// Flow starts a native flow. It adds no line.
func (r *Run) Flow(with ...With) Flow { return r.FlowFor("", with...) }

// FlowFor is Flow with a query, such as aal=aal2.
func (r *Run) FlowFor(query string, with ...With) Flow {
	return r.get(nativePath, query, with).Flow()
}

// ExpiredFlow is FlowFor for a flow that has expired.
func (r *Run) ExpiredFlow(query string, with ...With) Flow {
	return r.expire(func() Flow { return r.FlowFor(query, with...) })
}

// expire creates a flow with create and returns the flow when it has expired.
func (r *Run) expire(create func() Flow) Flow {
	flow, err := r.target.Admin.ExpiredFlow(r.ctx, create)
	r.must(err, "let a flow expire")
	r.expired[flow.ID] = true
	return flow
}

// LogIn logs an identity in with its password and returns the token. It adds no line.
func (r *Run) LogIn(identity Identity) string { return r.login(identity).Token() }

func (r *Run) login(identity Identity) Answer {
	answer := r.submit(r.Flow(), password(identity))
	if answer.status != http.StatusOK {
		r.must(errors.New(answer.describe(r.target)), "log in")
	}
	return answer
}

// password returns the fields that log an identity in. The identifier is there under both of
// its names: v0.8 knows only password_identifier.
func password(identity Identity) Fields {
	return Fields{
		"method": "password", "identifier": identity.Email, "password_identifier": identity.Email,
		"password": identity.Password,
	}
}

// wrongPassword returns the fields with a wrong password.
func wrongPassword(identity Identity) Fields {
	return password(identity).with("password", "a wild guess")
}

// ReturnTo returns the query for the target's ReturnTo.
func (r *Run) ReturnTo() string {
	if r.target.ReturnTo == "" {
		r.must(fmt.Errorf("%w: it allows no return_to", ErrUnable), "choose a return_to")
	}
	return "return_to=" + url.QueryEscape(r.target.ReturnTo)
}
