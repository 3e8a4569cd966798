package orylogin_test

import (
	"math"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

func TestNewReportsEveryWrongOption(t *testing.T) {
	_, err := orylogin.New("https://auth.example.com",
		nil,
		orylogin.WithHTTPClient(nil),
		orylogin.WithTimeout(0),
		orylogin.WithResponseLimit(-1),
		orylogin.WithResponseLimit(math.MaxInt64),
		orylogin.WithHeader("Cookie", "a=b"),
	)
	for _, want := range []string{"option is nil", "WithHTTPClient", "WithTimeout", "WithResponseLimit", "WithHeader: Cookie"} {
		require.ErrorContains(t, err, want)
	}
}

func TestHeaders(t *testing.T) {
	s := newServer(t, replay(t, "v26.2.0/create"))
	client := newClient(t, s.URL,
		orylogin.WithHeader("x-gateway-key", "gateway"),
		orylogin.WithHeader("Traceparent", "client"),
	)
	_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{}, orylogin.WithCallHeader("traceparent", "call"))
	require.NoError(t, err)
	_, err = client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)

	require.Equal(t, []string{"gateway"}, s.seen()[0].Header["X-Gateway-Key"])
	require.Equal(t, []string{"call"}, s.seen()[0].Header["Traceparent"])
	require.Equal(t, []string{"client"}, s.seen()[1].Header["Traceparent"])
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
	_, err := orylogin.New("https://auth.example.com", orylogin.WithHeader("X-Key", "hunter2\r\nCookie: a=b"))
	require.ErrorContains(t, err, "line break")
	require.NotContains(t, err.Error(), "hunter2")
}

// TestCallersClient shows that the caller's http.Client is used, but copied:
// without its jar and its redirects, and itself unchanged.
func TestCallersClient(t *testing.T) {
	elsewhere := newServer(t, reply(200, "{}"))
	s := newServer(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Set-Cookie", "csrf_token_x=y")
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base, err := url.Parse(s.URL)
	require.NoError(t, err)
	jar.SetCookies(base, []*http.Cookie{{Name: "ory_kratos_session", Value: "z"}})
	transport := &countingTransport{}
	callers := &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}

	client := newClient(t, s.URL, orylogin.WithHTTPClient(callers))
	for range 2 {
		_, err = client.Submit(t.Context(), flowID, password, orylogin.WithSessionToken(token))
		require.Equal(t, outcome{kind: "redirect", status: 307}, outcomeOf(err))
	}

	require.Equal(t, 2, transport.count)
	require.Empty(t, elsewhere.seen())
	for _, got := range s.seen() {
		require.NotContains(t, got.Header, "Cookie")
	}
	require.Equal(t, &http.Client{Jar: jar, Transport: transport, Timeout: time.Minute}, callers)
	require.Len(t, jar.Cookies(base), 1)
}

type countingTransport struct{ count int }

func (t *countingTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.count++
	return http.DefaultTransport.RoundTrip(r)
}
