package orylogintest_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestSetApplication sends browsers to an application that gets its address only when it
// starts.
func TestSetApplication(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.SetApplication("https://app.example.com/")
	for path, page := range map[string]string{
		"/self-service/login/browser":         "https://app.example.com/login?flow=",
		"/self-service/login/browser?aal=bad": "https://app.example.com/error?id=",
	} {
		require.Contains(t, answerTo(t, server, path, "text/html").Header.Get("Location"), page)
	}
	for target, allowed := range map[string]bool{
		"https://app.example.com/back":    true,
		"http://127.0.0.1:8080/back":      true,
		"http://localhost":                true,
		"https://[::1]:1/x?y":             true,
		"http://127.0.0.1.example.com/":   false,
		"http://user@127.0.0.1/":          false,
		"ftp://127.0.0.1/":                false,
		"https://evil.example/":           false,
		"https://app.example.com.evil/":   false,
		"http://app.example.com/":         false,
		"http://127.0.0.1:4455.evil/back": false,
	} {
		_, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: target})
		if allowed {
			require.NoError(t, err, target)
		} else {
			require.ErrorIs(t, err, orylogin.ErrReturnToForbidden, target)
		}
	}
}

// TestElsewhere checks that pages of other flows say to people and to programs that they are
// not here.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	for _, name := range []string{"registration", "recovery", "settings", "verification"} {
		for _, path := range []string{"/browser", "/api", "/flows?id=x", ""} {
			page := answerTo(t, server, "/self-service/"+name+path, "text/html")
			require.Equal(t, http.StatusNotImplemented, page.StatusCode)
			require.Contains(t, bodyOf(t, page), "<title>The "+name+" flow begins here</title>")
			answer := answerTo(t, server, "/self-service/"+name+path, "application/json")
			require.Equal(t, http.StatusNotImplemented, answer.StatusCode)
			require.Contains(t, bodyOf(t, answer), "orylogintest has no "+name)
		}
	}
	for _, path := range []string{"/self-service/registrations", "/registration", "/self-service/x/registration"} {
		require.Equal(t, http.StatusNotFound, answerTo(t, server, path, "text/html").StatusCode, path)
	}
}

func answerTo(t *testing.T, server *orylogintest.Server, path, accept string) *http.Response {
	t.Helper()
	request := mustRequest(t, server.URL+path)
	request.Header.Set("Accept", accept)
	response, err := server.RoundTrip(request)
	require.NoError(t, err)
	return response
}

func bodyOf(t *testing.T, response *http.Response) string {
	t.Helper()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return strings.TrimSpace(string(body))
}
