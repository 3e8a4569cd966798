package app_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/orylogintest/tab"
)

// devices has the name of each device in lists of sessions.
var devices = map[string]string{
	"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                              "Firefox on Linux",
	"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
	"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
	"<script>alert(1)</script>": "A program",
}

// loginElsewhere logs ada in with other devices and returns the ids of the sessions.
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

// post sends a form that is not on the page. It returns the URL to which the answer leads, and
// its status.
func post(t *testing.T, page *tab.Tab, path string, form url.Values, header http.Header) (*url.URL, int) {
	t.Helper()
	target := page.URL.ResolveReference(&url.URL{Path: path})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, target.String(), strings.NewReader(form.Encode()))
	require.NoError(t, err)
	request.Header = header.Clone()
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := page.Client.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	if next, err := answer.Location(); err == nil {
		target = next
	}
	return target, answer.StatusCode
}

func TestSessions(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, "correct horse")
	require.Contains(t, page.Body, `href="/sessions"`)
	ids := loginElsewhere(t, kratos)
	page.Open("/sessions")
	require.Equal(t, 1, strings.Count(page.Text(), "this one"))
	require.Equal(t, len(ids), strings.Count(page.Body, `action="/sessions/end"`))
	require.NotContains(t, page.Body, "script>alert", "what a device says of itself is no part of the page")
	require.NotContains(t, page.Text(), "127.0.0.1:", "the port is of no interest")
	for name, id := range ids {
		require.Contains(t, page.Body, "<strong>"+name+"</strong>")
		require.Contains(t, page.Body, `value="`+id+`"`)
	}

	label := regexp.MustCompile(`aria-label="(End the session: Edge on Windows, since [^"]+ UTC)"`).FindStringSubmatch(page.Body)
	require.Len(t, label, 2, page.Body)
	page.Press(label[1], nil)
	require.Equal(t, "/sessions", page.URL.Path)
	require.NotContains(t, page.Text(), "Edge on Windows")
	page.Press("End all other sessions", nil)
	require.Equal(t, "/sessions", page.URL.Path)
	require.NotContains(t, page.Body, "/sessions/end")
	require.Contains(t, page.Text(), "this one")

	for _, id := range []string{"", "whoami", "../../admin"} {
		_, status := post(t, page, "/sessions/end", url.Values{"id": {id}}, http.Header{})
		require.Equal(t, http.StatusBadRequest, status, id)
	}
	kratos.ExpectCalls(orylogintest.RevokeSession, 1)
}

// TestManySessions checks a list of several pages.
func TestManySessions(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, "correct horse")
	for range orylogin.SessionsPerPage/len(devices) + 1 {
		loginElsewhere(t, kratos)
	}
	page.Open("/sessions")
	require.Equal(t, orylogin.SessionsPerPage, strings.Count(page.Body, `action="/sessions/end"`))
	page.Press("Older ones", nil)
	require.Equal(t, 2, strings.Count(page.Body, `action="/sessions/end"`))
	require.NotContains(t, page.Body, "page=")
	page.Open("/sessions?page=1000")
	require.Equal(t, http.StatusBadRequest, page.Status)
}

// TestSessionsOfNobody checks that a user who is not logged in has to log in first.
func TestSessionsOfNobody(t *testing.T) {
	t.Parallel()
	_, page := open(t)
	page.Open("/sessions")
	require.Equal(t, "/login", page.URL.Path)
	for _, action := range []string{"/sessions/end", "/sessions/end-others"} {
		next, _ := post(t, page, action, url.Values{"id": {"11111111-2222-4333-8444-555555555555"}}, http.Header{})
		require.Equal(t, "/login", next.Path)
	}
	page.Open("/sessions")
	logIn(page, "correct horse")
	require.Equal(t, "/sessions", page.URL.Path)
}

// TestSessionsOfOldServer checks that the page works with a server that has no list.
func TestSessionsOfOldServer(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, "correct horse")
	kratos.Respond(orylogintest.ListSessions, http.StatusNotFound, "404 page not found")
	page.Open("/sessions")
	require.Contains(t, page.Text(), "That is not possible here")
	require.Equal(t, http.StatusNotImplemented, page.Status)
}

// TestSessionsOfOtherSites checks that a form of another site revokes nothing.
func TestSessionsOfOtherSites(t *testing.T) {
	t.Parallel()
	kratos, page := open(t)
	logIn(page, "correct horse")
	for _, path := range []string{"/sessions/end", "/sessions/end-others"} {
		_, status := post(t, page, path, nil, http.Header{"Sec-Fetch-Site": {"cross-site"}})
		require.Equal(t, http.StatusForbidden, status)
		page.Open(path)
	}
	kratos.ExpectCalls(orylogintest.RevokeSession, 0)
	kratos.ExpectCalls(orylogintest.RevokeSessions, 0)
}
