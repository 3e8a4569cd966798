package orylogintest

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/orylogin/orylogin"
)

// The application's pages, to which the server sends browsers.
const (
	loginPage        = "http://127.0.0.1:4455/login"
	errorPage        = "http://127.0.0.1:4455/error"
	verificationPage = "http://127.0.0.1:4455/verification"
	defaultPage      = "http://127.0.0.1:4455/"
)

// Server is a fake Kratos. Its methods are safe for concurrent use. Call those that can fail
// the test in the test's own goroutine.
type Server struct {
	// URL is the base URL of the server's public API.
	URL string

	config
	traits
	tb         testing.TB
	http       *httptest.Server
	csrfCookie string // the name of the cookie
	signer     signer

	mu       sync.Mutex // guards what is below
	people   []*person
	flows    map[string]*flow
	sessions []*session
	failures map[string]failure
	replaced map[Operation]http.Handler
	requests []Request
	signed   []string // the tokens of sessions
}

// NewServer starts a server on the loopback interface and closes it when the test ends.
// [WithRelease] with an unknown release fails the test.
func NewServer(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s := &Server{
		config:   config{release: V1_3, returnTo: []string{defaultPage}},
		tb:       tb,
		signer:   newSigner(),
		flows:    map[string]*flow{},
		failures: map[string]failure{},
		replaced: map[Operation]http.Handler{},
	}
	for _, option := range options {
		option(&s.config)
	}
	var known bool
	if s.traits, known = releases[s.release]; !known {
		tb.Fatalf("orylogintest: there is no release %q", s.release)
	}
	for _, template := range s.templates {
		if _, err := json.Marshal(template.Claims); err != nil {
			tb.Fatalf("orylogintest: the claims of the template %q are no JSON: %v", template.Name, err)
		}
	}
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.URL = "http://" + s.http.Listener.Addr().String()
	sum := sha256.Sum256([]byte(s.URL + "/"))
	s.csrfCookie = "csrf_token_" + hex.EncodeToString(sum[:])
	s.http.Start() // nothing is changed any more, whoever sends a request at once
	tb.Cleanup(s.http.Close)
	return s
}

// Client returns a client of the server. An option that [orylogin.New] refuses fails the
// test.
func (s *Server) Client(options ...orylogin.Option) *orylogin.Client {
	s.tb.Helper()
	client, err := orylogin.New(s.URL, options...)
	if err != nil {
		s.tb.Fatal(err)
	}
	return client
}

// maxBody is how much of a request's body is read.
const maxBody = 8 << 20

// serve lets the handler that replaces an operation answer, or else the server.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if replacement := s.record(routeOf(r).operation, r, body); replacement != nil {
		replacement.ServeHTTP(w, r)
		return
	}
	s.ServeHTTP(w, r)
}

// ServeHTTP answers as Kratos does, even if the operation is replaced. The handlers of
// [Server.Handle] can call it.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	route := routeOf(r)
	c := &call{Server: s, w: w, r: r, body: body, now: time.Now()}
	s.mu.Lock()
	defer s.mu.Unlock()
	if route.csrf {
		c.setCSRFCookie()
	}
	route.answer(c)
}

// ExpireFlow makes a flow expire now. It fails the test if no flow has that id. The fake of
// Kratos v0.8 never answers a submission to an expired flow about a session, as that release
// does: the client's time limit ends it.
func (s *Server) ExpireFlow(id string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.flows[id]
	if f == nil {
		s.tb.Fatalf("orylogintest: there is no flow %q", id)
	}
	f.expires = time.Now().Add(-time.Millisecond)
}

// ExpireSessions makes all sessions of an identity expire now. It fails the test if no
// identity has that ID.
func (s *Server) ExpireSessions(identityID string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustBe(identityID)
	for _, each := range s.sessions {
		if each.person.ID == identityID {
			each.expires = time.Now().Add(-time.Millisecond)
		}
	}
}

// Code returns the newest code that was mailed to an address. The address can be in upper or
// lower case. Code fails the test if no code was mailed there.
func (s *Server) Code(address string) string {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mustHaveMail(address).mailed
}

// mustHaveMail returns the person with an address, and fails the test if no code was mailed
// there.
func (s *Server) mustHaveMail(address string) *person {
	s.tb.Helper()
	p := s.find(address)
	if p == nil || p.mailed == "" {
		s.tb.Fatalf("orylogintest: no code was mailed to %s", address)
	}
	return p
}

// ExpireCode makes all codes that were mailed to an address expire now. The address can be in
// upper or lower case. ExpireCode fails the test if no code was mailed there.
func (s *Server) ExpireCode(address string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.mustHaveMail(address)
	for _, f := range s.flows {
		if f.mailed.address == p.Email {
			f.mailed.expires = time.Now().Add(-time.Millisecond)
		}
	}
}

func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
