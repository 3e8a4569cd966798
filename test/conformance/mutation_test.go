package conformance_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/conformance"
	"github.com/orylogin/orylogin/test/kratostest"
)

// mutation is a mistake that a server could make in its answers with one status.
type mutation struct {
	mistake  string
	scenario string
	release  kratostest.Release
	status   int
	make     func(*answer)
}

// answer is an answer that a mutation changes.
type answer struct {
	*http.Response
	body map[string]any
}

// object returns the object in the body at the path of keys.
func (a *answer) object(keys ...string) map[string]any {
	object := a.body
	for _, key := range keys {
		object, _ = object[key].(map[string]any)
	}
	return object
}

// identity returns the identity of the session.
func (a *answer) identity() map[string]any {
	if session := a.object("session"); session != nil {
		return a.object("session", "identity")
	}
	return a.object("identity")
}

// addresses returns the addresses of the identity.
func (a *answer) addresses() []map[string]any {
	var addresses []map[string]any
	list, _ := a.identity()["verifiable_addresses"].([]any)
	for _, each := range list {
		address, _ := each.(map[string]any)
		addresses = append(addresses, address)
	}
	return addresses
}

// message returns the first message of a flow.
func (a *answer) message() map[string]any {
	messages, _ := a.object("ui")["messages"].([]any)
	message, _ := messages[0].(map[string]any)
	return message
}

var mutations = []mutation{
	{"another status", "password/wrong", kratostest.V1_3, 400, func(a *answer) { a.StatusCode = 422 }},
	{"another message", "password/wrong", kratostest.V1_3, 400, func(a *answer) { a.message()["id"] = 4000007 }},
	{"no message", "password/wrong", kratostest.V1_3, 400, func(a *answer) { a.object("ui")["messages"] = []any{} }},
	{"another text of the message", "header/origin", kratostest.V1_3, 400, func(a *answer) { a.message()["text"] = "no" }},
	{"a flow of another type", "create/native", kratostest.V1_3, 200, func(a *answer) { a.body["type"] = "browser" }},
	{"no nodes", "create/native", kratostest.V1_3, 200, func(a *answer) { a.object("ui")["nodes"] = nil }},
	{"no state", "create/native", kratostest.V1_3, 200, func(a *answer) { delete(a.body, "state") }},
	{"a state too early", "create/native", kratostest.V0_8, 200, func(a *answer) { a.body["state"] = "choose_method" }},
	{"another state", "code/right", kratostest.V1_3, 400, func(a *answer) { a.body["state"] = "choose_method" }},
	{"a flow that is not for a second factor", "create/native aal2", kratostest.V1_3, 200, func(a *answer) {
		a.body["requested_aal"] = "aal1"
	}},
	{"another error", "create/native aal2 without a session", kratostest.V1_3, 401, func(a *answer) {
		a.object("error")["id"] = "session_aal2_required"
	}},
	{"another code of the error", "session/none", kratostest.V1_3, 401, func(a *answer) { a.object("error")["code"] = 400 }},
	{"no text of the error", "session/none", kratostest.V1_3, 401, func(a *answer) { delete(a.object("error"), "message") }},
	{"no details of the error", "state/disabled", kratostest.V1_3, 401, func(a *answer) { delete(a.object("error"), "details") }},
	{"no key beside the error", "expiry/native flow", kratostest.V1_3, 410, func(a *answer) { delete(a.body, "expired_at") }},
	{"no replacement", "expiry/native flow", kratostest.V1_3, 410, func(a *answer) { a.body["use_flow_id"] = "" }},
	{"no header with the error's id", "session/none", kratostest.V25_4, 401, func(a *answer) { a.Header.Del("Ory-Error-Id") }},
	{"another error's id in the header", "create/native aal2 without a session", kratostest.V25_4, 401, func(a *answer) {
		a.Header.Set("Ory-Error-Id", "session_inactive")
	}},
	{"a header too early", "session/none", kratostest.V1_3, 401, func(a *answer) { a.Header.Set("Ory-Error-Id", "") }},
	{"another content type", "session/none", kratostest.V1_3, 401, func(a *answer) {
		a.Header.Set("Content-Type", "application/json; charset=utf-8")
	}},
	{"no token", "password/right", kratostest.V1_3, 200, func(a *answer) { delete(a.body, "session_token") }},
	{"no continue_with", "password/right", kratostest.V1_3, 200, func(a *answer) { delete(a.body, "continue_with") }},
	{"another assurance level", "password/right", kratostest.V1_3, 200, func(a *answer) {
		if a.body["session"] != nil {
			a.object("session")["authenticator_assurance_level"] = "aal2"
		}
	}},
	{"an identity that is not verified yet", "factor/owed, native", kratostest.V1_3, 200, func(a *answer) {
		if a.body["session"] != nil {
			a.object("session")["identity"] = map[string]any{"id": "i", "schema_id": "s", "schema_url": "u", "traits": nil}
		}
	}},
	{"no traits", "identity/user name", kratostest.V1_3, 200, func(a *answer) { delete(a.identity(), "traits") }},
	{"no metadata", "identity/metadata", kratostest.V1_3, 200, func(a *answer) { delete(a.identity(), "metadata_public") }},
	{"an address that is verified", "identity/not verified", kratostest.V1_3, 200, func(a *answer) {
		for _, each := range a.addresses() {
			each["verified"] = true
		}
	}},
	{"another page after a provider", "callback/form", kratostest.V1_3, 303, func(a *answer) {
		if a.Request.URL.Path != "/self-service/login" {
			a.Header.Set("Location", "http://127.0.0.1:4455/login?flow=x")
		}
	}},
	{"no cookie", "create/script", kratostest.V1_3, 200, func(a *answer) { a.Header.Del("Set-Cookie") }},
	{"a cookie too many", "create/native", kratostest.V1_3, 200, func(a *answer) {
		a.Header.Add("Set-Cookie", "csrf_token_x=y; Path=/; HttpOnly; SameSite=Lax")
	}},
	{"a cookie that scripts can read", "create/script", kratostest.V1_3, 200, func(a *answer) {
		a.Header.Set("Set-Cookie", strings.Replace(a.Header.Get("Set-Cookie"), "HttpOnly", "", 1))
	}},
	{"another page", "form/wrong password", kratostest.V1_3, 303, func(a *answer) {
		a.Header.Set("Location", strings.Replace(a.Header.Get("Location"), "/login?", "/error?", 1))
	}},
	{"no parameter of the page", "form/wrong password", kratostest.V1_3, 303, func(a *answer) {
		a.Header.Set("Location", "http://127.0.0.1:4455/login")
	}},
	{"another host", "form/right", kratostest.V1_3, 303, func(a *answer) { a.Header.Set("Location", "http://127.0.0.1:4456/") }},
}

// mutant is a transport that makes the mistake in its answers.
type mutant struct {
	mutation
	made bool
}

func (m *mutant) RoundTrip(request *http.Request) (*http.Response, error) {
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil || response.StatusCode != m.status {
		return response, err
	}
	content, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	changed := &answer{Response: response}
	_ = json.Unmarshal(content, &changed.body) // an answer may have no body
	m.make(changed)
	if changed.body != nil {
		if content, err = json.Marshal(changed.body); err != nil {
			return nil, err
		}
	}
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(content)), int64(len(content))
	m.made = true
	return response, nil
}

// TestMistakesAreSeen makes one mistake at a time. It requires that the scenario then fails,
// and that it passes without the mistake.
func TestMistakesAreSeen(t *testing.T) {
	t.Parallel()
	scenarios := map[string]conformance.Scenario{}
	for _, scenario := range conformance.Scenarios() {
		scenarios[scenario.Name] = scenario
	}
	for _, mutation := range mutations {
		t.Run(mutation.mistake, func(t *testing.T) {
			t.Parallel()
			require.Contains(t, scenarios, mutation.scenario)
			scenario := scenarios[mutation.scenario]
			target := fake(t, mutation.release, scenario.Needs)
			right := conformance.RunAll(t.Context(), target, []conformance.Scenario{scenario})[0]
			require.Equal(t, conformance.Passed, right.Verdict, right)

			transport := &mutant{mutation: mutation}
			target.Transport = transport
			wrong := conformance.RunAll(t.Context(), target, []conformance.Scenario{scenario})[0]
			require.True(t, transport.made, "there was no answer to change")
			require.Equal(t, conformance.Failed, wrong.Verdict, wrong)
			require.NotEqual(t, wrong.Want, wrong.Got, "the lines show the mistake")
		})
	}
}
