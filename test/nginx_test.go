package test

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/nginxtest"
)

// between has what nginx does between a client and Kratos, by the first column of the table in
// docs/troubleshooting.md.
var between = map[string]func(*testing.T, *kratostest.Server){
	"speaks TLS, and HTTP/2":         nginxTLS,
	"redirects to https":             nginxRedirect,
	"has Kratos behind a path":       nginxPrefix,
	"compresses (`gzip`)":            nginxCompresses,
	"does not buffer answers":        nginxUnbuffered,
	"limits the size of bodies":      nginxLimitsBodies,
	"limits the size of headers":     nginxLimitsHeaders,
	"limits the rate":                nginxLimitsRate,
	"gives up before Kratos answers": nginxTimeout,
	"has no Kratos to ask":           nginxAlone,
	"asks a second replica":          nginxAsksAgain,
	"adds an `Origin`":               nginxOrigin,
	"adds a `Cookie`":                nginxCookie,
	"sets a cookie of its own":       nginxSetsCookie,
}

// inBetween is the heading of the table.
const inBetween = "nginx in between"

// nginxInBetween checks each row of the table with a real nginx.
func nginxInBetween(t *testing.T) {
	t.Helper()
	document, err := os.ReadFile("../docs/troubleshooting.md")
	require.NoError(t, err)
	_, table, _ := strings.Cut(string(document), "## "+inBetween+"\n")
	var rows []string
	for _, row := range regexp.MustCompile(`(?m)^\| ([^|]+) \|`).FindAllStringSubmatch(table, -1)[1:] {
		rows = append(rows, row[1])
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(between)), rows)
	kratos, _ := start(t)
	for name, test := range between {
		t.Run(name, func(t *testing.T) { test(t, kratos) })
	}
}

// proxied starts an nginx before Kratos, with more lines for the location.
func proxied(t *testing.T, kratos *kratostest.Server, lines string) *nginxtest.Proxy {
	t.Helper()
	return nginxtest.Start(t, nginxtest.Config{Server: location("/", kratos.PublicURL, lines)})
}

func location(path, target, lines string) string {
	return fmt.Sprintf("location %s { proxy_pass %s; %s }", path, target, lines)
}

// requireLogin logs in, and submits a wrong password, whose answer has a whole flow.
func requireLogin(t *testing.T, client *orylogin.Client) {
	t.Helper()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	_, err = client.Login(t.Context(), guess)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
}

func requireUnknownAnswer(t *testing.T, err error, status int) {
	t.Helper()
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	var answer *orylogin.APIError
	require.ErrorAs(t, err, &answer)
	require.Equal(t, status, answer.StatusCode)
}

func nginxTLS(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	issued := httptest.NewTLSServer(nil)
	defer issued.Close()
	key, err := x509.MarshalPKCS8PrivateKey(issued.TLS.Certificates[0].PrivateKey)
	require.NoError(t, err)
	proxy := nginxtest.Start(t, nginxtest.Config{})
	var pair bytes.Buffer
	require.NoError(t, pem.Encode(&pair, &pem.Block{Type: "CERTIFICATE", Bytes: issued.Certificate().Raw}))
	require.NoError(t, pem.Encode(&pair, &pem.Block{Type: "PRIVATE KEY", Bytes: key}))
	file := filepath.Join(proxy.Dir(), "pair.pem")
	require.NoError(t, os.WriteFile(file, pair.Bytes(), 0o644))
	port, err := daemon.FreePort(t.Context())
	require.NoError(t, err)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	require.NoError(t, proxy.Configure(t.Context(), nginxtest.Config{HTTP: fmt.Sprintf(
		"server { listen %s ssl http2; ssl_certificate %s; ssl_certificate_key %[2]s; %s }",
		address, file, location("/", kratos.PublicURL, ""),
	)}))
	_, err = newClient(t, "https://"+address).Login(t.Context(), asAda)
	require.ErrorContains(t, err, "the server's certificate is of an unknown authority")

	trusting := issued.Client().Transport.(*http.Transport).Clone()
	trusting.ForceAttemptHTTP2 = true
	defer trusting.CloseIdleConnections()
	major := 0
	requireLogin(t, newClient(t, "https://"+address, orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			answer, err := trusting.RoundTrip(r)
			if err == nil {
				major = answer.ProtoMajor
			}
			return answer, err
		}),
	})))
	require.Equal(t, 2, major)
}

func nginxRedirect(t *testing.T, _ *kratostest.Server) {
	t.Helper()
	proxy := nginxtest.Start(t, nginxtest.Config{Server: "location / { return 301 https://$host$request_uri; }"})
	_, err := newClient(t, proxy.URL).Login(t.Context(), asAda)
	var redirect *orylogin.RedirectError
	require.ErrorAs(t, err, &redirect)
	require.True(t, strings.HasPrefix(redirect.Location, "https://"))
}

func nginxPrefix(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	proxy := nginxtest.Start(t, nginxtest.Config{Server: location("/kratos/", kratos.PublicURL+"/", "")})
	requireLogin(t, newClient(t, proxy.URL+"/kratos"))
	_, err := newClient(t, proxy.URL).Login(t.Context(), asAda)
	requireUnknownAnswer(t, err, http.StatusNotFound)
}

func nginxCompresses(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	proxy := proxied(t, kratos, "gzip on; gzip_types application/json; gzip_min_length 1; gzip_proxied any; gzip_http_version 1.0;")
	requireLogin(t, newClient(t, proxy.URL))
	decompressing := &http.Transport{}
	defer decompressing.CloseIdleConnections()
	compressed := 0
	requireLogin(t, newClient(t, proxy.URL, orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			answer, err := decompressing.RoundTrip(r)
			if err == nil && answer.Uncompressed {
				compressed++
			}
			return answer, err
		}),
	})))
	require.Positive(t, compressed)
}

func nginxUnbuffered(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	requireLogin(t, newClient(t, proxied(t, kratos, "proxy_buffering off; proxy_request_buffering off;").URL))
}

func nginxLimitsBodies(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	client := newClient(t, proxied(t, kratos, "client_max_body_size 1k;").URL)
	requireLogin(t, client)
	large := asAda
	large.TransientPayload = []byte(`{"why":"` + strings.Repeat("x", 2<<10) + `"}`)
	_, err := client.Login(t.Context(), large)
	requireUnknownAnswer(t, err, http.StatusRequestEntityTooLarge)
}

func nginxLimitsHeaders(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	client := newClient(t, proxied(t, kratos, "").URL)
	_, err := client.WhoamiCookie(t.Context(), orylogin.NewSecret("ory_kratos_session="+strings.Repeat("x", 10<<10)))
	requireUnknownAnswer(t, err, http.StatusBadRequest)
}

func nginxLimitsRate(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	for status, want := range map[string]orylogin.Outcome{
		"": orylogin.OutcomeUnavailable, "limit_req_status 429;": orylogin.OutcomeRateLimited,
	} {
		proxy := nginxtest.Start(t, nginxtest.Config{
			HTTP:   "limit_req_zone $binary_remote_addr zone=all:1m rate=1r/m;",
			Server: location("/", kratos.PublicURL, "limit_req zone=all; "+status),
		})
		client := newClient(t, proxy.URL)
		_, _ = client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.Equal(t, want, orylogin.OutcomeOf(err))
	}
}

func nginxTimeout(t *testing.T, _ *kratostest.Server) {
	t.Helper()
	ended := make(chan struct{})
	slow := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-ended }))
	defer slow.Close()
	defer close(ended)
	proxy := nginxtest.Start(t, nginxtest.Config{Server: location("/", slow.URL, "proxy_read_timeout 100ms;")})
	_, err := newClient(t, proxy.URL).Login(t.Context(), asAda)
	requireUnknownAnswer(t, err, http.StatusGatewayTimeout)
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
}

func nginxAlone(t *testing.T, _ *kratostest.Server) {
	t.Helper()
	proxy := nginxtest.Start(t, nginxtest.Config{Server: location("/", "http://127.0.0.1:1", "")})
	_, err := newClient(t, proxy.URL).Login(t.Context(), asAda)
	requireUnknownAnswer(t, err, http.StatusBadGateway)
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
}

// nginxAsksAgain loses the answer to a logout. nginx then sends the logout to the next replica,
// unless its configuration forbids that.
func nginxAsksAgain(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	var logouts atomic.Int32
	lossy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if !assert.NoError(t, err) {
			return
		}
		again, err := http.NewRequestWithContext(r.Context(), r.Method, kratos.PublicURL+r.URL.Path, bytes.NewReader(body))
		if !assert.NoError(t, err) {
			return
		}
		again.Header = r.Header.Clone()
		answer, err := http.DefaultTransport.RoundTrip(again)
		if !assert.NoError(t, err) {
			return
		}
		assert.Equal(t, http.StatusNoContent, answer.StatusCode)
		assert.NoError(t, answer.Body.Close())
		logouts.Add(1)
		panic(http.ErrAbortHandler) // the answer is lost
	}))
	defer lossy.Close()
	for lines, want := range map[string]struct {
		outcome  orylogin.Outcome
		statuses string
	}{
		"":                         {orylogin.OutcomeLoggedIn, "502, 204"},
		"proxy_next_upstream off;": {orylogin.OutcomeUnavailable, "502"},
	} {
		login, err := newClient(t, kratos.PublicURL).Login(t.Context(), asAda)
		require.NoError(t, err)
		replicas := fmt.Sprintf("upstream replicas { server %s; server %s backup; }",
			strings.TrimPrefix(lossy.URL, "http://"), strings.TrimPrefix(kratos.PublicURL, "http://"))
		proxy := nginxtest.Start(t, nginxtest.Config{HTTP: replicas, Server: location("/", "http://replicas", lines)})
		err = newClient(t, proxy.URL).Logout(t.Context(), login.Token)
		require.Equal(t, want.outcome, orylogin.OutcomeOf(err))
		require.NoError(t, proxy.Halt()) // it writes its log after the answer
		requests, err := proxy.Log()
		require.NoError(t, err)
		require.Len(t, requests, 1)
		require.Equal(t, want.statuses, requests[0].Upstream)
	}
	require.Equal(t, int32(2), logouts.Load())
}

func nginxOrigin(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	client := newClient(t, proxied(t, kratos, "proxy_set_header Origin https://app.example.com;").URL)
	_, err := client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrBrowserRequest)
	requireLogin(t, newClient(t, proxied(t, kratos, `proxy_set_header Origin "";`).URL))
}

func nginxCookie(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	client := newClient(t, proxied(t, kratos, "proxy_set_header Cookie gateway=1;").URL)
	_, err := client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrBrowserRequest)
}

func nginxSetsCookie(t *testing.T, kratos *kratostest.Server) {
	t.Helper()
	proxy := proxied(t, kratos, "add_header Set-Cookie gateway=1 always;")
	requireLogin(t, newClient(t, proxy.URL))
	for want, options := range map[int][]orylogin.Option{
		0: nil, 1: {orylogin.WithCookies(func(name string) bool { return name == "gateway" })},
	} {
		visit := newClient(t, proxy.URL, options...).Visit(nil, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil))
		_, _ = visit.CreateFlow(t.Context(), orylogin.FlowOptions{})
		passed := slices.DeleteFunc(visit.CookieLines(), func(line string) bool { return !strings.HasPrefix(line, "gateway=") })
		require.Len(t, passed, want)
	}
}
