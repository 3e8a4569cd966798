package orylogin_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/textproto"
	"net/url"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// traceLog records what a client trace sees.
type traceLog struct {
	mu   sync.Mutex
	text string
}

func (l *traceLog) add(hook string, seen ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text += hook + " " + fmt.Sprintln(seen...)
}

// context returns a context with a client trace that writes to the log.
func (l *traceLog) context(ctx context.Context) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:              func(hostPort string) { l.add("GetConn", hostPort) },
		GotConn:              func(httptrace.GotConnInfo) { l.add("GotConn") },
		ConnectStart:         func(network, address string) { l.add("ConnectStart", network, address) },
		ConnectDone:          func(network, address string, err error) { l.add("ConnectDone", network, address, err) },
		TLSHandshakeStart:    func() { l.add("TLSHandshakeStart") },
		WroteHeaderField:     func(name string, values []string) { l.add("WroteHeaderField", name, values) },
		WroteHeaders:         func() { l.add("WroteHeaders") },
		WroteRequest:         func(info httptrace.WroteRequestInfo) { l.add("WroteRequest", info) },
		GotFirstResponseByte: func() { l.add("GotFirstResponseByte") },
		Got1xxResponse: func(code int, header textproto.MIMEHeader) error {
			l.add("Got1xxResponse", code, header)
			return nil
		},
	})
}

// TestClientTracesSeeNoSecrets checks the client trace of the caller and one that a transport
// adds. Both see which headers are written, but no tokens, cookies or keys. Nor do they see the
// codes in a query, which is a header in HTTP/2.
func TestClientTracesSeeNoSecrets(t *testing.T) {
	t.Parallel()
	for _, http2 := range []bool{false, true} {
		t.Run(fmt.Sprint("HTTP/2 ", http2), func(t *testing.T) {
			t.Parallel()
			var arrived, caller, added traceLog
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				arrived.add("request", r.Header, r.URL)
				w.Header().Set("Set-Cookie", "ory_kratos_session=mark-early")
				w.WriteHeader(http.StatusEarlyHints)
				w.WriteHeader(http.StatusNotFound)
			}))
			server.EnableHTTP2 = http2
			server.StartTLS()
			t.Cleanup(server.Close)
			client, err := orylogin.New(server.URL, orylogin.WithHTTPClient(server.Client()), orylogin.WithHeader("X-Gateway-Key", "mark-key"),
				orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper {
					return roundTrip(func(r *http.Request) (*http.Response, error) {
						return own.RoundTrip(r.WithContext(added.context(r.Context())))
					})
				}))
			require.NoError(t, err)
			ctx := caller.context(t.Context())
			secret := orylogin.NewSecret("mark-token")
			_, err = client.Whoami(ctx, secret, orylogin.WithCallHeader("X-Trace", "mark-call"))
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
			_, err = client.WhoamiCookie(ctx, orylogin.NewSecret("ory_kratos_session=mark-cookie"))
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
			_, err = client.Exchange(ctx, secret, secret)
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
			visit := client.Visit(httptest.NewRecorder(), page("ory_kratos_session=mark-visit"))
			_, err = visit.SubmitForm(ctx, "f", url.Values{"password": {"mark-password"}})
			require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)

			require.Contains(t, arrived.text, "mark-token")
			for name, log := range map[string]*traceLog{"caller": &caller, "transport": &added} {
				require.NotContains(t, log.text, "mark-", name)
				require.Contains(t, log.text, "[[redacted]]", name)
				for _, hook := range []string{
					"GetConn", "GotConn", "ConnectStart", "ConnectDone", "TLSHandshakeStart", "WroteHeaderField", "WroteHeaders",
					"WroteRequest", "GotFirstResponseByte", "Got1xxResponse",
				} {
					require.Contains(t, log.text, hook+" ", name)
				}
			}
		})
	}
}
