package orylogintest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// byCookie calls whoami with the cookie of a browser.
func byCookie(t *testing.T, client *orylogin.Client, cookie *http.Cookie) error {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.AddCookie(cookie)
	_, err := client.Visit(httptest.NewRecorder(), request).Whoami(t.Context())
	return err
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{orylogintest.V0_8, orylogintest.V0_10, orylogintest.V1_3, orylogintest.AfterV26_2} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release))
		identity, client := server.AddIdentity(ada), server.Client()
		for _, test := range []struct {
			methods, shown []string
			level          orylogin.AAL
		}{
			{nil, []string{"password"}, orylogin.AAL1},
			{[]string{"oidc"}, []string{"oidc"}, orylogin.AAL1},
			{[]string{"code"}, []string{"code"}, orylogin.AAL1},
			{[]string{"totp"}, []string{"password", "totp"}, orylogin.AAL2},
			{[]string{"lookup_secret"}, []string{"password", "lookup_secret"}, orylogin.AAL2},
			{[]string{"passkey", "code"}, []string{"passkey", "code"}, orylogin.AAL2},
			{[]string{"password", "webauthn"}, []string{"password", "webauthn"}, orylogin.AAL2},
			{[]string{"code", "oidc"}, []string{"code", "oidc"}, orylogin.AAL1},
		} {
			if slices.Contains(test.methods, "code") && slices.Index(allReleases, release) < slices.Index(allReleases, orylogintest.V1_3) {
				continue // these releases have no such sessions
			}
			session := server.SignIn(identity.ID, test.methods...)
			require.NoError(t, byCookie(t, client, session.Cookie))
			who, err := client.Whoami(t.Context(), session.Token)
			require.NoError(t, err)
			require.Equal(t, session.ID, who.ID)
			require.Equal(t, identity.ID, who.Identity.ID)
			require.Equal(t, test.level, who.AuthenticatorAssuranceLevel)
			var shown []string
			for _, each := range who.AuthenticationMethods {
				shown = append(shown, each.Method)
			}
			require.Equal(t, test.shown, shown)
		}
	}
}

// TestSessionsPrint checks that a failed test shows the sessions, without their secrets.
func TestSessionsPrint(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	identity := server.AddIdentity(ada)
	signedIn := server.SignIn(identity.ID, "password", "totp")
	shown := "session " + signedIn.ID + " of identity " + identity.ID + ": aal2 by password, totp"
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
		require.Equal(t, shown, fmt.Sprintf(verb, signedIn), verb)
	}
	w := &witness{TB: t}
	assert.Empty(w, server.Sessions(identity.ID))
	require.Contains(t, w.failure, shown)
	require.NotContains(t, w.failure, "0x")
	server.ExpectNoSecrets(w.failure)
}

// TestSessions changes one of several sessions of an identity. A login has made one of them.
func TestSessions(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	identity, client := server.AddIdentity(ada), server.Client()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	second := server.SignIn(identity.ID)
	third := server.SignIn(identity.ID)
	require.Len(t, server.Sessions(identity.ID), 3)
	first := server.Sessions(identity.ID)[0]
	require.Equal(t, login.Session.ID, first.ID)
	require.True(t, login.Token.Equal(first.Token))

	first.Age(2 * time.Hour)
	first.SetDevice("Firefox", "192.0.2.7")
	who, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, login.Session.AuthenticatedAt.Add(-2*time.Hour), who.AuthenticatedAt)
	require.Equal(t, login.Session.IssuedAt.Add(-2*time.Hour), who.IssuedAt)
	require.Equal(t, login.Session.ExpiresAt.Add(-2*time.Hour), who.ExpiresAt)
	require.Equal(t, who.AuthenticatedAt, who.AuthenticationMethods[0].CompletedAt)
	require.Equal(t, "Firefox", who.Devices[0].UserAgent)
	require.Equal(t, "192.0.2.7", who.Devices[0].IPAddress)

	second.Expire()
	third.Revoke()
	for _, ended := range []*orylogintest.Session{second, third} {
		_, err = client.Whoami(t.Context(), ended.Token)
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
		require.ErrorIs(t, byCookie(t, client, ended.Cookie), orylogin.ErrSessionInactive)
	}
	require.Len(t, server.Sessions(identity.ID), 1)
	first.Age(24 * time.Hour)
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Empty(t, server.Sessions(identity.ID))
}

// TestDeviceOfLogin checks that a session shows the device of WithDevice, or without it the
// program that logs in.
func TestDeviceOfLogin(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	client := server.Client()
	phone := orylogin.WithDevice("A phone", netip.MustParseAddr("192.0.2.7"))
	login, err := client.Login(t.Context(), asAda, phone)
	require.NoError(t, err)
	require.Len(t, login.Session.Devices, 1)
	require.Equal(t, "A phone", login.Session.Devices[0].UserAgent)
	require.Equal(t, "192.0.2.7", login.Session.Devices[0].IPAddress)

	login, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = netip.ParseAddrPort(login.Session.Devices[0].IPAddress)
	require.NoError(t, err, "the address of a connection has a port")
}

// TestSessionInABubble calls a handler within testing/synctest. A goroutine there must not wait
// for a channel of the test outside of the bubble.
func TestSessionInABubble(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	session := server.SignIn(server.AddIdentity(ada).ID)
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		client := server.Client(orylogin.WithHTTPClient(&http.Client{Transport: server}))
		if _, err := client.Visit(w, r).Whoami(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		require.Equal(t, http.StatusOK, session.Get(handler, "/").Code)
		server.Delay(orylogintest.Whoami, time.Hour)
		require.Equal(t, http.StatusServiceUnavailable, session.Get(handler, "/").Code)
	})
}

// TestSessionDo sends a form with the cookie, and leaves the test's own request as it is.
func TestSessionDo(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	session := server.SignIn(server.AddIdentity(ada).ID)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/pay", strings.NewReader("amount=5"))
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer := session.Do(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := server.Client().Visit(w, r).Whoami(r.Context())
		_, _ = fmt.Fprint(w, err, r.PostFormValue("amount"), r.Header["X-Session-Token"])
	}), request)
	require.Equal(t, "<nil>5[]", answer.Body.String())
	require.Empty(t, request.Cookies())
}
