package app_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// devices are what lists of sessions say of them.
var devices = map[string]string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                              "Firefox on Linux",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
	"<script>alert(1)</script>": "A program",
}

// loginElsewhere logs ada in by other devices, and returns the ids of the sessions.
func loginElsewhere(t *testing.T, kratos *orylogintest.Server) map[string]string {
	t.Helper()
	ids := map[string]string{}
	for userAgent, name := range devices {
		client := kratos.Client(orylogin.WithHeader("User-Agent", userAgent))
		login, err := client.Login(t.Context(), orylogin.Password{
			Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse"),
		})
		require.NoError(t, err)
		ids[name] = login.Session.ID
	}
	return ids
}

// press sends a form of the page.
func (v *visitor) press(action string, form url.Values) {
	v.t.Helper()
	require.Contains(v.t, v.page, `action="`+action+`"`)
	v.post(action, form)
}

func (v *visitor) post(action string, form url.Values) {
	v.t.Helper()
	target := v.url.ResolveReference(&url.URL{Path: action}).String()
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	require.NoError(v.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	v.send(request)
}

func TestSessions(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	v.submit("correct horse")
	require.Contains(t, v.page, `href="/sessions"`)
	ids := loginElsewhere(t, kratos)
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions"}).String())
	require.Equal(t, 1, strings.Count(v.page, "this one"))
	require.Equal(t, len(ids), strings.Count(v.page, `action="/sessions/end"`))
	require.NotContains(t, v.page, "script>alert", "what a device says of itself is no part of the page")
	require.NotContains(t, v.page, "127.0.0.1:", "the port is of no interest")
	for name, id := range ids {
		require.Contains(t, v.page, "<strong>"+name+"</strong>")
		require.Contains(t, v.page, `value="`+id+`"`)
	}

	v.press("/sessions/end", url.Values{"id": {ids["Edge on Windows"]}})
	require.Equal(t, "/sessions", v.url.Path)
	require.NotContains(t, v.page, "Edge on Windows")
	v.press("/sessions/end-others", nil)
	require.Equal(t, "/sessions", v.url.Path)
	require.NotContains(t, v.page, "/sessions/end")
	require.Contains(t, v.page, "this one")

	for _, id := range []string{"", "whoami", "../../admin"} {
		v.post("/sessions/end", url.Values{"id": {id}})
		require.Contains(t, v.page, "Status 400")
	}
	kratos.ExpectCalls(orylogintest.RevokeSession, 1)
}

// TestManySessions are on several pages.
func TestManySessions(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	v.submit("correct horse")
	for range orylogin.SessionsPerPage/len(devices) + 1 {
		loginElsewhere(t, kratos)
	}
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions"}).String())
	require.Equal(t, orylogin.SessionsPerPage, strings.Count(v.page, `action="/sessions/end"`))
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions", RawQuery: "page=2"}).String())
	require.Equal(t, 2, strings.Count(v.page, `action="/sessions/end"`))
	require.NotContains(t, v.page, "page=")
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions", RawQuery: "page=1000"}).String())
	require.Contains(t, v.page, "Status 400")
}

// TestSessionsOfNobody: who is not logged in does that first.
func TestSessionsOfNobody(t *testing.T) {
	t.Parallel()
	_, v := open(t)
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions"}).String())
	require.Equal(t, "/login", v.url.Path)
	for _, action := range []string{"/sessions/end", "/sessions/end-others"} {
		v.post(action, url.Values{"id": {"11111111-2222-4333-8444-555555555555"}})
		require.Equal(t, "/login", v.url.Path)
	}
}

// TestSessionsOfOldServer: there are none to be shown.
func TestSessionsOfOldServer(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	v.submit("correct horse")
	kratos.Respond(orylogintest.ListSessions, http.StatusNotFound, "404 page not found")
	v.get(v.url.ResolveReference(&url.URL{Path: "/sessions"}).String())
	require.Contains(t, v.page, "That is not possible here")
	require.Contains(t, v.page, "Status 501")
}

// TestSessionsOfOtherSites ends nothing for the form of another site.
func TestSessionsOfOtherSites(t *testing.T) {
	t.Parallel()
	kratos, v := open(t)
	v.submit("correct horse")
	for _, path := range []string{"/sessions/end", "/sessions/end-others"} {
		target := v.url.ResolveReference(&url.URL{Path: path}).String()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target, nil)
		require.NoError(t, err)
		request.Header.Set("Sec-Fetch-Site", "cross-site")
		v.send(request)
		v.get(target)
	}
	kratos.ExpectCalls(orylogintest.RevokeSession, 0)
	kratos.ExpectCalls(orylogintest.RevokeSessions, 0)
}
