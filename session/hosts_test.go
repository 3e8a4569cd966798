package session_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

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
			Base: service(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header })),
		}
		request := newRequest(t, http.MethodGet, test.url, nil)
		response, err := transport.RoundTrip(request) //nolint:bodyclose // there is none
		require.NoError(t, err, test.url)
		require.Equal(t, test.want, sent.Get("X-Session-Token") == secretToken, "%s with %s", test.url, test.host)
		require.Empty(t, request.Header, "the caller's request is left alone")
		require.Same(t, request, response.Request, "nobody finds the token in the answer")
	}
}
