package orylogintest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"

	"github.com/orylogin/orylogin"
)

// Session is a session at the server: see [Server.SignIn] and [Server.Sessions]. Its methods
// are safe for concurrent use.
type Session struct {
	ID string

	// Token is what native clients have, as the header X-Session-Token.
	Token orylogin.Secret

	// Cookie is what browsers have.
	Cookie *http.Cookie

	server  *Server
	session *session
}

// SignIn gives an identity a session without a login. The methods are those that the
// session shows, such as "password", "code" or "oidc". Default: "password".
//
// The session has aal2 if one of the methods is a second factor. "totp" and "lookup_secret"
// are always second factors. "code" and "webauthn" are second factors if another method comes
// before them. If the first method is "totp" or "lookup_secret", the session shows "password"
// before it.
//
// SignIn does not check whether the identity has a password or another credential for the
// methods. It fails the test if no identity has that ID, or if no session of the release has such
// a method: those of [V0_8] and [V0_10] have only "password", "oidc", "totp", "lookup_secret",
// "webauthn" and "link_recovery".
func (s *Server) SignIn(identityID string, methods ...string) *Session {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(methods) == 0 || slices.Contains(onlySecond, methods[0]) {
		methods = append([]string{"password"}, methods...)
	}
	now := time.Now()
	added := s.newSession(s.mustBe(identityID), now, "192.0.2.1:1234", "")
	for i, method := range methods {
		if !slices.Contains(sessionMethods, method) && (!s.oneStepMethods || !slices.Contains(newerMethods, method)) {
			s.tb.Fatalf("orylogintest: no session of %s has the method %q", s.release, method)
		}
		added.completed(method, levelOf(method, i), "", now)
	}
	return s.handle(added)
}

// sessionMethods are the methods that sessions of all releases can show. Those of v0.8 and v0.10
// cannot show the newerMethods.
var (
	sessionMethods = []string{"password", "oidc", "totp", "lookup_secret", "webauthn", "link_recovery"}
	newerMethods   = []string{"code", "passkey", "saml", "deviceauthn", "code_recovery"}
)

var onlySecond = []string{"totp", "lookup_secret"}

// levelOf returns the assurance level of a method at a place in the list of completed methods.
func levelOf(method string, place int) string {
	if place > 0 && (slices.Contains(onlySecond, method) || method == "code" || method == "webauthn") {
		return "aal2"
	}
	return "aal1"
}

// Sessions returns the valid sessions of an identity, the oldest first. It fails the test if
// no identity has that ID.
func (s *Server) Sessions(identityID string) []*Session {
	s.tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	p, now := s.mustBe(identityID), time.Now()
	var valid []*Session
	for _, each := range s.sessions {
		if each.person == p && !each.revoked && !p.Disabled && !now.After(each.expires) {
			valid = append(valid, s.handle(each))
		}
	}
	return valid
}

func (s *Server) handle(each *session) *Session {
	return &Session{
		ID: each.id, Token: orylogin.NewSecret(each.token),
		Cookie: &http.Cookie{Name: sessionCookie, Value: each.cookie, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode}, //nolint:gosec // as insecure as a Kratos that runs with --dev
		server: s, session: each,
	}
}

// Age makes the session older, as if everything about it had happened earlier: it expires
// sooner, too. A session lives for 24 hours.
func (s *Session) Age(by time.Duration) {
	s.change(func(each *session) {
		for i := range each.methods {
			each.methods[i].at = each.methods[i].at.Add(-by)
		}
		each.issued, each.authed, each.expires = each.issued.Add(-by), each.authed.Add(-by), each.expires.Add(-by)
	})
}

// Expire makes the session expire now.
func (s *Session) Expire() {
	s.change(func(each *session) { each.expires = time.Now().Add(-time.Millisecond) })
}

// Revoke ends the session, as a logout does.
func (s *Session) Revoke() { s.change(func(each *session) { each.revoked = true }) }

// SetDevice sets the user agent and the IP address that the session shows.
func (s *Session) SetDevice(userAgent, ipAddress string) {
	s.change(func(each *session) {
		each.device = object{"id": each.device["id"], "ip_address": ipAddress, "user_agent": userAgent, "location": ""}
	})
}

// Get asks a handler for a page as the session's user does, with the token and the cookie, and
// returns its answer.
func (s *Session) Get(handler http.Handler, target string) *httptest.ResponseRecorder {
	ctx := context.WithoutCancel(s.server.tb.Context()) // a channel of the test's context does not belong to a bubble of testing/synctest
	request := httptest.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	request.Header.Set("X-Session-Token", s.Token.Reveal())
	return s.Do(handler, request)
}

// Do sends any request to a handler as the session's user does in a browser, with the cookie,
// and returns the answer. For a native client, set the header X-Session-Token to the Token.
func (s *Session) Do(handler http.Handler, request *http.Request) *httptest.ResponseRecorder {
	request = request.Clone(request.Context())
	request.AddCookie(s.Cookie)
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	return answer
}

// Format prints the session without its token and its cookie, for every verb of package fmt.
func (s *Session) Format(f fmt.State, _ rune) {
	s.change(func(each *session) {
		var methods []string
		for _, completed := range each.methods {
			methods = append(methods, completed.method)
		}
		_, _ = fmt.Fprintf(f, "session %s of identity %s: %s by %s", s.ID, each.person.ID, each.level, strings.Join(methods, ", "))
	})
}

func (s *Session) change(by func(*session)) {
	s.server.mu.Lock()
	defer s.server.mu.Unlock()
	by(s.session)
}
