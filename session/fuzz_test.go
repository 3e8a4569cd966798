package session_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
)

// FuzzHosts checks that a token goes only to a named host, and never over a connection that
// others can read.
func FuzzHosts(f *testing.F) {
	for _, target := range []string{
		"https://api.example.com/a", "https://API.example.com:443/", "http://api.example.com", "https://api.example.com.evil.com",
		"https://api.example.com@evil.com/", "https://api.example.com:8443", "//api.example.com", "https://evil.com/api.example.com",
		"https://api.example.com\x00.evil.com", `https://api.example.com\.evil.com`, "https://ａpi.example.com", "https://api.example.com.",
	} {
		f.Add("api.example.com", target)
		f.Add("api.example.com:8443", target)
	}
	f.Add("[::1]:80", "http://[::1]/")
	f.Add("*", "https://evil.com")
	f.Add("", "https://evil.com")
	f.Fuzz(func(t *testing.T, host, target string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
		if err != nil {
			return
		}
		transport := &session.Transport{
			Source: session.Static(orylogin.NewSecret("hunter2")),
			Hosts:  []string{host},
			Base: roundTrip(func(r *http.Request) (*http.Response, error) {
				if token := r.Header.Get("X-Session-Token"); token != "" {
					require.Equal(t, "hunter2", token)
					named, _, _ := strings.Cut(strings.TrimPrefix(host, "["), "]")
					require.True(t, strings.EqualFold(host, r.URL.Host) || strings.EqualFold(host, r.URL.Hostname()) ||
						strings.HasPrefix(strings.ToLower(named), strings.ToLower(r.URL.Hostname())), "%q of %q", r.URL.Host, host)
					require.True(t, r.URL.Scheme == "https" || httpLoopback(r), "%q", target)
				}
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}),
		}
		response, err := transport.RoundTrip(request)
		require.NotEqual(t, response == nil, err == nil)
		require.Empty(t, request.Header.Get("X-Session-Token"), "the caller's request stays as it was")
		if err != nil {
			require.NotContains(t, err.Error(), "hunter2")
			return
		}
		_ = response.Body.Close()
	})
}

func httpLoopback(r *http.Request) bool {
	name := strings.ToLower(r.URL.Hostname())
	return r.URL.Scheme == "http" && (name == "localhost" || strings.HasPrefix(strings.TrimPrefix(name, "::ffff:"), "127.") ||
		strings.Contains(name, ":"))
}

// FuzzGuard sends any credential to a guard whose server refuses it with any Retry-After. The
// handler is never called, and the server gets exactly one credential.
func FuzzGuard(f *testing.F) {
	for _, credential := range []string{"", "hunter2", "Bearer hunter2", "bearer  x", "Bearer \x00", "ory_kratos_session=hunter2", `ory_kratos_session="q"; a=b`} {
		f.Add(credential, credential, credential, 503, "7")
		f.Add("", credential, "", 401, "")
		f.Add("", "", credential, 429, "Fri, 31 Dec 9999 23:59:59 GMT")
	}
	f.Fuzz(func(t *testing.T, token, cookie, authorization string, status int, retryAfter string) {
		client, err := orylogin.New("https://kratos.example.com", orylogin.WithHTTPClient(&http.Client{
			Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				require.LessOrEqual(t, len(r.Header.Values("X-Session-Token"))+len(r.Header.Values("Cookie")), 1)
				require.Empty(t, r.Header.Values("Authorization"))
				for _, each := range r.Cookies() {
					require.True(t, each.Name == "ory_kratos_session" || strings.HasPrefix(each.Name, "ory_session_"), each.Name)
				}
				return &http.Response{StatusCode: status, Header: http.Header{"Retry-After": {retryAfter}}, Body: http.NoBody}, nil
			}),
		}))
		require.NoError(t, err)
		guard, err := session.NewGuard(client)
		require.NoError(t, err)
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header = http.Header{"X-Session-Token": {token}, "Cookie": {cookie}, "Authorization": {authorization}}
		w := httptest.NewRecorder()
		guard.Wrap(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			t.Error("a request without a session got through")
		})).ServeHTTP(w, request)
		require.Contains(t, []int{http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusServiceUnavailable}, w.Code)
		if wait := w.Header().Get("Retry-After"); wait != "" {
			seconds, err := strconv.ParseInt(wait, 10, 64)
			require.NoError(t, err)
			require.Positive(t, seconds)
		}
	})
}
