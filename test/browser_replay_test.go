package test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/browser"
)

// browsed are the operations of browsers, by what is recorded of them, and how a
// visit is brought to take such a step.
var browsed = map[string]func(*testing.T, *browser.Visit, step) (any, error){
	"GET /self-service/login/browser": func(t *testing.T, v *browser.Visit, _ step) (any, error) {
		t.Helper()
		flow, err := v.CreateFlow(t.Context(), browser.FlowOptions{})
		return nativeFlow(flow), err
	},
	"GET /self-service/login/flows": func(t *testing.T, v *browser.Visit, _ step) (any, error) {
		t.Helper()
		flow, err := v.GetFlow(t.Context(), unknown)
		return nativeFlow(flow), err
	},
	"POST /self-service/login": func(t *testing.T, v *browser.Visit, s step) (any, error) {
		t.Helper()
		if s.Status/100 == 3 {
			return pointer(v.SubmitForm(t.Context(), s.flowID(), s.form(t)))
		}
		flow := &browser.Flow{}
		flow.ID = s.flowID()
		return pointer(v.Submit(t.Context(), flow, asAda))
	},
	"GET /sessions/whoami": func(t *testing.T, v *browser.Visit, _ step) (any, error) {
		t.Helper()
		return pointer(v.Whoami(t.Context()))
	},
	"GET /self-service/logout/browser": func(t *testing.T, v *browser.Visit, _ step) (any, error) {
		t.Helper()
		return nil, v.Logout(t.Context())
	},
	"GET /self-service/errors": func(t *testing.T, v *browser.Visit, _ step) (any, error) {
		t.Helper()
		return pointer(v.GetError(t.Context(), unknown))
	},
}

func nativeFlow(flow *browser.Flow) any {
	if flow == nil {
		return nil
	}
	return &flow.Flow
}

// TestBrowserReplay serves every recorded answer that a browser got to package
// browser, and compares what it makes of it with what the rules below read in the
// recording.
func TestBrowserReplay(t *testing.T) {
	t.Parallel()
	counts := map[string]map[string]int{}
	lines, byHand := 0, 0
	for _, release := range releases {
		counts[release] = map[string]int{}
		steps := recordings(t, release)
		types := flowTypes(steps)
		for i, recorded := range steps {
			call, ok := browsed[recorded.Method+" "+recorded.path()]
			if !ok || !recorded.ofBrowser(types) {
				continue
			}
			kratos := &replay{t: t, submitted: recorded, later: steps[i+1:]}
			want := kratos.expected()
			server := httptest.NewServer(kratos)
			clients, err := browser.New(newClient(t, server.URL))
			require.NoError(t, err)
			visit := clients.Visit(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
			value, err := call(t, visit, recorded)
			server.Close()
			want.Target = strings.Replace(want.Target, "SERVER", server.URL, 1)
			require.Equal(t, want, actualOfVisit(t, value, err), "%s\n%v", recorded, err)

			recorder := httptest.NewRecorder()
			visit.WriteCookies(recorder)
			require.Equal(t, kratos.set, recorder.Header().Values("Set-Cookie"), recorded)
			lines, byHand = lines+len(kratos.set), byHand+kratos.byHand
			kind := want.Kind
			if recorded.redirectedForm() {
				kind = "form: " + kind
			}
			counts[release][kind]++
		}
	}
	require.Equal(t, map[string]map[string]int{
		"v0.10.1": {
			"success": 139, "validation": 8, "second factor": 7, "verification": 1, "expired": 3,
			"location change": 3, "redirect": 33, "error": 39,
			"form: success": 5, "form: validation": 3, "form: second factor": 2, "form: verification": 1,
			"form: expired": 1, "form: location change": 1, "form: redirect": 1, "form: error": 12,
		},
		"v26.2.0": {
			"success": 152, "validation": 8, "next step": 1, "second factor": 7, "verification": 1, "expired": 3,
			"location change": 4, "redirect": 41, "error": 42,
			"form: success": 8, "form: validation": 4, "form: next step": 2, "form: second factor": 2,
			"form: verification": 1, "form: expired": 1, "form: location change": 2, "form: redirect": 1, "form: error": 12,
		},
	}, counts)
	require.Equal(t, []int{411, 18}, []int{lines, byHand}, "cookies, answers made by hand")
}

// flowTypes returns the type of each flow that is recorded, by its id.
func flowTypes(steps []step) map[string]string {
	types := map[string]string{}
	for _, recorded := range steps {
		var body object
		if json.Unmarshal(recorded.Body, &body) == nil && body["ui"] != nil {
			types[body.text("id")] = body.text("type")
		}
	}
	return types
}

// ofBrowser tells the answers that browsers got from those of native clients. What
// only browsers ask for is theirs. Otherwise the type of the flow decides; where
// there is no known flow, a request is a browser's if it has a cookie or accepts
// HTML, if its scenario is one of browsers, or if it is redirected to a page.
func (s step) ofBrowser(types map[string]string) bool {
	switch {
	case s.Listener == "admin":
		return false // the admin API sends everybody away
	case s.path() == "/self-service/login/browser", s.path() == "/self-service/logout/browser", s.path() == "/self-service/errors":
		return true
	case types[s.flowID()] != "":
		return types[s.flowID()] == "browser"
	}
	return s.RequestHeaders["Cookie"] != "" || strings.Contains(s.RequestHeaders["Accept"], "text/html") ||
		strings.Contains(s.Scenario, "spa") || strings.Contains(s.Scenario, "html") || s.redirectedForm()
}

func (s step) redirectedForm() bool { return s.Method == http.MethodPost && s.Status/100 == 3 }

// flowID returns the flow that a step is about, or one that nobody knows.
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

// form returns the form that was sent, or one with a field if it was empty: the
// package does not send that.
func (s step) form(t *testing.T) url.Values {
	t.Helper()
	form, err := url.ParseQuery(s.RequestBody)
	require.NoError(t, err)
	if len(form) == 0 {
		form.Set("method", "password")
	}
	return form
}

// cookies returns the lines that set cookies.
func (s step) cookies() []string {
	var lines []string
	for _, header := range s.Headers {
		if strings.EqualFold(header[0], "Set-Cookie") {
			lines = append(lines, header[1])
		}
	}
	return lines
}

// replay gives a recorded answer, and to the requests after it what is recorded
// later in its scenario, or else an answer made by hand.
type replay struct {
	t         *testing.T
	submitted step
	later     []step
	set       []string // every line that has set a cookie
	byHand    int
}

func (r *replay) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	answer := r.submitted
	if request.Method != answer.Method || request.URL.Path != answer.path() {
		var recorded bool
		if answer, recorded = r.next(request.URL.Path, request.URL.Query().Get("id")); !recorded {
			r.byHand++
		}
	}
	r.set = append(r.set, answer.cookies()...)
	answer.ServeHTTP(w, request)
}

// next returns the answer to a request that follows, and whether it is recorded.
func (r *replay) next(path, id string) (step, bool) {
	for _, recorded := range r.later {
		if recorded.Scenario == r.submitted.Scenario && recorded.Method == http.MethodGet && recorded.path() == path &&
			(id == "" || strings.Contains(recorded.Target, "id="+id)) {
			return recorded, true
		}
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
	return step{Status: status, Headers: [][2]string{{"Content-Type", "application/json"}}, Body: json.RawMessage(body)}, false
}

// expected reads in the recording what the caller of a visit has to learn.
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
		v := verdict{Status: s.Status, Flow: body.text("id")}
		v.expectError(r.t, body, false, false)
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
		v.Kind = "second factor"
	}
	return v
}

// expectedBehind is expected for a form, which is always answered with a redirect.
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
		v.Status = int(record.object("error").number("code"))
		v.expectError(r.t, record, true, false)
		v.Status = s.Status
	case s.form(r.t).Has("provider"):
		v.Kind, v.Target = "location change", location
	default:
		v.Kind, v.Target = "redirect", location
	}
	return v
}

// actualOfVisit is what package browser says.
func actualOfVisit(t *testing.T, value any, err error) verdict {
	t.Helper()
	switch value := value.(type) {
	case *browser.Login:
		v := actual(t, value.Session, err)
		v.Target = value.RedirectTo
		for _, next := range value.ContinueWith {
			v.Next += next.Action + " "
		}
		return v
	case *browser.ErrorRecord:
		v := actual(t, nil, value.Err)
		v.Flow = value.ID
		return v
	}
	return actual(t, value, err)
}
