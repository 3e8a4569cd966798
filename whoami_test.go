package orylogin_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

var cookie = orylogin.NewSecret("ory_kratos_session=secret-cookie")

func TestWhoami(t *testing.T) {
	server := newKratos(t, orylogintest.WithHighestAAL())
	client := server.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	session, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	require.Equal(t, ada.ID, session.Identity.ID)
	server.ExpireSessions(ada.ID)
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	_, err = client.Whoami(t.Context(), orylogin.Secret{})
	require.ErrorIs(t, err, orylogin.ErrSessionInactive, "nobody is logged in who has no token")

	var owed *orylogin.SecondFactorError
	_, err = client.Login(t.Context(), passwordOf(grace))
	require.ErrorAs(t, err, &owed)
	of := owed.Token
	_, err = client.Whoami(t.Context(), of)
	require.ErrorAs(t, err, &owed)
	require.True(t, owed.Token.Equal(of))
	require.Equal(t, server.URL+"/self-service/login/browser?aal=aal2", owed.URL)
	require.Nil(t, owed.Session)
}

func TestWhoamiCookie(t *testing.T) {
	answer := recorded(t, "v26.2.0/whoami")
	session, err := answer.client(t).WhoamiCookie(t.Context(), cookie, orylogin.WithTokenizeAs("jwt"))
	require.NoError(t, err)
	require.Equal(t, "695dfd80-bbae-4691-a01a-fae1924766ec", session.Identity.ID)
	request := answer.only(t)
	require.Equal(t, http.MethodGet, request.Method)
	require.Equal(t, "/sessions/whoami?tokenize_as=jwt", request.Target)
	require.Equal(t, []string{"ory_kratos_session=secret-cookie"}, request.Header["Cookie"])
	require.NotContains(t, request.Header, "X-Session-Token")

	_, err = recorded(t, "v26.2.0/whoami_none").client(t).WhoamiCookie(t.Context(), cookie)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.NotContains(t, chain(err), "secret-cookie")

	var owed *orylogin.SecondFactorError
	_, err = recorded(t, "v26.2.0/whoami_second_factor").client(t).WhoamiCookie(t.Context(), cookie)
	require.ErrorAs(t, err, &owed)
	require.NotEmpty(t, owed.URL)
	require.True(t, owed.Token.IsZero(), "a cookie is no token")
}

// TestWhoamiRefusals has answers without ids, since some servers leave them out.
func TestWhoamiRefusals(t *testing.T) {
	for body, want := range map[string]struct {
		status int
		kind   string
		id     orylogin.ErrorID
	}{
		`{"error":{"code":401}}`:                                       {401, "API", orylogin.ErrSessionInactive},
		`{"error":{"code":401,"id":"session_inactive"}}`:               {401, "API", orylogin.ErrSessionInactive},
		`{"error":{"code":403},"redirect_browser_to":"https://x"}`:     {403, "SecondFactor", orylogin.ErrSessionAAL2Required},
		`{"error":{"code":403,"id":"session_aal2_required"}}`:          {403, "SecondFactor", orylogin.ErrSessionAAL2Required},
		`{"error":{"code":403,"id":"security_csrf_violation"}}`:        {403, "API", orylogin.ErrCSRFViolation},
		`{"error":{"code":500},"redirect_browser_to":"https://x"}`:     {500, "API", ""},
		`{"error":{"code":404,"message":"Unable to locate resource"}}`: {404, "API", ""},
	} {
		err := operations["whoami"](t.Context(), inJSON(want.status, body).client(t))
		require.Equal(t, want.kind, outcomeOf(err).kind, body)
		require.Equal(t, want.status, outcomeOf(err).status, body)
		if want.id == "" {
			require.NotErrorIs(t, err, orylogin.ErrSessionInactive, body)
		} else {
			require.ErrorIs(t, err, want.id, body)
		}
	}
}
