package orylogin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

var cookie = orylogin.NewSecret("ory_kratos_session=secret-cookie")

func TestWhoamiCookie(t *testing.T) {
	t.Parallel()
	s := newServer(t, replay(t, "v26.2.0/whoami"))
	session, err := newClient(t, s.URL).WhoamiCookie(t.Context(), cookie, orylogin.WithTokenizeAs("jwt"))
	require.NoError(t, err)
	require.Equal(t, "695dfd80-bbae-4691-a01a-fae1924766ec", session.Identity.ID)
	request := s.only(t)
	require.Equal(t, http.MethodGet, request.Method)
	require.Equal(t, "/sessions/whoami?tokenize_as=jwt", request.Target)
	require.Equal(t, []string{"ory_kratos_session=secret-cookie"}, request.Header["Cookie"])
	require.NotContains(t, request.Header, "X-Session-Token")
}

func TestWhoamiCookieWithoutSession(t *testing.T) {
	t.Parallel()
	s := newServer(t, replay(t, "v26.2.0/whoami_none"))
	_, err := newClient(t, s.URL).WhoamiCookie(t.Context(), cookie)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.NotContains(t, chain(err), "secret-cookie")
}

func TestWhoamiCookieWithoutSecondFactor(t *testing.T) {
	t.Parallel()
	s := newServer(t, replay(t, "v26.2.0/whoami_second_factor"))
	_, err := newClient(t, s.URL).WhoamiCookie(t.Context(), cookie)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.NotEmpty(t, owed.URL)
	require.True(t, owed.Token.IsZero(), "a cookie is no token")
}

func TestWhoamiCookieThatIsNone(t *testing.T) {
	t.Parallel()
	s := newServer(t, replay(t, "v26.2.0/whoami"))
	client := newClient(t, s.URL)
	for _, text := range []string{"", "secret-cookie", "=secret-cookie", "a=", "a b=c", "a=secret-cookie; b=c", "a=secret-cookie\r\nX: y"} {
		_, err := client.WhoamiCookie(t.Context(), orylogin.NewSecret(text))
		require.ErrorContains(t, err, "the session cookie", "%q", text)
		require.NotContains(t, err.Error(), "secret-cookie")
	}
	_, err := client.WhoamiCookie(t.Context(), cookie, orylogin.WithSessionToken(token))
	require.ErrorContains(t, err, "WithSessionToken")
	require.Empty(t, s.seen())
}

// TestWhoamiWithoutToken: nobody is logged in who has no token.
func TestWhoamiWithoutToken(t *testing.T) {
	_, err := newClient(t, "http://127.0.0.1:1").Whoami(t.Context(), orylogin.Secret{})
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.EqualError(t, err, "orylogin: the session token is empty (session_inactive)")
}
