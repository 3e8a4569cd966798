package orylogintest

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Request is a request that the server got. Printed or logged, it shows no secret:
// of what came along only the names, and the values that say what was asked for.
type Request struct {
	Operation Operation
	Method    string
	Path      string

	query  func() url.Values // functions, so that nothing can print what they return
	header func() http.Header
	body   func() []byte
}

// Query returns a parameter of the request's URL.
func (r Request) Query(name string) string { return r.query().Get(name) }

// Header returns a header of the request.
func (r Request) Header(name string) string { return r.header().Get(name) }

// Field returns a field of the request's body, a form or JSON. What is no text is
// returned as JSON.
func (r Request) Field(name string) string { return r.fields()[name] }

func (r Request) fields() map[string]string {
	fields := map[string]string{}
	mediaType, _, _ := mime.ParseMediaType(r.Header("Content-Type"))
	if mediaType == "application/x-www-form-urlencoded" {
		values, _ := url.ParseQuery(string(r.body()))
		for name := range values {
			fields[name] = values.Get(name)
		}
		return fields
	}
	var members map[string]json.RawMessage
	_ = json.Unmarshal(r.body(), &members) // no JSON has no fields
	for name, member := range members {
		var text string
		if json.Unmarshal(member, &text) != nil {
			text = string(member)
		}
		fields[name] = text
	}
	return fields
}

// telling are the names of what a failed test wants to see and nobody must hide.
var telling = []string{
	"method", "identifier", "password_identifier", "provider", "resend", "address",
	"aal", "refresh", "flow", "id", "return_to", "via", "organization",
	"Accept", "Content-Type", "User-Agent",
}

// Format prints the request without its secrets, whatever the verb.
func (r Request) Format(s fmt.State, _ rune) {
	_, _ = fmt.Fprintf(s, "%s %s", r.Method, r.Path)
	query, header := map[string]string{}, map[string]string{}
	for name := range r.query() {
		query[name] = r.Query(name)
	}
	for name := range r.header() {
		header[name] = r.Header(name)
	}
	for _, part := range []struct {
		name   string
		values map[string]string
	}{{"query", query}, {"header", header}, {"body", r.fields()}} {
		if len(part.values) > 0 {
			_, _ = fmt.Fprintf(s, " %s{%s}", part.name, redact(part.values))
		}
	}
}

func redact(values map[string]string) string {
	var shown []string
	for name, value := range values {
		if !slices.Contains(telling, name) {
			value = "[redacted]"
		}
		shown = append(shown, name+": "+value)
	}
	slices.Sort(shown)
	return strings.Join(shown, ", ")
}

// record keeps a request, and returns the handler that replaces its operation.
func (s *Server) record(operation Operation, r *http.Request, body []byte) http.Handler {
	query, header := r.URL.Query(), r.Header.Clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, Request{
		Operation: operation, Method: r.Method, Path: r.URL.Path,
		query:  func() url.Values { return query },
		header: func() http.Header { return header },
		body:   func() []byte { return body },
	})
	return s.replaced[operation]
}

// Requests returns the requests of an operation so far, the oldest first.
func (s *Server) Requests(operation Operation) []Request {
	s.tb.Helper()
	s.mustKnow(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r Request) bool { return r.Operation != operation })
}

// ExpectCalls fails the test, and goes on, unless an operation has been called as
// often as this. It shows what the calls were.
func (s *Server) ExpectCalls(operation Operation, times int) {
	s.tb.Helper()
	calls := s.Requests(operation)
	if len(calls) == times {
		return
	}
	var list strings.Builder
	for _, call := range calls {
		fmt.Fprintf(&list, "\n  %v", call)
	}
	s.tb.Errorf("orylogintest: calls of %s: %d instead of %d%s", operation, len(calls), times, &list)
}
