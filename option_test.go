package orylogin_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

func TestWrongOptions(t *testing.T) {
	wrong := map[string]orylogin.Option{
		"option is nil":          nil,
		"WithHTTPClient":         orylogin.WithHTTPClient(nil),
		"WithTimeout: 0":         orylogin.WithTimeout(0),
		"WithResponseLimit: 0":   orylogin.WithResponseLimit(0),
		"WithResponseLimit: -1":  orylogin.WithResponseLimit(-1),
		"WithResponseLimit: 107": orylogin.WithResponseLimit(1<<30 + 1),
		"WithHeader: Cookie":     orylogin.WithHeader("Cookie", "a=b"),
	}
	all := []orylogin.Option{orylogin.WithResponseLimit(1 << 30)}
	for _, option := range wrong {
		all = append(all, option)
	}
	_, err := orylogin.New("https://auth.example.com", all...)
	for want := range wrong {
		require.ErrorContains(t, err, want, "each is told")
	}
}

func TestHeaders(t *testing.T) {
	answer := recorded(t, "v26.2.0/create")
	client := answer.client(t, orylogin.WithHeader("x-gateway-key", "gateway"), orylogin.WithHeader("Traceparent", "client"))
	for _, opts := range [][]orylogin.CallOption{{orylogin.WithCallHeader("traceparent", "call")}, nil} {
		_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{}, opts...)
		require.NoError(t, err)
	}
	require.Equal(t, []string{"gateway"}, answer.requests[0].Header["X-Gateway-Key"])
	require.Equal(t, []string{"call"}, answer.requests[0].Header["Traceparent"])
	require.Equal(t, []string{"client"}, answer.requests[1].Header["Traceparent"])
}

func TestHeadersThatCannotBeSet(t *testing.T) {
	for _, name := range []string{
		"Accept", "accept", "Accept-Encoding", "Connection", "Expect", "Range", "TE", "Trailer", "Upgrade",
		"Transfer-Encoding", "Content-Length", "Content-Type", "Cookie", "Host", "Idempotency-Key",
		"Origin", "ORIGIN", "X-Idempotency-Key", "X-Session-Token", "x-session-token",
		"", "a b", "a:b", "a\nb", "ä",
	} {
		_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader(name, "value"))
		require.ErrorContains(t, err, "WithHeader", name)
	}
	for _, value := range []string{"hunter2\r\nCookie: a=b", "hunter2\x7f", "hunter2\x00"} {
		_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader("X-Key", value))
		require.ErrorContains(t, err, "line break")
		require.NotContains(t, err.Error(), "hunter2")
	}
	_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader("X-Key", "a\ttab"))
	require.NoError(t, err)
}

// TestCallersClient checks that only the transport and the timeout of the caller's http.Client
// are used, without its jar and its redirects, and that the http.Client stays unchanged.
func TestCallersClient(t *testing.T) {
	answer := &fixed{status: 307, header: http.Header{"Set-Cookie": {"csrf_token_x=y"}, "Location": {"/elsewhere"}}}
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base := &url.URL{Scheme: "https", Host: "auth.example.com"}
	jar.SetCookies(base, []*http.Cookie{{Name: "ory_kratos_session", Value: "z"}})
	callers := &http.Client{Jar: jar, Transport: answer, Timeout: time.Minute}

	client, err := orylogin.New(base.String(), orylogin.WithHTTPClient(callers))
	require.NoError(t, err)
	for range 2 {
		_, err = client.Submit(t.Context(), flowID, password, orylogin.WithSessionToken(token))
		require.Equal(t, outcome{kind: "Redirect", status: 307}, outcomeOf(err))
	}
	require.Len(t, answer.requests, 2)
	for _, got := range answer.requests {
		require.NotContains(t, got.Header, "Cookie")
	}
	require.Equal(t, &http.Client{Jar: jar, Transport: answer, Timeout: time.Minute}, callers)
	require.Len(t, jar.Cookies(base), 1)

	_, err = newKratos(t).Client(orylogin.WithHTTPClient(&http.Client{})).Login(t.Context(), password)
	require.NoError(t, err, "one without a transport has that of net/http")
}
