package orylogintest

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// remembered is the number of requests that a failed test shows. The other constant limits how
// much of an answer is read for that.
const (
	remembered   = 10
	rememberBody = 64 << 10
)

// exchange is a request and its answer.
type exchange struct {
	Request
	answer *recorder // nil while there is none
}

// hear keeps the request and drops older ones.
func (s *Server) hear(request Request) *exchange {
	heard := &exchange{Request: request}
	if len(s.talk) == remembered {
		s.talk = append(s.talk[:0], s.talk[1:]...)
	}
	s.talk = append(s.talk, heard)
	return heard
}

func (s *Server) answered(heard *exchange, answer *recorder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	heard.answer = answer
}

// tellFailedTest shows the last requests and answers if the test has failed.
func (s *Server) tellFailedTest() {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.tb.Failed() || len(s.talk) == 0 {
		return
	}
	var told strings.Builder
	for _, each := range s.talk {
		fmt.Fprintf(&told, "\n  → %s\n  ← %s", each.inShort(), strings.ReplaceAll(each.answer.String(), s.csrfCookie, "csrf_token"))
	}
	s.tb.Logf("orylogintest: the last requests and answers, without secrets:%s", &told)
}

// recorder keeps the answer that is written to it.
type recorder struct {
	http.ResponseWriter
	status int
	header http.Header
	body   []byte
}

func (r *recorder) WriteHeader(status int) {
	if r.status < http.StatusOK {
		r.status, r.header = status, r.Header().Clone()
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.WriteHeader(http.StatusOK)
	}
	r.body = append(r.body, b[:min(len(b), rememberBody-len(r.body))]...)
	return r.ResponseWriter.Write(b)
}

// Unwrap lets [http.ResponseController] find the writer. Hijack and Flush are for handlers
// without it.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

func (r *recorder) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(r.ResponseWriter).Hijack()
}

func (r *recorder) Flush() { _ = http.NewResponseController(r.ResponseWriter).Flush() }

// String describes the answer in a few words. It leaves out everything that may repeat a
// secret.
func (r *recorder) String() string {
	switch {
	case r == nil:
		return "nothing yet"
	case r.status == 0 && r.header == nil:
		return "nothing"
	}
	words := []string{strconv.Itoa(r.status)}
	if location, err := url.Parse(r.header.Get("Location")); err == nil && location.Path != "" {
		words = append(words, "to "+oneLine(location.Scheme+"://"+location.Host+location.Path))
	} else {
		words = append(words, r.told())
	}
	for _, cookie := range (&http.Response{Header: r.header}).Cookies() {
		if cookie.MaxAge < 0 {
			words = append(words, "-"+oneLine(cookie.Name))
		} else {
			words = append(words, "+"+oneLine(cookie.Name))
		}
	}
	return strings.Join(words, " ")
}

// told says what a body is: a session, a flow with the ids of its messages, or an error with
// its id.
func (r *recorder) told() string {
	var body struct {
		Session json.RawMessage `json:"session"`
		Level   string          `json:"authenticator_assurance_level"`
		Error   *struct {
			ID string `json:"id"`
		} `json:"error"`
		UI *struct {
			Messages []numbered `json:"messages"`
			Nodes    []struct {
				Messages []numbered `json:"messages"`
			} `json:"nodes"`
		} `json:"ui"`
	}
	if err := json.Unmarshal(r.body, &body); err != nil {
		return strings.TrimSpace(fmt.Sprintf("%s %d bytes", oneLine(r.header.Get("Content-Type")), len(r.body)))
	}
	switch {
	case body.UI != nil:
		messages := body.UI.Messages
		for _, node := range body.UI.Nodes {
			messages = append(messages, node.Messages...)
		}
		return listed("a flow", messages)
	case body.Error != nil:
		return strings.TrimSpace("an error " + oneLine(body.Error.ID))
	case body.Session != nil:
		return "a login"
	case body.Level != "":
		return "a session of " + oneLine(body.Level)
	default:
		return "JSON"
	}
}

// listed returns a text with the ids of messages behind it.
func listed(text string, messages []numbered) string {
	words := []string{text}
	for _, each := range messages {
		words = append(words, strconv.FormatInt(each.ID, 10))
	}
	return strings.Join(words, " ")
}

// numbered is a message of a flow. Only its id is shown.
type numbered struct {
	ID int64 `json:"id"`
}
