package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Answer is an answer of the server.
type Answer struct {
	run     *Run
	request request

	status  int
	header  http.Header
	cookies []*http.Cookie
	body    []byte
	object  object   // the body, if it is a JSON object
	list    []object // the body, if it is a list of objects
}

// object is a JSON object.
type object map[string]any

func (o object) object(key string) object { value, _ := o[key].(map[string]any); return value }
func (o object) list(key string) []any    { value, _ := o[key].([]any); return value }
func (o object) text(key string) string   { value, _ := o[key].(string); return value }
func (o object) number(key string) int64  { value, _ := o[key].(float64); return int64(value) }

// objects returns the objects of a list.
func (o object) objects(key string) []object {
	var objects []object
	for _, each := range o.list(key) {
		if value, ok := each.(map[string]any); ok {
			objects = append(objects, value)
		}
	}
	return objects
}

func (a *Answer) decode() {
	decoder := json.NewDecoder(bytes.NewReader(a.body))
	if decoder.Decode(&a.object) != nil {
		a.object = nil
	}
	if json.Unmarshal(a.body, &a.list) != nil {
		a.list = nil
	}
}

// path returns the path of the answer's request.
func (a *Answer) path() string { path, _, _ := strings.Cut(a.request.target, "?"); return path }

// Flow is the part of a login flow that scenarios need.
type Flow struct {
	ID           string
	CSRF         string // the CSRF token of a browser flow
	ExchangeCode string
}

// protect adds the CSRF token to the fields.
func (f Flow) protect(fields Fields) Fields {
	if f.CSRF == "" || fields["csrf_token"] != nil {
		return fields
	}
	return fields.with("csrf_token", f.CSRF)
}

// Flow returns the flow in an answer. An answer without a flow ends the scenario.
func (a Answer) Flow() Flow {
	if a.object["ui"] == nil {
		a.missing("a flow")
	}
	flow := Flow{ID: a.object.text("id"), ExchangeCode: a.object.text("session_token_exchange_code")}
	for _, node := range a.object.object("ui").objects("nodes") {
		if attributes := node.object("attributes"); attributes.text("name") == "csrf_token" {
			flow.CSRF = attributes.text("value")
		}
	}
	return flow
}

// FlowID returns the flow's id in the URL of a redirect.
func (a Answer) FlowID() string {
	location, err := url.Parse(a.header.Get("Location"))
	if err != nil || location.Query().Get("flow") == "" {
		a.missing("the id of a flow")
	}
	return location.Query().Get("flow")
}

// Replacement returns the id of the flow that replaces an expired one.
func (a Answer) Replacement() string {
	if a.object.text("use_flow_id") == "" {
		a.missing("the id of a replacement")
	}
	return a.object.text("use_flow_id")
}

// Token returns the session token in an answer. An answer without a token ends the scenario.
func (a Answer) Token() string {
	if a.object.text("session_token") == "" {
		a.missing("a session token")
	}
	return a.object.text("session_token")
}

// Session returns the id of the session in a login. An answer that is no login ends the
// scenario.
func (a Answer) Session() string {
	id := a.object.object("session").text("id")
	if id == "" {
		a.missing("a session")
	}
	return id
}

// IDs returns the ids of the sessions that an answer lists.
func (a Answer) IDs() []string {
	var ids []string
	for _, session := range a.list {
		ids = append(ids, session.text("id"))
	}
	return ids
}

// isShort reports whether a flow or a session lives only for seconds.
func (a Answer) isShort(of object) bool {
	issued, err := time.Parse(time.RFC3339Nano, of.text("issued_at"))
	a.run.must(err, "read when it was issued")
	expires, err := time.Parse(time.RFC3339Nano, of.text("expires_at"))
	a.run.must(err, "read when it expires")
	return expires.Sub(issued) < 10*time.Second
}

// missing ends the scenario, since the answer lacks something.
func (a Answer) missing(what string) {
	a.run.must(errors.New(a.describe(a.run.target)), "look for "+what+" in the answer")
}
