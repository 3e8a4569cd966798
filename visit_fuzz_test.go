package orylogin_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// visiting returns the visit of a browser with the Cookie lines. A function is the server.
func visiting(t *testing.T, cookies string, answer roundTrip) *orylogin.Visit {
	t.Helper()
	client := over(t, answer)
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	request.Header["Cookie"] = strings.Split(cookies, "\n")
	return client.Visit(nil, request)
}

// FuzzCookies checks that Kratos gets the cookies that it needs and no others, including
// cookies that it has just set. It checks that the browser gets no cookie from an answer that
// is not Kratos's.
func FuzzCookies(f *testing.F) {
	for _, cookies := range []string{
		"", "ory_kratos_session=MTY=; app_session=hunter2", "csrf_token_82b=a+b/c=; ory_kratos_continuity=x", `ory_session_p="q"`,
		"app=hunter2\nory_kratos_session=a\nory_kratos_session=b", "=hunter2;;; ory_kratos_session", "ory_kratos_session=a=b; a;b=",
		"ory_kratos_session\x00=hunter2", " ory_kratos_session = x ", "ORY_KRATOS_SESSION=hunter2", "csrf_token_;csrf_token_=",
	} {
		f.Add(cookies, "ory_kratos_session=new; Path=/; HttpOnly")
		f.Add(cookies, "app_session=hunter2")
		f.Add(cookies, "csrf_token_82b=; Max-Age=0")
	}
	f.Fuzz(func(t *testing.T, cookies, set string) {
		var sent, read []string
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header["Cookie"] = strings.Split(cookies, "\n")
		for _, each := range request.Cookies() { // in the way in which Kratos reads them
			read = append(read, each.Name+"="+each.Value, each.Name+`="`+each.Value+`"`)
		}
		visit := visiting(t, cookies, func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.Header.Values("Cookie")...)
			for name := range r.Header {
				require.Contains(t, []string{"Accept", "Cookie", "User-Agent"}, name)
			}
			return &http.Response{
				StatusCode: http.StatusUnauthorized, Header: http.Header{"Set-Cookie": {set}}, Body: http.NoBody,
			}, nil
		})
		for range 2 {
			session, err := visit.Whoami(t.Context())
			require.Nil(t, session)
			var answer *orylogin.APIError
			require.ErrorAs(t, err, &answer)
		}
		for _, line := range sent {
			for pair := range strings.SplitSeq(line, "; ") {
				name, _, found := strings.Cut(pair, "=")
				require.True(t, found, "%q", line)
				require.True(t, kratosNeeds(name), "%q", line)
				require.Contains(t, read, pair, "%q", line)
			}
		}
		require.Empty(t, visit.CookieLines())
	})
}

func kratosNeeds(name string) bool {
	return name == "ory_kratos_session" || name == "ory_kratos_continuity" ||
		strings.HasPrefix(name, "ory_session_") || strings.HasPrefix(name, "csrf_token_")
}

// FuzzForm checks that the redirect after a form is a login only with a new session. Otherwise
// it must be a typed error. The redirect is never followed.
func FuzzForm(f *testing.F) {
	const id = "58754060-2707-4237-81ae-8c8845ed16aa"
	for _, location := range []string{
		"/login?flow=" + id, "/error?id=" + id, "https://app.example.com/", "https://hunter2.example.com/?flow=" + id, "", "http://[::1",
		"/login?flow=11111111-2222-4333-8444-555555555555", "https://ada:hunter2@evil.example.com", "//evil.example.com", "%zz",
	} {
		f.Add(303, location, "ory_kratos_session=new; Path=/")
		f.Add(302, location, "")
		f.Add(200, location, "ory_kratos_session=; Max-Age=0")
	}
	f.Fuzz(func(t *testing.T, status int, location, set string) {
		visit := visiting(t, "", func(r *http.Request) (*http.Response, error) {
			require.Equal(t, "127.0.0.1:4433", r.URL.Host)
			answer := &http.Response{
				StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/json"}},
				Body: io.NopCloser(strings.NewReader(sessionJSON)),
			}
			if r.Method == http.MethodPost {
				answer.StatusCode, answer.Header = status, http.Header{"Location": {location}, "Set-Cookie": {set}}
			}
			return answer, nil
		})
		login, err := visit.SubmitForm(t.Context(), id, map[string][]string{"method": {"password"}, "password": {"hunter2"}})
		require.NotEqual(t, login == nil, err == nil)
		if err == nil {
			require.Contains(t, []int{http.StatusFound, http.StatusSeeOther}, status)
			require.True(t, strings.HasPrefix(strings.TrimSpace(set), "ory_"), "%q", set)
			return
		}
		var answer *orylogin.APIError
		require.ErrorAs(t, err, &answer)
		require.NotContains(t, err.Error(), "hunter2")
	})
}
