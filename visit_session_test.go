package orylogin_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestLogoutOfBrowser(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := visitOf(t, server, "")
	_, err := visit.Submit(t.Context(), newFlow(t, visit), password)
	require.NoError(t, err)
	session, err := visit.Whoami(t.Context())
	require.NoError(t, err)
	require.Equal(t, "i", session.Identity.ID)

	require.NoError(t, visit.Logout(t.Context()))
	require.ErrorIs(t, only(visit.Whoami(t.Context())), orylogin.ErrSessionInactive)
	require.NotContains(t, server.Requests(orylogintest.Whoami)[1].Header("Cookie"), "ory_kratos_session")
	require.Contains(t, visit.CookieLines(), "ory_kratos_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

// TestClearSiteData checks that the application decides about the header, which the server
// sends for its own origin. The answer comes from the source of the release after v26.2.
func TestClearSiteData(t *testing.T) {
	t.Parallel()
	const everything = `"cache", "cookies", "storage"`
	for _, want := range []string{everything, ""} {
		server := kratosOfPages(t)
		server.Respond(orylogintest.CreateBrowserLogout, http.StatusOK, `{"logout_token":"t"}`)
		server.Handle(orylogintest.SubmitBrowserLogout, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if want != "" {
				w.Header().Set("Clear-Site-Data", want)
			}
			w.WriteHeader(http.StatusNoContent)
		}))
		answer := httptest.NewRecorder()
		visit := server.Client().Visit(answer, pageRequest(t, ""))
		require.Empty(t, visit.ClearSiteData())
		require.NoError(t, visit.Logout(t.Context()))
		require.Equal(t, want, visit.ClearSiteData())
		require.Empty(t, answer.Header().Get("Clear-Site-Data"))
	}
}

func TestLogoutsOfBrowsersThatFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		url, logout string // the server's answers, if they are unusual
		submitted   int
	}{
		"no session": {"", "", 0},
		"no token":   {`{}`, "", 0},
		"refused":    {`{"logout_token":"t&t"}`, "", 1},
		"empty":      {`{"logout_token":"t&t"}`, `{}`, 1},
	} {
		server := kratosOfPages(t)
		for operation, body := range map[orylogintest.Operation]string{
			orylogintest.CreateBrowserLogout: test.url, orylogintest.SubmitBrowserLogout: test.logout,
		} {
			if body != "" {
				server.Respond(operation, http.StatusOK, body)
			}
		}
		var apiErr *orylogin.APIError
		require.ErrorAs(t, visitOf(t, server, "").Logout(t.Context()), &apiErr, name)
		server.ExpectCalls(orylogintest.SubmitBrowserLogout, test.submitted)
		for _, request := range server.Requests(orylogintest.SubmitBrowserLogout) {
			require.Equal(t, "t&t", request.Query("token"))
		}
	}
}

func TestGetError(t *testing.T) {
	t.Parallel()
	server := kratosOfPages(t)
	visit := visitOf(t, server, "")
	flow := newFlow(t, visit)
	_, err := visit.SubmitForm(t.Context(), flow.ID, url.Values{
		"method": {"password"}, "identifier": {"ada@example.com"}, "password": {"hunter2"}, "csrf_token": {"another"},
	})
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	id := server.Requests(orylogintest.GetError)[0].Query("id")
	record, err := visit.GetError(t.Context(), id)
	require.NoError(t, err)
	require.Equal(t, id, record.ID)
	require.ErrorIs(t, record.Err, orylogin.ErrCSRFViolation)
	var failure *orylogin.APIError
	require.ErrorAs(t, record.Err, &failure)
	require.Equal(t, http.StatusForbidden, failure.StatusCode, "that of the failure")
	require.False(t, record.CreatedAt.IsZero())

	// The browser keeps the cookie that protects its flow.
	_, err = visit.Submit(t.Context(), flow, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("hunter2")})
	require.NoError(t, err)

	var unknown *orylogin.APIError
	require.ErrorAs(t, only(visit.GetError(t.Context(), flowID)), &unknown)
	require.ErrorIs(t, unknown, orylogin.ErrNotFound)
}
