package test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/contrib/instrumentation/net/http/httptrace/otelhttptrace"
	"go.opentelemetry.io/contrib/instrumentation/net/http/otelhttp"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// TestRecipeCountOutcomes logs in, is refused and calls whoami, natively and as a browser. It
// checks what operators see.
func TestRecipeCountOutcomes(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	spans := tracetest.NewInMemoryExporter()
	traces := trace.NewTracerProvider(trace.WithSyncer(spans))
	metrics := prometheus.NewPedanticRegistry()
	client, err := newObservedClient(kratos.PublicURL, metrics, traces)
	require.NoError(t, err)
	_, err = newObservedClient(kratos.PublicURL, metrics, traces)
	require.Error(t, err, "the counters are there already")

	traced := func(do func(context.Context)) {
		ctx, span := traces.Tracer("test").Start(t.Context(), "call")
		defer span.End()
		do(ctx)
	}
	var login *orylogin.Login
	traced(func(ctx context.Context) {
		login, err = client.Login(ctx, asAda)
		require.NoError(t, err)
	})
	traced(func(ctx context.Context) {
		_, err = client.Login(ctx, guess)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	})
	traced(func(ctx context.Context) {
		_, err = client.Whoami(ctx, login.Token)
		require.NoError(t, err)
	})
	p := newPerson(t, client)
	_, err = p.submitForm(p.create(orylogin.FlowOptions{}), form(asAda))
	require.NoError(t, err)
	session := p.cookies["ory_kratos_session"]
	p.visit(func(v *orylogin.Visit) { require.NoError(t, v.Logout(t.Context())) })
	exchange := orylogin.NewSecret("a code to exchange")
	_, err = client.Exchange(t.Context(), exchange, exchange)
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	require.NoError(t, testutil.GatherAndCompare(metrics, strings.NewReader(`
# HELP login_requests_total Requests to Kratos, by what they have led to.
# TYPE login_requests_total counter
login_requests_total{operation="createSelfServiceLogoutFlowUrlForBrowsers",outcome="done"} 1
login_requests_total{operation="exchangeSessionToken",outcome="not_found"} 1
login_requests_total{operation="getSelfServiceLoginFlow",outcome="done"} 1
login_requests_total{operation="initializeSelfServiceLoginFlowForBrowsers",outcome="done"} 1
login_requests_total{operation="initializeSelfServiceLoginFlowWithoutBrowser",outcome="done"} 2
login_requests_total{operation="submitSelfServiceLoginFlow",outcome="logged_in"} 2
login_requests_total{operation="submitSelfServiceLoginFlow",outcome="refused"} 1
login_requests_total{operation="submitSelfServiceLogoutFlow",outcome="done"} 1
login_requests_total{operation="toSession",outcome="done"} 2
`)))

	var calls []string
	requests := map[string]int{}
	for _, span := range spans.GetSpans() {
		for _, secret := range []string{secret.Reveal(), guess.Password.Reveal(), login.Token.Reveal(), session, "exchange", "logout_token"} {
			assert.NotContains(t, everything(span), secret)
			assert.NotContains(t, everything(span), url.QueryEscape(secret))
		}
		if span.Name == "call" {
			calls = append(calls, attributes(span))
			require.False(t, span.Parent.IsValid())
		} else {
			requests[span.Name]++
		}
	}
	require.Equal(t, []string{"login.outcome=logged_in\n", "login.outcome=refused\n", "login.outcome=done\n"}, calls)
	require.Equal(t, map[string]int{"HTTP GET": 7, "HTTP POST": 3}, requests)
}

// attributes returns the attributes of a span, one on each line.
func attributes(span tracetest.SpanStub) string {
	var text strings.Builder
	for _, each := range span.Attributes {
		text.WriteString(string(each.Key) + "=" + each.Value.String() + "\n")
	}
	return text.String()
}

// everything returns all that a span shows: its name, attributes, status, events and links.
func everything(span tracetest.SpanStub) string {
	return fmt.Sprintf("%s\n%s%+v\n%+v\n%+v", span.Name, attributes(span), span.Status, span.Events, span.Links)
}

// TestSpansOfClientTraces checks that the spans of connections are there, without the values of
// headers. The client trace comes from the caller's context, or otelhttp adds it.
func TestSpansOfClientTraces(t *testing.T) {
	t.Parallel()
	fake := orylogintest.NewServer(t)
	fake.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
	spans := tracetest.NewInMemoryExporter()
	traces := trace.NewTracerProvider(trace.WithSyncer(spans))
	clientTrace := func(ctx context.Context) *httptrace.ClientTrace {
		return otelhttptrace.NewClientTrace(ctx, otelhttptrace.WithTracerProvider(traces))
	}
	client := newClient(t, fake.URL, orylogin.WithHTTPClient(&http.Client{Transport: &http.Transport{}}),
		orylogin.WithHeader("X-Gateway-Key", "a gateway's key"),
		orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper {
			return otelhttp.NewTransport(own, otelhttp.WithTracerProvider(traces), otelhttp.WithFilter(hasHarmlessURL),
				otelhttp.WithClientTrace(clientTrace))
		}))
	ctx := httptrace.WithClientTrace(t.Context(), clientTrace(t.Context()))
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	_, err = client.Whoami(ctx, login.Token)
	require.NoError(t, err)
	p := newPerson(t, client)
	p.visit(func(v *orylogin.Visit) {
		flow, err := v.CreateFlow(ctx, orylogin.FlowOptions{})
		require.NoError(t, err)
		_, err = v.Submit(ctx, flow, asAda)
		require.NoError(t, err)
	})
	p.visit(func(v *orylogin.Visit) { require.NoError(t, v.Logout(ctx)) })
	code := orylogin.NewSecret("a code to exchange")
	_, err = client.Exchange(ctx, code, code)
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	require.NoError(t, client.Logout(ctx, login.Token))

	names := map[string]int{}
	for _, span := range spans.GetSpans() {
		names[span.Name]++
		text := everything(span)
		fake.ExpectNoSecrets(text)
		assert.NotContains(t, text, "a gateway's key")
	}
	require.Positive(t, names["http.connect"])
	require.Positive(t, names["http.send"])
	require.Positive(t, names["HTTP GET"])
}

// TestTracedCallersShareConnections checks that a transport around the pool keeps the pool's
// limit. Without the limit, as in net/http's own transport, there would be 2,000 connections.
func TestTracedCallersShareConnections(t *testing.T) {
	t.Parallel()
	const callers, rounds = 64, 60
	fake := orylogintest.NewServer(t)
	fake.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: ada.Password})
	var opened atomic.Int64
	var number atomic.Int64
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/sessions/whoami" {
			number.Add(1)
		}
		fake.ServeHTTP(w, r)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	client := newClient(t, server.URL, orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper {
		return otelhttp.NewTransport(own)
	}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)

	var group sync.WaitGroup
	for range callers {
		group.Go(func() {
			for range rounds {
				_, err := client.Whoami(t.Context(), login.Token)
				assert.NoError(t, err)
			}
		})
	}
	group.Wait()
	require.EqualValues(t, callers*rounds, number.Load())
	require.LessOrEqual(t, opened.Load(), int64(callers+callers/8)) // 64 at a time, and new ones for lost ones
}
