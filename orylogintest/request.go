package orylogintest

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Request is a request that the server got. It is safe for concurrent use.
//
// A Request prints and logs without secrets. It shows the names of its fields, parameters and
// headers, and the values of those that are known to be harmless, such as method and
// identifier. All other values are [redacted].
type Request struct {
	Operation Operation
	Method    string
	Path      string

	query  func() url.Values // functions, because nothing can print what they return
	header func() http.Header
	body   func() []byte
}

// Query returns a parameter of the request's URL.
func (r Request) Query(name string) string { return r.query().Get(name) }

// Header returns a header of the request.
func (r Request) Header(name string) string { return r.header().Get(name) }

// Field returns a field of the request's body, a form or JSON. A value that is not a text is
// returned as JSON.
func (r Request) Field(name string) string { return r.fields()[name] }

func (r Request) fields() map[string]string {
	fields := map[string]string{}
	for name, member := range r.members() {
		fields[name] = string(member)
	}
	for name, values := range r.texts() {
		fields[name] = values[0]
	}
	return fields
}

// texts are the fields of the body that are texts. All fields of a form are.
func (r Request) texts() url.Values {
	mediaType, _, _ := mime.ParseMediaType(r.Header("Content-Type"))
	if mediaType == "application/x-www-form-urlencoded" {
		values, _ := url.ParseQuery(string(r.body()))
		return values
	}
	texts := url.Values{}
	for name, member := range r.members() {
		var text string
		if json.Unmarshal(member, &text) == nil {
			texts.Set(name, text)
		}
	}
	return texts
}

// members are the fields of a JSON body.
func (r Request) members() map[string]json.RawMessage {
	var members map[string]json.RawMessage
	_ = json.Unmarshal(r.body(), &members) // a body that is not JSON has no fields
	return members
}

// telling are the names whose values a failed test shows, because they are no secrets.
var telling = []string{
	"method", "identifier", "password_identifier", "provider", "resend", "address", "client_key_id",
	"aal", "refresh", "prompt", "flow", "id", "return_to", "via", "organization", "identity_schema", "tokenize_as",
	"login_challenge", "return_session_token_exchange_code",
	"Accept", "Content-Type", "User-Agent",
}

// Format prints the request without its secrets, for every verb of package fmt.
func (r Request) Format(s fmt.State, _ rune) {
	_, _ = io.WriteString(s, r.print("query", "header", "body"))
}

// inShort prints the request without its header.
func (r Request) inShort() string { return r.print("query", "body") }

// print prints the named parts of the request.
func (r Request) print(parts ...string) string {
	words := []string{oneLine(r.Method), oneLine(r.Path)}
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
		if len(part.values) > 0 && slices.Contains(parts, part.name) {
			words = append(words, part.name+"{"+redact(part.values)+"}")
		}
	}
	return strings.Join(words, " ")
}

func redact(values map[string]string) string {
	var shown []string
	for name, value := range values {
		if !slices.Contains(telling, name) {
			value = "[redacted]"
		}
		shown = append(shown, oneLine(name)+": "+oneLine(value))
	}
	slices.Sort(shown)
	return strings.Join(shown, ", ")
}

// oneLine cuts a long text. It quotes a text with unprintable characters as Go does.
func oneLine(text string) string {
	const enough = 100
	if len(text) > enough {
		text = strings.ToValidUTF8(text[:enough], "") + "…"
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		text = strconv.Quote(text)
	}
	return text
}

// record keeps a request and returns the handler that replaces its operation, or nil.
func (s *Server) record(operation Operation, r *http.Request, body []byte) (*exchange, http.Handler) {
	query, header := r.URL.Query(), r.Header.Clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	request := Request{
		Operation: operation, Method: r.Method, Path: r.URL.Path,
		query:  func() url.Values { return query },
		header: func() http.Header { return header },
		body:   func() []byte { return body },
	}
	s.requests = append(s.requests, request)
	if s.down {
		return s.hear(request), cut
	}
	return s.hear(request), s.replaced[operation]
}

// Requests returns the requests of an operation so far, the oldest first. An unknown
// operation fails the test.
func (s *Server) Requests(operation Operation) []Request {
	s.tb.Helper()
	s.mustKnow(operation)
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.requests), func(r Request) bool { return r.Operation != operation })
}

// ExpectCalls fails the test unless an operation was called this many times. The test
// continues, and its message shows the calls. An unknown operation ends the test.
func (s *Server) ExpectCalls(operation Operation, times int) {
	s.tb.Helper()
	calls := s.Requests(operation)
	if len(calls) == times {
		return
	}
	var list strings.Builder
	for _, each := range calls {
		fmt.Fprintf(&list, "\n  %v", each)
	}
	s.tb.Errorf("orylogintest: calls of %s: %d instead of %d%s", operation, len(calls), times, &list)
}
