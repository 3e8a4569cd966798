package test

import (
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// browsed has for each operation of browsers the call with which a visit takes such a step. The
// flow is the one that the step is about.
var browsed = map[string]func(*testing.T, *orylogin.Visit, step, *orylogin.Flow) (any, error){
	"GET /self-service/login/browser": func(t *testing.T, v *orylogin.Visit, _ step, _ *orylogin.Flow) (any, error) {
		t.Helper()
		return pointer(v.CreateFlow(t.Context(), orylogin.FlowOptions{}))
	},
	"GET /self-service/login/flows": func(t *testing.T, v *orylogin.Visit, _ step, _ *orylogin.Flow) (any, error) {
		t.Helper()
		return pointer(v.GetFlow(t.Context(), unknown))
	},
	"POST /self-service/login": func(t *testing.T, v *orylogin.Visit, s step, flow *orylogin.Flow) (any, error) {
		t.Helper()
		if s.redirectedForm() {
			return pointer(v.SubmitForm(t.Context(), s.flowID(), s.form(t)))
		}
		return pointer(v.Submit(t.Context(), flow, asAda))
	},
	"GET /sessions/whoami": func(t *testing.T, v *orylogin.Visit, _ step, _ *orylogin.Flow) (any, error) {
		t.Helper()
		return pointer(v.Whoami(t.Context()))
	},
	"GET /self-service/logout/browser": func(t *testing.T, v *orylogin.Visit, _ step, _ *orylogin.Flow) (any, error) {
		t.Helper()
		return nil, v.Logout(t.Context())
	},
	"GET /self-service/errors": func(t *testing.T, v *orylogin.Visit, _ step, _ *orylogin.Flow) (any, error) {
		t.Helper()
		return pointer(v.GetError(t.Context(), unknown))
	},
}

// TestBrowserReplay gives every recorded answer of a browser to a Visit with the cookies of
// that browser. It compares the result with what the rules below read in the recording.
func TestBrowserReplay(t *testing.T) {
	t.Parallel()
	counts := map[string]map[string]int{}
	lines, byHand, before := 0, 0, 0
	for _, release := range releases {
		counts[release] = map[string]int{}
		for kratos := range browserReplays(t, release) {
			want := kratos.expected()
			answer := httptest.NewRecorder()
			value, err := kratos.visit(answer)
			want.Target = strings.Replace(want.Target, "SERVER", kratos.url, 1)
			want.Outcome = want.outcome()
			require.Equal(t, want, actualOfVisit(t, value, err), "%s\n%v", kratos.submitted, err)
			if want.Kind == "redirect" { // a redirect may lead to another server
				kratos.set = nil
			}
			require.Equal(t, kratos.set, answer.Header().Values("Set-Cookie"), kratos.submitted)
			lines, byHand, before = lines+len(kratos.set), byHand+kratos.byHand, before+kratos.before
			kind := want.Kind
			if kratos.submitted.redirectedForm() {
				kind = "form: " + kind
			} else {
				requireDocument(t, kratos.submitted.text(), value)
			}
			counts[release][kind]++
		}
	}
	require.Equal(t, map[string]map[string]int{
		"v0.10.1": {
			"success": 139, "validation": 6, "second factor": 7, "verification": 1, "expired": 3,
			"location change": 3, "redirect": 33, "error": 41,
			"form: success": 5, "form: validation": 3, "form: second factor": 2, "form: verification": 1,
			"form: expired": 1, "form: location change": 1, "form: error": 13,
		},
		"v26.2.0": {
			"success": 152, "validation": 6, "next step": 1, "second factor": 7, "verification": 1, "expired": 3,
			"location change": 4, "redirect": 41, "error": 44,
			"form: success": 8, "form: validation": 4, "form: next step": 2, "form: second factor": 2,
			"form: verification": 1, "form: expired": 1, "form: location change": 2, "form: error": 13,
		},
		"after-v26.2": {"success": 3, "redirect": 1, "error": 1, "form: error": 1},
	}, counts)
	require.Equal(t, []int{344, 34, 62}, []int{lines, byHand, before}, "cookies, answers made by hand, requests before")
}

// browserReplays returns the recorded answers of browsers. Each is given once.
func browserReplays(t *testing.T, release string) iter.Seq[*replay] {
	t.Helper()
	return func(yield func(*replay) bool) {
		steps := recordings(t, release)
		flows := flowsOf(steps)
		for i, recorded := range steps {
			_, ok := browsed[recorded.Method+" "+recorded.path()]
			if !ok || !recorded.ofBrowser(flows) {
				continue
			}
			kratos := &replay{t: t, submitted: recorded, later: steps[i+1:], flow: flows[recorded.flowID()]}
			if !yield(kratos) {
				return
			}
		}
	}
}

// visit takes the step with the recorded cookies.
func (r *replay) visit(w http.ResponseWriter) (any, error) {
	r.t.Helper()
	server := httptest.NewServer(r)
	defer server.Close()
	r.url = server.URL
	request := httptest.NewRequestWithContext(r.t.Context(), http.MethodGet, "/", nil)
	if cookies := r.submitted.RequestHeaders["Cookie"]; cookies != "" {
		request.Header.Set("Cookie", cookies)
	}
	flow := &orylogin.Flow{}
	flow.ID = r.submitted.flowID()
	if r.flow != nil {
		require.NoError(r.t, json.Unmarshal(r.flow, flow))
	}
	call := browsed[r.submitted.Method+" "+r.submitted.path()]
	return call(r.t, newClient(r.t, server.URL).Visit(w, request), r.submitted, flow)
}

// flowsOf returns each recorded flow by its id.
func flowsOf(steps []step) map[string]json.RawMessage {
	flows := map[string]json.RawMessage{}
	for _, recorded := range steps {
		var body object
		if json.Unmarshal(recorded.Body, &body) == nil && body["ui"] != nil {
			flows[body.text("id")] = recorded.Body
		}
	}
	return flows
}

// typeOf returns the type of a flow.
func typeOf(flow json.RawMessage) string {
	var body object
	_ = json.Unmarshal(flow, &body)
	return body.text("type")
}

// ofBrowser reports whether a browser got the answer, and not a native client. An operation
// that only browsers use decides it. Otherwise the type of the flow does. Without a known flow,
// the request is a browser's if it has a cookie, accepts HTML, belongs to a scenario of
// browsers, or is redirected to a page.
func (s step) ofBrowser(flows map[string]json.RawMessage) bool {
	switch {
	case s.Listener == "admin":
		return false // the admin API redirects everybody
	case s.path() == "/self-service/login/browser", s.path() == "/self-service/logout/browser", s.path() == "/self-service/errors":
		return true
	case flows[s.flowID()] != nil:
		return typeOf(flows[s.flowID()]) == "browser"
	}
	return s.RequestHeaders["Cookie"] != "" || strings.Contains(s.RequestHeaders["Accept"], "text/html") ||
		strings.Contains(s.Scenario, "spa") || strings.Contains(s.Scenario, "html") || s.redirectedForm()
}

func (s step) redirectedForm() bool { return s.Method == http.MethodPost && s.Status/100 == 3 }

// flowID returns the id of the flow that a step is about. If it is not known, it returns an
// unknown id.
func (s step) flowID() string {
	_, query, _ := strings.Cut(s.Target, "?")
	values, err := url.ParseQuery(query)
	switch {
	case err != nil:
	case s.path() == "/self-service/login/flows" && values.Get("id") != "":
		return values.Get("id")
	case values.Get("flow") != "":
		return values.Get("flow")
	}
	return unknown
}

// form returns the submitted form. An empty form becomes a form with one field, since the
// package does not send empty ones.
func (s step) form(t *testing.T) url.Values {
	t.Helper()
	form, err := url.ParseQuery(s.RequestBody)
	require.NoError(t, err)
	if len(form) == 0 {
		form.Set("method", "password")
	}
	return form
}

// cookies returns the Set-Cookie lines.
func (s step) cookies() []string {
	var lines []string
	for _, header := range s.Headers {
		if strings.EqualFold(header[0], "Set-Cookie") {
			lines = append(lines, header[1])
		}
	}
	return lines
}

// replay gives a recorded answer. It answers other requests with later steps of the same
// scenario, or with answers made by hand.
type replay struct {
	t         *testing.T
	submitted step
	later     []step
	flow      json.RawMessage // the flow of the step; nil if it is not recorded
	url       string
	answered  bool     // the recorded answer was given
	set       []string // all Set-Cookie lines so far
	byHand    int
	before    int // the number of requests before the recorded answer
}

func (r *replay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	answer, recorded := r.submitted, true
	switch {
	case !r.answered && request.Method == answer.Method && request.URL.Path == answer.path():
		r.answered = true
	case !r.answered && request.URL.Path == "/self-service/login/flows":
		answer, recorded = r.flowBefore()
	case request.URL.Path == "/sessions/whoami":
		answer, recorded = r.whoami()
	default:
		answer, recorded = r.next(request.URL.Path, request.URL.Query().Get("id"))
	}
	if !recorded {
		r.byHand++
	}
	if !r.answered {
		r.before++
	}
	r.set = append(r.set, answer.cookies()...)
	answer.ServeHTTP(w, request)
}

// flowBefore returns the step with the flow as it was before the recorded answer. A flow that
// is not recorded counts as expired.
func (r *replay) flowBefore() (step, bool) {
	if r.flow != nil {
		return step{Status: http.StatusOK, Headers: jsonHeader, Body: r.flow}, true
	}
	body := json.RawMessage(`{"error":{"id":"self_service_flow_expired","code":410}}`)
	return step{Status: http.StatusGone, Headers: jsonHeader, Body: body}, false
}

// whoami returns the session of the recorded answer, if it has one, as an answer of whoami.
func (r *replay) whoami() (step, bool) {
	var body struct {
		Session json.RawMessage `json:"session"`
	}
	if json.Unmarshal(r.submitted.Body, &body) == nil && body.Session != nil {
		return step{Status: http.StatusOK, Headers: jsonHeader, Body: body.Session}, true
	}
	return r.next("/sessions/whoami", "")
}

var jsonHeader = [][2]string{{"Content-Type", "application/json"}}

// next returns the answer to a later request, and whether the answer is recorded.
func (r *replay) next(path, id string) (step, bool) {
	for _, recorded := range r.later {
		if recorded.Scenario == r.submitted.Scenario && recorded.Method == http.MethodGet && recorded.path() == path &&
			(id == "" || strings.Contains(recorded.Target, "id="+id)) {
			return recorded, true
		}
	}
	if path == "/self-service/login/flows" && id == r.submitted.flowID() && r.flow != nil {
		return step{Status: http.StatusOK, Headers: jsonHeader, Body: r.flow}, true
	}
	status, body := http.StatusNotFound, `{"error":{"code":404,"message":"made by hand"}}`
	switch {
	case path == "/sessions/whoami" && strings.Contains(r.submitted.header("Location"), "aal=aal2"):
		status, body = http.StatusForbidden, `{"error":{"id":"session_aal2_required","code":403},"redirect_browser_to":"http://made.by/hand"}`
	case path == "/sessions/whoami":
		status, body = http.StatusOK, `{"id":"made by hand","active":true,"identity":{"id":"by hand, too"}}`
	case path == "/self-service/errors":
		status, body = http.StatusOK, `{"id":"`+id+`","error":{"code":500,"reason":"made by hand"}}`
	}
	return step{Status: status, Headers: jsonHeader, Body: json.RawMessage(body)}, false
}

// expected reads from the recording what the caller of a visit must learn.
func (r *replay) expected() verdict {
	r.t.Helper()
	s := r.submitted
	var body object
	if json.Unmarshal(s.Body, &body) != nil {
		body = nil
	}
	switch {
	case s.redirectedForm():
		return r.expectedBehind()
	case s.path() == "/self-service/errors" && body["error"] != nil && body["id"] != nil:
		v := verdict{Status: int(body.object("error").number("code")), Flow: body.text("id")}
		v.expectError(r.t, body, true, false) // the content of the error page counts as the answer
		return v
	case body["logout_token"] != nil:
		return verdict{Kind: "success"}
	case body["session"] != nil && body["session_token"] == nil:
		session := body.object("session")
		v := verdict{Kind: "success", Session: session.text("id"), Identity: session.object("identity").text("id")}
		if session["identity"] == nil {
			v.Kind, v.Status = "second factor", s.Status
		}
		for _, each := range body.list("continue_with") {
			next := object(each.(map[string]any))
			v.Next += next.text("action") + " "
			v.Target += next.text("redirect_browser_to")
		}
		return v
	}
	v := expected(r.t, s)
	if v.Kind == "location change" && strings.Contains(v.Target, "/self-service/login/browser?aal=aal2") {
		v.Kind, v.ID = "second factor", "" // the id is that of a location change
	}
	return v
}

// expectedBehind is expected for a form. A form is always answered with a redirect.
func (r *replay) expectedBehind() verdict {
	r.t.Helper()
	s := r.submitted
	location := s.header("Location")
	target, err := url.Parse(location)
	require.NoError(r.t, err)
	body := func(path, id string) object {
		answer, _ := r.next(path, id)
		var body object
		require.NoError(r.t, json.Unmarshal(answer.Body, &body), s)
		return body
	}
	v := verdict{Status: s.Status}
	flow, id := target.Query().Get("flow"), target.Query().Get("id")
	switch {
	case strings.Contains(strings.Join(s.cookies(), "\n"), "ory_kratos_session="):
		v.Target = location
		session := body("/sessions/whoami", "")
		if session["error"] != nil {
			v.Kind = "second factor"
		} else {
			v.Kind, v.Status, v.Session, v.Identity = "success", 0, session.text("id"), session.object("identity").text("id")
		}
	case target.Path == "/verification":
		v.Kind, v.Means, v.Verify = "verification", "session_verified_address_required", flow+" "
	case target.Path == "/login" && flow == s.flowID():
		v.expectFlow(body("/self-service/login/flows", flow), true)
	case target.Path == "/login":
		v.Kind, v.UseFlow = "expired", flow
	case target.Path == "/error":
		record := body("/self-service/errors", id)
		v.Status = int(record.object("error").number("code")) // the status of the failure
		v.expectError(r.t, record, true, false)
	case s.form(r.t).Has("provider"):
		v.Kind, v.Target = "location change", location
	case strings.Contains(s.RequestHeaders["Cookie"], "ory_kratos_session="):
		v.Kind, v.Means, v.Flow = "error", "session_already_available", s.flowID()
	default:
		v.Kind, v.Target = "redirect", location
	}
	return v
}

// actualOfVisit returns what a Visit says.
func actualOfVisit(t *testing.T, value any, err error) verdict {
	t.Helper()
	switch value := value.(type) {
	case *orylogin.Login:
		v := actual(t, value.Session, err)
		v.Target = value.RedirectTo
		for _, next := range value.ContinueWith {
			v.Next += next.Action + " "
		}
		return v
	case *orylogin.ErrorRecord:
		v := actual(t, nil, value.Err)
		v.Flow = value.ID
		return v
	}
	return actual(t, value, err)
}
