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
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orylogin/orylogin"
)

// Server is a fake Kratos. Its methods are safe for concurrent use.
//
// Some methods can fail the test, such as SignIn, AddIdentity, Code and ExpectCalls. Their
// comments say so. Call them only in the goroutine of the test, as package testing demands.
// Handlers run in other goroutines. They can call all other methods, such as ServeHTTP, Close,
// ExpireFlows and SetReady, and those of a [Session].
type Server struct {
	// URL is the base URL of the server's public API.
	URL string

	config
	traits
	tb         testing.TB
	http       *httptest.Server
	csrfCookie string // the name of the cookie
	signer     signer

	providerSite *httptest.Server // nil without providers

	mu         sync.Mutex // guards what is below
	app        string     // where the application is
	noDatabase bool
	down       bool
	people     []*person
	flows      map[string]*flow
	sessions   []*session
	failures   map[string]failure
	replaced   map[Operation]http.Handler
	requests   []Request
	signed     []string           // the tokens of sessions
	talk       []*exchange        // the newest requests and their answers
	away       map[string]away    // browsers at a provider, by the state that they bring back
	accounts   map[string]account // those of providers, by the code that a browser brings back
}

// NewServer starts a server on the loopback interface and closes it when the test ends.
// [WithRelease] with an unknown release fails the test.
func NewServer(tb testing.TB, options ...Option) *Server {
	tb.Helper()
	s := &Server{
		config:   config{release: V1_3},
		tb:       tb,
		signer:   newSigner(),
		app:      "http://127.0.0.1:4455",
		flows:    map[string]*flow{},
		failures: map[string]failure{},
		replaced: map[Operation]http.Handler{},
		away:     map[string]away{},
		accounts: map[string]account{},
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
	s.withoutNewer(s.traits)
	s.http = httptest.NewUnstartedServer(http.HandlerFunc(s.serve))
	s.URL = "http://" + s.http.Listener.Addr().String()
	sum := sha256.Sum256([]byte(s.URL + "/"))
	s.csrfCookie = "csrf_token_" + hex.EncodeToString(sum[:])
	if len(s.providers) > 0 {
		s.providerSite = httptest.NewServer(http.HandlerFunc(s.serveProvider))
	}
	s.http.Start() // nothing changes below, so a request can come at once
	tb.Cleanup(s.end)
	return s
}

// end stops the server when the test ends.
func (s *Server) end() {
	s.tb.Helper()
	s.tellFailedTest()
	s.http.Close()
	if s.providerSite != nil {
		s.providerSite.Close()
	}
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

// maxBody limits how much of a request's body is read, in bytes.
const maxBody = 8 << 20

// serve lets the handler that replaces an operation answer. Without one, the server answers.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		http.Error(w, err.Error(), http.StatusRequestEntityTooLarge)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	heard, replacement := s.record(routeOf(r).operation, r, body)
	answer := &recorder{ResponseWriter: w}
	defer func() { s.answered(heard, answer) }()
	if replacement != nil {
		replacement.ServeHTTP(answer, r)
		return
	}
	s.ServeHTTP(answer, r)
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
	if s.noDatabase && route.operation != "" {
		c.fail(c.withoutDatabase(route.operation))
		return
	}
	route.answer(c)
}

// ExpireFlow makes a flow expire now. It fails the test if no flow has that id.
// [Server.ExpireFlows] never fails the test.
//
// If a client with a session submits to an expired flow, a server of [V0_8] does not answer.
// Kratos v0.8 does not either. The client's time limit ends that call.
func (s *Server) ExpireFlow(id string) {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustHaveFlow(id).expires = time.Now().Add(-time.Millisecond)
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
	return s.mustHaveMail(address).mailed[strings.ToLower(address)]
}

// mustHaveMail returns the person with an address. It fails the test if no code was mailed
// there.
func (s *Server) mustHaveMail(address string) *person {
	s.tb.Helper()
	p := s.find(address)
	if p == nil || p.mailed[strings.ToLower(address)] == "" {
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
	s.mustHaveMail(address)
	for _, f := range s.flows {
		if strings.EqualFold(f.mailed.address, address) {
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
