package session_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

func TestTransportNamesItsHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url       string
		host      string
		plainHTTP bool
		want      bool
	}{
		{"https://api.example.com/x", "api.example.com", false, true},
		{"https://API.example.com/x", "api.EXAMPLE.com", false, true},
		{"https://api.example.com/x", "api.example.com:443", false, true},
		{"https://api.example.com:443/x", "api.example.com", false, true},
		{"https://api.example.com:8443/x", "api.example.com:8443", false, true},
		{"https://api.example.com:8443/x", "api.example.com", false, false},
		{"https://api.example.com/x", "api.example.com:8443", false, false},
		{"https://api.example.com/x", "example.com", false, false},
		{"https://api.example.com.evil.org/x", "api.example.com", false, false},
		{"https://evil.org/api.example.com", "api.example.com", false, false},
		{"https://api.example.com@evil.org/", "api.example.com", false, false},
		{"https://evil.org/?@api.example.com", "api.example.com", false, false},
		{"https://api.example.com./x", "api.example.com", false, false},
		{"https://api.example.\u212Aom/x", "api.example.kom", false, false},
		{"http://127.0.0.1/x", "127.0.0.1", false, true},
		{"http://localhost:80/x", "LOCALHOST", false, true},
		{"http://[::1]:8080/x", "[::1]:8080", false, true},
		{"http://api.example.com/x", "api.example.com:443", false, false},
		{"http://api.auth.svc/", "api.auth.svc", true, true},
		{"https://api.auth.svc/", "api.auth.svc", true, true},
		{"http://api.auth.svc:8080/", "api.auth.svc:8080", true, true},
		{"http://localhost/", "api.auth.svc", true, false},
		{"http://evil.example.com/", "api.auth.svc", true, false},
		{"http://api.auth.svc:81/", "api.auth.svc", true, false},
	} {
		var sent http.Header
		transport := &session.Transport{
			Source: static, Hosts: []string{"other.example.com", test.host}, PlainHTTP: test.plainHTTP,
			Base: orylogintest.InMemory(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header })),
		}
		request := newRequest(t, http.MethodGet, test.url, nil)
		response, err := transport.RoundTrip(request) //nolint:bodyclose // a refused request has no answer
		require.NoError(t, err, test.url)
		require.Equal(t, test.want, sent.Get("X-Session-Token") == secretToken, "%s with %s", test.url, test.host)
		require.Empty(t, request.Header, "the caller's request is left alone")
		require.Same(t, request, response.Request, "nobody finds the token in the answer")
	}
}

// TestJudgedIsUsed checks that the token goes to the host that was checked, under every name of
// the destination, and that the request has no other token, however its header is written.
func TestJudgedIsUsed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*http.Request)
		want   bool // whether the token is sent
		fails  bool
	}{
		"as it is":           {func(*http.Request) {}, true, false},
		"no Host":            {func(r *http.Request) { r.Host = "" }, true, false},
		"Host with the port": {func(r *http.Request) { r.Host = "API.example.com:443" }, true, false},
		"another Host":       {func(r *http.Request) { r.Host = "evil.example.com" }, false, false},
		"another port":       {func(r *http.Request) { r.Host = "api.example.com:8443" }, false, false},
		"Host with a user":   {func(r *http.Request) { r.Host = "api.example.com@evil.example.com" }, false, false},
		"another URL":        {func(r *http.Request) { r.URL.Host = "evil.example.com" }, false, false},
		"capitals":           {func(r *http.Request) { r.URL.Host = "API.EXAMPLE.com" }, true, false},
		"opaque":             {func(r *http.Request) { r.URL.Opaque = "//evil.example.com/" }, false, true},
		"opaque and another": {func(r *http.Request) { r.URL.Host, r.URL.Opaque = "evil.example.com", "//api.example.com/" }, false, false},
		"spellings of a header": {func(r *http.Request) {
			r.Header["x-session-token"], r.Header["X-SESSION-TOKEN"] = []string{"mine"}, []string{"mine"}
		}, true, false},
		"spellings elsewhere": {func(r *http.Request) {
			r.Host, r.Header["x-session-token"] = "evil.example.com", []string{"mine"}
		}, false, false},
	} {
		var sent *http.Request
		transport := &session.Transport{Source: static, Hosts: []string{"api.example.com"}, Base: roundTrip(func(r *http.Request) (*http.Response, error) {
			sent = r
			return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
		})}
		request := newRequest(t, http.MethodGet, "https://api.example.com/", nil)
		test.change(request)
		_, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.Equal(t, test.fails, err != nil, name)
		if test.fails {
			require.Nil(t, sent, name)
			continue
		}
		require.Equal(t, strings.ToLower(sent.URL.Host), sent.URL.Host, name)
		var tokens []string
		for header, values := range sent.Header {
			if strings.EqualFold(header, "X-Session-Token") {
				tokens = append(tokens, values...)
			}
		}
		if test.want {
			require.Equal(t, []string{secretToken}, tokens, name)
		} else {
			require.Empty(t, tokens, name)
		}
	}
}
