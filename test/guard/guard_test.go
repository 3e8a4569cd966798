// Package guard runs the recipes of docs/guard.md.
package guard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"connectrpc.com/connect"
	"github.com/gin-gonic/gin"
	"github.com/stretchr/testify/require"
	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/health"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	testpb "google.golang.org/grpc/interop/grpc_testing"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

const totpSecret = "JBSWY3DPEHPK3PXP"

var password = orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")}

func TestMain(m *testing.M) {
	gin.SetMode(gin.ReleaseMode)
	slog.SetDefault(slog.New(slog.DiscardHandler))
	m.Run()
}

// world is a Kratos in which ada has logged in.
type world struct {
	kratos      *orylogintest.Server
	client      *orylogin.Client
	token       orylogin.Secret
	guard, sure *session.Guard
}

func newWorld(t *testing.T) world {
	t.Helper()
	kratos := orylogintest.NewServer(t)
	kratos.AddIdentity(orylogintest.Identity{ID: "ada", Email: "ada@example.com", Password: "correct horse", TOTPSecret: totpSecret})
	client := kratos.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	guard, sure, err := newGuards(client)
	require.NoError(t, err)
	return world{kratos, client, login.Token, guard, sure}
}

func (w world) stepUp(t *testing.T) {
	t.Helper()
	code := orylogintest.TOTP(totpSecret, time.Now())
	_, err := w.client.StepUp(t.Context(), w.token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
	require.NoError(t, err)
}

// TestRecipesAreTested checks that all Go code of the document is in recipes_test.go.
func TestRecipesAreTested(t *testing.T) {
	t.Parallel()
	document, err := os.ReadFile("../../docs/guard.md")
	require.NoError(t, err)
	code, err := os.ReadFile("recipes_test.go")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(document), -1)
	require.GreaterOrEqual(t, len(blocks), 8)
	for _, block := range blocks {
		require.Contains(t, string(code), block[1])
	}
}

// TestRouters sends a user's requests through each of the routers.
func TestRouters(t *testing.T) {
	t.Parallel()
	for name, router := range map[string]func(guard, sure *session.Guard) http.Handler{
		"net/http": newMux, "chi": newChi, "gin": newGin, "echo": newEcho,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			handler := router(w.guard, w.sure)
			ask := func(method, path string, token orylogin.Secret) (int, string) {
				request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
				request.Header.Set("X-Session-Token", token.Reveal())
				answer := httptest.NewRecorder()
				handler.ServeHTTP(answer, request)
				return answer.Code, answer.Body.String()
			}
			want := func(status int, text string) func(int, string) {
				return func(got int, body string) {
					t.Helper()
					require.Equal(t, status, got, body)
					require.Contains(t, body, text)
				}
			}
			want(200, "hello stranger")(ask("GET", "/", orylogin.Secret{}))
			want(401, "session_inactive")(ask("GET", "/account", orylogin.Secret{}))
			want(401, `"redirect_browser_to":"https://app.example.com/login"`)(ask("GET", "/account", orylogin.Secret{}))
			want(401, "session_inactive")(ask("POST", "/payments", orylogin.Secret{}))
			w.kratos.ExpectCalls(orylogintest.Whoami, 0)
			want(403, "https://app.example.com/login?aal=aal2")(ask("POST", "/payments", w.token))
			w.kratos.ExpectCalls(orylogintest.Whoami, 1)
			want(200, "hello ada")(ask("GET", "/", w.token))
			want(200, "hello ada")(ask("GET", "/account", w.token))
			w.kratos.ExpectCalls(orylogintest.Whoami, 1)
			w.stepUp(t)
			before := len(w.kratos.Requests(orylogintest.Whoami))
			want(200, "hello ada")(ask("POST", "/payments", w.token))
			require.Len(t, w.kratos.Requests(orylogintest.Whoami), before+1)
			want(200, "hello ada")(ask("POST", "/payments", w.token))
			require.Len(t, w.kratos.Requests(orylogintest.Whoami), before+1)
		})
	}
}

// TestPages sends a browser that opens a page to the login and back. A form and a failure get a
// page, and scripts get JSON.
func TestPages(t *testing.T) {
	t.Parallel()
	const (
		html = "text/html,application/xhtml+xml,*/*;q=0.8"
		back = "return_to=%2Fa%3Fb%3Dc"
	)
	w := newWorld(t)
	guard, err := w.guard.With(session.WithRefusal(refusePage))
	require.NoError(t, err)
	sure, err := guard.With(session.RequireAAL2(""))
	require.NoError(t, err)
	stale, err := guard.With(session.RequireFresh(1, "/login?refresh=true"))
	require.NoError(t, err)
	mine, err := guard.With(session.Require(func(context.Context, *orylogin.Session) error { return errors.New("not mine") }))
	require.NoError(t, err)
	down, err := session.NewGuard(downClient(t), session.WithRefusal(refusePage), session.WithLoginURL("/login"))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		guard          *session.Guard
		method, accept string
		token          orylogin.Secret
		status         int
		location, text string
	}{
		"stranger":          {guard, "GET", html, orylogin.Secret{}, 303, "https://app.example.com/login?" + back, ""},
		"one factor":        {sure, "GET", html, w.token, 303, "https://app.example.com/login?aal=aal2&" + back, ""},
		"stale":             {stale, "GET", html, w.token, 303, "/login?refresh=true&" + back, ""},
		"known":             {guard, "GET", html, w.token, 200, "", "hello ada"},
		"headers":           {guard, "HEAD", html, orylogin.Secret{}, 303, "https://app.example.com/login?" + back, ""},
		"a form":            {guard, "POST", html, orylogin.Secret{}, 401, "", `<a href="https://app.example.com/login" target="_blank">Confirm`},
		"a stale form":      {stale, "POST", html, w.token, 403, "", `<a href="/login?refresh=true" target="_blank">Confirm`},
		"somebody else's":   {mine, "GET", html, w.token, 403, "", "<p>You may not do this."},
		"Kratos is down":    {down, "GET", html, w.token, 503, "", "<p>We cannot check your login right now."},
		"a script":          {guard, "GET", "*/*", orylogin.Secret{}, 401, "", `"redirect_browser_to":"https://app.example.com/login"`},
		"a POST of one":     {guard, "POST", "application/json", orylogin.Secret{}, 401, "", `"session_inactive"`},
		"no Accept":         {guard, "GET", "", orylogin.Secret{}, 401, "", `"session_inactive"`},
		"down for a script": {down, "GET", "*/*", w.token, 503, "", `"the session could not be checked"`},
	} {
		request := httptest.NewRequestWithContext(t.Context(), test.method, "/a?b=c", nil)
		request.Header.Set("X-Session-Token", test.token.Reveal())
		request.Header.Set("Accept", test.accept)
		answer := httptest.NewRecorder()
		test.guard.Wrap(http.HandlerFunc(greet)).ServeHTTP(answer, request)
		require.Equal(t, test.status, answer.Code, name)
		require.Equal(t, test.location, answer.Header().Get("Location"), name)
		require.Contains(t, answer.Body.String(), test.text, name)
		require.Equal(t, test.status != 200, answer.Header().Get("Cache-Control") == "no-store", name)
	}
}

// TestFreshSecondFactor checks that a second factor must be fresh itself, and that a fresh
// password does not help.
func TestFreshSecondFactor(t *testing.T) {
	t.Parallel()
	const page = "https://app.example.com/login?aal=aal2&refresh=true"
	w := newWorld(t)
	guard, err := w.sure.With(session.RequireFreshAAL2(10*time.Minute, page))
	require.NoError(t, err)
	w.stepUp(t)
	_, err = guard.Check(t.Context(), session.TokenCredential(w.token))
	require.NoError(t, err)

	now := time.Now()
	w.kratos.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		methods := []api.SessionAuthenticationMethod{
			{Method: "password", AAL: orylogin.AAL1, CompletedAt: now}, {Method: "totp", AAL: orylogin.AAL2, CompletedAt: now.Add(-time.Hour)},
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(api.Session{
			ID: "s", Active: true, ExpiresAt: now.Add(time.Hour), Identity: &api.Identity{ID: "ada"},
			AuthenticatedAt: now, AuthenticatorAssuranceLevel: orylogin.AAL2, AuthenticationMethods: methods,
		})
	}))
	other := session.TokenCredential(orylogin.NewSecret("another-session"))
	weaker, err := w.guard.With(session.RequireAAL2(""), session.RequireFresh(10*time.Minute, ""))
	require.NoError(t, err)
	_, err = weaker.Check(t.Context(), other)
	require.NoError(t, err, "which is why there is RequireFreshAAL2")
	_, err = guard.Check(t.Context(), other)
	var refusal *session.Refusal
	require.ErrorAs(t, err, &refusal)
	require.Equal(t, http.StatusForbidden, refusal.StatusCode)
	require.Equal(t, orylogin.OutcomeSecondFactor, refusal.Outcome)
	require.Equal(t, page, refusal.URL)
}

// downClient returns the client for a Kratos that does not answer.
func downClient(t *testing.T) *orylogin.Client {
	t.Helper()
	kratos := orylogintest.NewServer(t)
	kratos.Cut(orylogintest.Whoami)
	return kratos.Client()
}

// TestGreetAll checks that users whom WrapOptional refuses are greeted as strangers.
func TestGreetAll(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	down, err := session.NewGuard(downClient(t))
	require.NoError(t, err)
	for name, test := range map[string]struct {
		guard    *session.Guard
		optional int
		text     string
	}{
		"known": {w.guard, 200, "hello ada\n"}, "one factor": {w.sure, 403, "hello stranger\n"}, "Kratos is down": {down, 503, "hello stranger\n"},
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", w.token.Reveal())
		answer := httptest.NewRecorder()
		test.guard.WrapOptional(http.HandlerFunc(greet)).ServeHTTP(answer, request)
		require.Equal(t, test.optional, answer.Code, name)
		answer = httptest.NewRecorder()
		greetAll(test.guard)(answer, request)
		require.Equal(t, http.StatusOK, answer.Code, name)
		require.Equal(t, test.text, answer.Body.String(), name)
	}
}

// TestPreflight has no credential, so a guard outside of the CORS middleware refuses it.
func TestPreflight(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	cors := func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Access-Control-Allow-Origin", r.Header.Get("Origin"))
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			next.ServeHTTP(w, r)
		})
	}
	api := http.HandlerFunc(greet)
	for status, handler := range map[int]http.Handler{204: cors(w.guard.Wrap(api)), 401: w.guard.Wrap(cors(api))} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodOptions, "/", nil)
		request.Header.Set("Origin", "https://app.example.org")
		request.Header.Set("Access-Control-Request-Method", "POST")
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		require.Equal(t, status, answer.Code)
		require.Equal(t, status == 204, answer.Header().Get("Access-Control-Allow-Origin") != "")
	}
}

func showForm(w http.ResponseWriter, next orylogin.Next) { w.WriteHeader(next.Status) }

// greeter is a gRPC service.
type greeter struct {
	testpb.UnimplementedTestServiceServer
}

func (greeter) UnaryCall(ctx context.Context, _ *testpb.SimpleRequest) (*testpb.SimpleResponse, error) {
	who, _ := session.FromContext(ctx)
	return &testpb.SimpleResponse{Username: who.Identity.ID}, nil
}

func (greeter) EmptyCall(context.Context, *testpb.Empty) (*testpb.Empty, error) {
	return &testpb.Empty{}, nil
}

func (greeter) StreamingOutputCall(_ *testpb.StreamingOutputCallRequest, stream testpb.TestService_StreamingOutputCallServer) error {
	who, _ := session.FromContext(stream.Context())
	return stream.Send(&testpb.StreamingOutputCallResponse{Payload: &testpb.Payload{Body: []byte(who.Identity.ID)}})
}

// serveGRPC returns a connection to the greeter. Its method EmptyCall needs what the guard sure
// requires.
func serveGRPC(t *testing.T, guard, sure *session.Guard, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	return serve(t, newGRPC(map[string]*session.Guard{
		testpb.TestService_UnaryCall_FullMethodName: guard, testpb.TestService_StreamingOutputCall_FullMethodName: guard,
	}, sure), opts...)
}

// serve returns a connection to the greeter on the server.
func serve(t *testing.T, server *grpc.Server, opts ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()
	testpb.RegisterTestServiceServer(server, greeter{})
	healthpb.RegisterHealthServer(server, health.NewServer())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	certified := httptest.NewTLSServer(nil)
	t.Cleanup(certified.Close)
	encrypted := &tls.Config{Certificates: certified.TLS.Certificates, NextProtos: []string{"h2"}}
	go func() { _ = server.Serve(tls.NewListener(listener, encrypted)) }()
	t.Cleanup(server.Stop)
	roots := x509.NewCertPool()
	roots.AddCert(certified.Certificate())
	opts = append(opts, grpc.WithTransportCredentials(credentials.NewClientTLSFromCert(roots, "")))
	connection, err := grpc.NewClient(listener.Addr().String(), opts...)
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	return connection
}

func TestGRPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	client := testpb.NewTestServiceClient(serveGRPC(t, w.guard, w.sure))
	known := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+w.token.Reveal())

	answer, err := client.UnaryCall(known, &testpb.SimpleRequest{})
	require.NoError(t, err)
	require.Equal(t, "ada", answer.GetUsername())
	stream, err := client.StreamingOutputCall(known, &testpb.StreamingOutputCallRequest{})
	require.NoError(t, err)
	sent, err := stream.Recv()
	require.NoError(t, err)
	require.Equal(t, "ada", string(sent.GetPayload().GetBody()))
	w.kratos.ExpectCalls(orylogintest.Whoami, 1)

	_, err = client.UnaryCall(t.Context(), &testpb.SimpleRequest{})
	require.Equal(t, codes.Unauthenticated, status.Code(err))
	stream, err = client.StreamingOutputCall(t.Context(), &testpb.StreamingOutputCallRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.Equal(t, codes.Unauthenticated, status.Code(err))
	require.Equal(t, orylogin.OutcomeNoSession, reasonOf(err))

	_, err = client.EmptyCall(known, &testpb.Empty{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	require.Equal(t, "https://app.example.com/login?aal=aal2&refresh=true", infoOf(t, err).GetMetadata()["url"])
	require.Equal(t, "github.com/orylogin/orylogin/session", infoOf(t, err).GetDomain())
	w.stepUp(t)
	_, err = client.EmptyCall(known, &testpb.Empty{})
	require.NoError(t, err)

	w.kratos.Handle(orylogintest.Whoami, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
	}))
	_, err = client.UnaryCall(metadata.AppendToOutgoingContext(t.Context(), "x-session-token", "other"), &testpb.SimpleRequest{})
	require.Equal(t, codes.ResourceExhausted, status.Code(err))
	for _, detail := range status.Convert(err).Details() {
		if retry, ok := detail.(*errdetails.RetryInfo); ok {
			require.Equal(t, 7*time.Second, retry.GetRetryDelay().AsDuration().Round(time.Second))
		}
	}
	w.kratos.Cut(orylogintest.Whoami)
	_, err = client.UnaryCall(metadata.AppendToOutgoingContext(t.Context(), "x-session-token", "third"), &testpb.SimpleRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Len(t, status.Convert(err).Details(), 1, "nobody has said when to try again")
	require.NotContains(t, infoOf(t, err).GetMetadata(), "url")
}

// TestLevelsOfGRPC checks that each method has its guard, and that a method without one has the
// strictest.
func TestLevelsOfGRPC(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admins, err := w.sure.With(requireRole("admin"))
	require.NoError(t, err)
	client := testpb.NewTestServiceClient(serve(t, newGRPC(map[string]*session.Guard{
		testpb.TestService_UnaryCall_FullMethodName:           w.guard,
		testpb.TestService_StreamingOutputCall_FullMethodName: w.sure,
	}, admins)))
	known := metadata.AppendToOutgoingContext(t.Context(), "x-session-token", w.token.Reveal())
	reasons := func() []orylogin.Outcome {
		_, unary := client.UnaryCall(known, &testpb.SimpleRequest{})
		stream, err := client.StreamingOutputCall(known, &testpb.StreamingOutputCallRequest{})
		require.NoError(t, err)
		_, streamed := stream.Recv()
		_, unnamed := client.EmptyCall(known, &testpb.Empty{})
		return []orylogin.Outcome{reasonOf(unary), reasonOf(streamed), reasonOf(unnamed)}
	}
	require.Equal(t, []orylogin.Outcome{"", orylogin.OutcomeSecondFactor, orylogin.OutcomeSecondFactor}, reasons())
	w.stepUp(t)
	require.Equal(t, []orylogin.Outcome{"", "", session.OutcomeForbidden}, reasons())
}

// giving returns a function for Converse that submits each of the typed codes once. It counts the questions.
func giving(typed ...string) (func(context.Context, orylogin.Step) (orylogin.Method, error), *int) {
	asked := 0
	return func(context.Context, orylogin.Step) (orylogin.Method, error) {
		asked++
		return orylogin.TOTP{Code: orylogin.NewSecret(typed[asked-1])}, nil
	}, &asked
}

// TestStepUpOfGRPC checks that the user is asked only if a call or a stream needs a second factor,
// that a wrong code leads to another question, and that the call is then repeated once.
func TestStepUpOfGRPC(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, retry, testpb.TestServiceClient) error{
		"unary": func(ctx context.Context, _ retry, client testpb.TestServiceClient) error {
			_, err := client.EmptyCall(ctx, &testpb.Empty{})
			return err
		},
		"stream": func(ctx context.Context, retry retry, client testpb.TestServiceClient) error {
			names := []string{}
			err := receive(ctx, retry, client, func(message *testpb.StreamingOutputCallResponse) {
				names = append(names, string(message.GetPayload().GetBody()))
			})
			if err == nil {
				require.Equal(t, []string{"ada"}, names)
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			next, asked := giving("000000", orylogintest.TOTP(totpSecret, time.Now()))
			source := session.Static(w.token)
			steppingUp := stepUp(w.client, source, next)
			client := testpb.NewTestServiceClient(serve(t, newGRPC(map[string]*session.Guard{
				testpb.TestService_UnaryCall_FullMethodName: w.guard,
			}, w.sure), grpc.WithPerRPCCredentials(perCall{source: source}), grpc.WithUnaryInterceptor(steppingUp.unary)))
			answer, err := client.UnaryCall(t.Context(), &testpb.SimpleRequest{})
			require.NoError(t, err)
			require.Equal(t, "ada", answer.GetUsername())
			require.Zero(t, *asked)
			for range 2 {
				require.NoError(t, call(t.Context(), steppingUp, client))
				require.Equal(t, 2, *asked)
			}
		})
	}
}

// TestStepUpTakesTime checks that the time in which a person types does not count for the
// deadline of a call.
func TestStepUpTakesTime(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t)
	kratos.AddIdentity(orylogintest.Identity{Email: password.Identifier, Password: "correct horse", TOTPSecret: totpSecret})
	type key struct{}
	for _, limit := range []time.Duration{0, 3 * time.Second} {
		synctest.Test(t, func(t *testing.T) {
			client, err := orylogin.New(kratos.URL, orylogin.WithHTTPClient(&http.Client{Transport: kratos}))
			require.NoError(t, err)
			_, sure, err := newGuards(client)
			require.NoError(t, err)
			login, err := client.Login(t.Context(), password)
			require.NoError(t, err)
			outer := context.WithValue(t.Context(), key{}, "value")
			var want []time.Duration
			if limit > 0 {
				limited, cancel := context.WithTimeout(outer, limit)
				defer cancel()
				outer, want = limited, []time.Duration{limit, limit}
			}
			var left []time.Duration
			steppingUp := stepUp(client, session.Static(login.Token), func(ctx context.Context, _ orylogin.Step) (orylogin.Method, error) {
				require.Equal(t, "value", ctx.Value(key{}))
				time.Sleep(4 * time.Second)
				return orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP(totpSecret, time.Now()))}, nil
			})
			require.NoError(t, steppingUp(outer, func(ctx context.Context) error {
				if deadline, limited := ctx.Deadline(); limited {
					left = append(left, time.Until(deadline))
				}
				time.Sleep(time.Second)
				_, err := sure.Authenticate(ctx, session.TokenCredential(login.Token))
				return asStatus(ctx, err)
			}))
			require.Equal(t, want, left)
		})
	}
}

// TestStepUpCanceled has a caller who leaves while the user is asked, or while the repeated call
// runs.
func TestStepUpCanceled(t *testing.T) {
	t.Parallel()
	leaves := func(inQuestion bool) (int, error) {
		w, calls := newWorld(t), 0
		caller, leave := context.WithCancel(t.Context())
		defer leave()
		steppingUp := stepUp(w.client, session.Static(w.token), func(context.Context, orylogin.Step) (orylogin.Method, error) {
			if inQuestion {
				leave()
				<-t.Context().Done() // the user never answers
			}
			return orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP(totpSecret, time.Now()))}, nil
		})
		err := steppingUp(caller, func(ctx context.Context) error {
			calls++
			if _, err := w.sure.Authenticate(ctx, session.TokenCredential(w.token)); err != nil {
				return asStatus(ctx, err)
			}
			leave()
			<-ctx.Done()
			return status.FromContextError(ctx.Err()).Err()
		})
		return calls, err
	}
	calls, err := leaves(true)
	require.Equal(t, codes.Canceled, status.Code(err), "%v", err)
	require.Equal(t, 1, calls, "the call is not repeated")
	calls, err = leaves(false)
	require.Equal(t, codes.Canceled, status.Code(err), "%v", err)
	require.Equal(t, 2, calls)
}

// TestLogInAgainAfterAQuestion has a session that ends while the user is asked for a second factor.
// The user logs in again, and then gives the factor.
func TestLogInAgainAfterAQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, err := session.NewSource(w.client, password)
	require.NoError(t, err)
	first, err := source.Token(t.Context())
	require.NoError(t, err)
	steppingUp := stepUp(w.client, source, func(ctx context.Context, _ orylogin.Step) (orylogin.Method, error) {
		if token, err := source.Token(ctx); err == nil && token.Equal(first) {
			require.NoError(t, w.client.Logout(ctx, first))
		}
		return orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP(totpSecret, time.Now()))}, nil
	})
	require.NoError(t, logInAgain(source)(t.Context(), func(ctx context.Context) error {
		return steppingUp(ctx, func(ctx context.Context) error {
			token, err := source.Token(ctx)
			require.NoError(t, err)
			_, err = w.sure.Authenticate(ctx, session.TokenCredential(token))
			return asStatus(ctx, err)
		})
	}))
}

// together makes four calls at the same time that sure guards, and returns their errors. The user
// answers by next when each call was refused.
func together(
	t *testing.T, client *orylogin.Client, token orylogin.Secret, sure *session.Guard,
	next func(context.Context, orylogin.Step) (orylogin.Method, error),
) []error {
	t.Helper()
	errs := make([]error, 4)
	var all, refused sync.WaitGroup
	refused.Add(len(errs))
	steppingUp := stepUp(client, session.Static(token), func(ctx context.Context, step orylogin.Step) (orylogin.Method, error) {
		refused.Wait()
		return next(ctx, step)
	})
	for i := range errs {
		once := sync.OnceFunc(refused.Done)
		all.Go(func() {
			errs[i] = steppingUp(t.Context(), func(ctx context.Context) error {
				defer once()
				_, err := sure.Authenticate(ctx, session.TokenCredential(token))
				return asStatus(ctx, err)
			})
		})
	}
	all.Wait()
	return errs
}

// TestWhileLoggedIn checks that a stream survives a failure of Kratos, and ends with its session.
func TestWhileLoggedIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guard, err := session.NewGuard(w.client)
	require.NoError(t, err)
	credential := session.TokenCredential(w.token)
	ctx, err := guard.Authenticate(t.Context(), credential)
	require.NoError(t, err)
	failed := make(chan struct{}, 2)
	w.kratos.Handle(orylogintest.Whoami, http.HandlerFunc(func(answer http.ResponseWriter, _ *http.Request) {
		answer.WriteHeader(http.StatusBadGateway)
		select {
		case failed <- struct{}{}:
		default:
		}
	}))
	ctx, cancel := whileLoggedIn(ctx, guard, credential, time.Millisecond)
	defer cancel()
	<-failed
	<-failed
	require.NoError(t, ctx.Err())
	w.kratos.Handle(orylogintest.Whoami, nil)
	require.NoError(t, w.client.Logout(t.Context(), w.token))
	<-ctx.Done()
	require.Equal(t, codes.Unauthenticated, status.Code(asStatus(t.Context(), context.Cause(ctx))))
	require.Equal(t, orylogin.OutcomeNoSession, reasonOf(asStatus(t.Context(), context.Cause(ctx))))
	given, cancel := whileLoggedIn(t.Context(), guard, credential, time.Hour)
	cancel()
	require.ErrorIs(t, context.Cause(given), context.Canceled)
}

// TestOneQuestion checks that calls at the same time share one question, and that each of them has the
// error of a step-up that fails.
func TestOneQuestion(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	gaveUp := errors.New("gave up")
	asked := 0
	for _, err := range together(t, w.client, w.token, w.sure, func(context.Context, orylogin.Step) (orylogin.Method, error) {
		asked++
		return nil, gaveUp
	}) {
		require.ErrorIs(t, err, gaveUp)
		require.Equal(t, orylogin.OutcomeSecondFactor, reasonOf(err))
		require.Equal(t, codes.PermissionDenied, status.Code(err))
	}
	require.Equal(t, 1, asked)
	next, typed := giving("000000", orylogintest.TOTP(totpSecret, time.Now()))
	require.Equal(t, make([]error, 4), together(t, w.client, w.token, w.sure, next))
	require.Equal(t, 2, *typed)

	w = newWorld(t)
	w.kratos.Cut(orylogintest.CreateFlow)
	for _, err := range together(t, w.client, w.token, w.sure, next) {
		require.Equal(t, orylogin.OutcomeNoAnswer, orylogin.OutcomeOf(err))
		require.Equal(t, orylogin.OutcomeSecondFactor, reasonOf(err))
	}
}

// TestOtherFactors checks that a user without an authenticator app sees which factors there are, and
// can give a mailed code, also if the session has a second factor that is too old.
func TestOtherFactors(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t, orylogintest.WithCodeSecondFactor())
	kratos.AddIdentity(orylogintest.Identity{Email: password.Identifier, Password: "correct horse", LookupSecrets: []string{"once"}})
	client := kratos.Client()
	login, err := client.Login(t.Context(), password)
	require.NoError(t, err)
	source := session.Static(login.Token)
	steppingUp := stepUp(client, source, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
		if !step.Flow.CodeSent() {
			require.ElementsMatch(t, []string{"code", "lookup_secret"}, step.Flow.Methods())
			return orylogin.Code{Address: password.Identifier}, nil
		}
		code := orylogin.NewSecret(kratos.Code(password.Identifier))
		return orylogin.Code{Identifier: step.Flow.Choices("identifier")[0], Code: code}, nil
	})
	_, sure, err := newGuards(client)
	require.NoError(t, err)
	for factors := range 2 {
		refuse := true
		require.NoError(t, steppingUp(t.Context(), func(ctx context.Context) error {
			if refuse {
				refuse = false
				return asStatus(ctx, &session.Refusal{StatusCode: 403, Outcome: orylogin.OutcomeSecondFactor})
			}
			who, err := sure.Check(ctx, session.TokenCredential(login.Token))
			require.NoError(t, err)
			require.GreaterOrEqual(t, len(who.AuthenticationMethods), 2)
			return nil
		}))
		who, err := client.Whoami(t.Context(), login.Token)
		require.NoError(t, err)
		require.Len(t, who.AuthenticationMethods, 2+factors)
	}
}

// TestPerCall sends tokens with streams, over TLS only, unless plain text is allowed.
func TestPerCall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	source, err := session.NewSource(w.client, password)
	require.NoError(t, err)
	open := func(strictest *session.Guard, source session.TokenSource) (string, error) {
		client := testpb.NewTestServiceClient(serve(t, newGRPC(nil, strictest), grpc.WithPerRPCCredentials(perCall{source: source})))
		stream, err := client.StreamingOutputCall(t.Context(), &testpb.StreamingOutputCallRequest{})
		if err != nil {
			return "", err
		}
		sent, err := stream.Recv()
		return string(sent.GetPayload().GetBody()), err
	}
	name, err := open(w.guard, source)
	require.NoError(t, err)
	require.Equal(t, "ada", name)
	_, err = open(w.sure, session.Static(w.token))
	require.Equal(t, orylogin.OutcomeSecondFactor, reasonOf(err))
	w.stepUp(t)
	name, err = open(w.sure, session.Static(w.token))
	require.NoError(t, err)
	require.Equal(t, "ada", name)
	_, err = open(w.guard, session.Static(orylogin.Secret{}))
	require.ErrorContains(t, err, "empty")

	plain := grpc.WithTransportCredentials(insecure.NewCredentials())
	_, err = grpc.NewClient("127.0.0.1:1", plain, grpc.WithPerRPCCredentials(perCall{source: source}))
	require.ErrorContains(t, err, "transport level security")
	server := newGRPC(nil, w.guard)
	testpb.RegisterTestServiceServer(server, greeter{})
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	go func() { _ = server.Serve(listener) }()
	connection, err := grpc.NewClient(listener.Addr().String(), plain, grpc.WithPerRPCCredentials(perCall{source: source, plainText: true}))
	require.NoError(t, err)
	defer func() { _ = connection.Close() }()
	answer, err := testpb.NewTestServiceClient(connection).UnaryCall(t.Context(), &testpb.SimpleRequest{})
	require.NoError(t, err)
	require.Equal(t, "ada", answer.GetUsername())
	server.Stop()
	_, err = testpb.NewTestServiceClient(connection).UnaryCall(t.Context(), &testpb.SimpleRequest{})
	require.Equal(t, codes.Unavailable, status.Code(err))
	require.Empty(t, reasonOf(err))
}

// TestNoToken checks the code of a call for which the source has no token. Only a source that has
// stopped is not worth another call.
func TestNoToken(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fail    func(*orylogintest.Server)
		limit   time.Duration
		code    codes.Code
		outcome orylogin.Outcome
	}{
		"no answer":       {func(kratos *orylogintest.Server) { kratos.Cut(orylogintest.CreateFlow) }, time.Minute, codes.Unavailable, orylogin.OutcomeNoAnswer},
		"failing":         {func(kratos *orylogintest.Server) { kratos.Respond(orylogintest.Submit, 503, "{}") }, time.Minute, codes.Unavailable, orylogin.OutcomeUnavailable},
		"wrong password":  {func(*orylogintest.Server) {}, time.Minute, codes.Unauthenticated, orylogin.OutcomeRefused},
		"no time is left": {func(*orylogintest.Server) {}, 0, codes.DeadlineExceeded, orylogin.OutcomeNoAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			test.fail(w.kratos)
			source, err := session.NewSource(w.client, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("wrong")})
			require.NoError(t, err)
			sending := grpc.WithPerRPCCredentials(perCall{source: source})
			for _, opts := range [][]grpc.DialOption{{sending}, {sending, grpc.WithUnaryInterceptor(logInAgain(source).unary)}} {
				client := testpb.NewTestServiceClient(serveGRPC(t, w.guard, w.sure, opts...))
				limited, cancel := context.WithTimeout(t.Context(), test.limit)
				_, err = client.UnaryCall(limited, &testpb.SimpleRequest{})
				cancel()
				require.Equal(t, test.code, status.Code(err), "%v", err)
				require.Empty(t, reasonOf(err))
				if test.limit > 0 {
					require.Equal(t, test.outcome, orylogin.OutcomeOf(err))
				}
			}
			w.kratos.ExpectCalls(orylogintest.Whoami, 0)
		})
	}
}

// TestLogInAgain revokes the session of a program. Its next call logs in again, and a person who
// owes a second factor then gives one.
func TestLogInAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	logins := 0
	source, err := session.NewSourceFunc(w.client, func(ctx context.Context) (*orylogin.Login, error) {
		logins++
		return w.client.Login(ctx, password)
	})
	require.NoError(t, err)
	code := orylogintest.TOTP(totpSecret, time.Now())
	next, asked := giving(code, code)
	guard, err := session.NewGuard(w.client, session.RequireFreshAAL2(10*time.Minute, ""))
	require.NoError(t, err)
	client := testpb.NewTestServiceClient(serve(t, newGRPC(nil, guard), grpc.WithPerRPCCredentials(perCall{source: source}),
		grpc.WithChainUnaryInterceptor(logInAgain(source).unary, stepUp(w.client, source, next).unary)))
	for round := range 2 {
		_, err = client.EmptyCall(t.Context(), &testpb.Empty{})
		require.NoError(t, err)
		require.Equal(t, []int{round + 1, round + 1}, []int{logins, *asked})
		w.kratos.ExpireSessions("ada")
	}
}

// TestLoginTakesTime lets a person log in, who takes longer than the deadline of the first call.
func TestLoginTakesTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	typed := make(chan struct{})
	logins := 0
	source, err := session.NewSourceFunc(w.client, func(ctx context.Context) (*orylogin.Login, error) {
		logins++
		<-typed
		return w.client.Login(ctx, password)
	})
	require.NoError(t, err)
	client := testpb.NewTestServiceClient(serveGRPC(t, w.guard, w.sure, grpc.WithPerRPCCredentials(perCall{source: source}),
		grpc.WithUnaryInterceptor(logInAgain(source).unary)))
	limited, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err = client.UnaryCall(limited, &testpb.SimpleRequest{})
	require.Equal(t, codes.DeadlineExceeded, status.Code(err))
	close(typed)
	_, err = client.UnaryCall(t.Context(), &testpb.SimpleRequest{})
	require.NoError(t, err)
	require.Equal(t, 1, logins)
}

// TestReasonsOfOthers checks that errors from elsewhere have no reason of a guard.
func TestReasonsOfOthers(t *testing.T) {
	t.Parallel()
	other, err := status.New(codes.PermissionDenied, "").WithDetails(&errdetails.ErrorInfo{Reason: "second_factor", Domain: "example.com"})
	require.NoError(t, err)
	for _, err := range []error{nil, errors.New("broken"), status.Error(codes.PermissionDenied, "second_factor"), other.Err()} {
		require.Empty(t, reasonOf(err))
	}
}

// TestProbes checks that health checks need no session.
func TestProbes(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	probes := healthpb.NewHealthClient(serveGRPC(t, w.guard, w.sure))
	_, err := probes.Check(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	stream, err := probes.Watch(t.Context(), &healthpb.HealthCheckRequest{})
	require.NoError(t, err)
	_, err = stream.Recv()
	require.NoError(t, err)
	w.kratos.ExpectCalls(orylogintest.Whoami, 0)
}

// TestEndedCalls checks that a call whose caller has left is canceled, and is not a failure of
// the server.
func TestEndedCalls(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	for ctx, want := range map[context.Context]codes.Code{canceled: codes.Canceled, late: codes.DeadlineExceeded} {
		_, err := w.guard.Authenticate(ctx, session.TokenCredential(w.token))
		require.Equal(t, want, status.Code(asStatus(ctx, err)))
		require.Equal(t, connect.Code(want), connect.CodeOf(asConnectError(ctx, err)))
		var refusal *session.Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, http.StatusServiceUnavailable, refusal.StatusCode)
		require.Equal(t, want == codes.Canceled, refusal.Outcome == orylogin.OutcomeCanceled, refusal.Outcome)
		_, err = w.guard.Authenticate(ctx, session.Credential{})
		require.Equal(t, codes.Unauthenticated, status.Code(asStatus(ctx, err)), "that was known in time")
	}
	w.kratos.ExpectCalls(orylogintest.Whoami, 0)
}

// TestGateway sends a browser's requests through a gateway to gRPC. Both have guards, and Kratos is
// asked once.
func TestGateway(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	greeter := testpb.NewTestServiceClient(serveGRPC(t, w.guard, w.sure))
	gateway, err := w.guard.With(session.WithRefusal(refusePage), session.WithCookiesOnly())
	require.NoError(t, err)
	answerWith := func(w http.ResponseWriter, r *http.Request, text string, err error) {
		if refusal, found := refusalOf(err); found {
			refusePage(w, r, refusal)
			return
		}
		require.NoError(t, err)
		_, _ = w.Write([]byte(text))
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(writer http.ResponseWriter, r *http.Request) {
		answer, err := greeter.UnaryCall(withCookie(r.Context(), w.client.SessionCookie(r)), &testpb.SimpleRequest{})
		answerWith(writer, r, answer.GetUsername(), err)
	})
	mux.HandleFunc("/pay", func(writer http.ResponseWriter, r *http.Request) {
		_, err := greeter.EmptyCall(withCookie(r.Context(), w.client.SessionCookie(r)), &testpb.Empty{})
		answerWith(writer, r, "paid", err)
	})
	mine := w.kratos.SignIn("ada")
	ask := func(handler http.Handler, method, path, site string, cookies ...*http.Cookie) *httptest.ResponseRecorder {
		request := httptest.NewRequestWithContext(t.Context(), method, path, nil)
		request.Header.Set("Accept", "text/html")
		request.Header.Set("Sec-Fetch-Site", site)
		request.Header.Set("X-Session-Token", w.token.Reveal())
		for _, cookie := range cookies {
			request.AddCookie(cookie)
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer
	}
	handler := gateway.Wrap(mux)
	answer := ask(handler, "GET", "/", "same-origin", mine.Cookie)
	require.Equal(t, "ada", answer.Body.String())
	w.kratos.ExpectCalls(orylogintest.Whoami, 1)
	answer = ask(handler, "GET", "/pay", "same-origin", mine.Cookie)
	require.Equal(t, "https://app.example.com/login?aal=aal2&refresh=true&return_to=%2Fpay", answer.Header().Get("Location"))
	second := w.kratos.SignIn("ada", "password", "totp")
	require.Equal(t, "paid", ask(handler, "POST", "/pay", "same-origin", second.Cookie).Body.String())
	require.Equal(t, 403, ask(handler, "POST", "/pay", "cross-site", second.Cookie).Code)
	require.Equal(t, "paid", ask(mux, "POST", "/pay", "cross-site", second.Cookie).Body.String(), "which is why there is a guard outside")
	for _, handler := range []http.Handler{handler, mux} {
		answer = ask(handler, "GET", "/", "same-origin")
		require.Equal(t, "https://app.example.com/login?return_to=%2F", answer.Header().Get("Location"))
	}
}

// TestRefusalOf checks that a refusal stays the same on its way through gRPC.
func TestRefusalOf(t *testing.T) {
	t.Parallel()
	for _, want := range []session.Refusal{
		{StatusCode: 401, Outcome: orylogin.OutcomeNoSession, URL: "/login"},
		{StatusCode: 403, Outcome: orylogin.OutcomeSecondFactor, URL: "/login?aal=aal2"},
		{StatusCode: 403, Outcome: session.OutcomeStale, URL: "/login?refresh=true"},
		{StatusCode: 403, Outcome: session.OutcomeForbidden},
		{StatusCode: 429, Outcome: orylogin.OutcomeRateLimited, RetryAfter: 7 * time.Second},
		{StatusCode: 503, Outcome: orylogin.OutcomeNoAnswer},
		{StatusCode: 503, Outcome: orylogin.OutcomeUnavailable, RetryAfter: time.Second},
	} {
		got, found := refusalOf(asStatus(t.Context(), &want))
		require.True(t, found)
		require.Error(t, got.Err)
		got.Err = nil
		require.Equal(t, want, *got)
	}
	for _, err := range []error{nil, errors.New("broken"), status.Error(codes.PermissionDenied, "second_factor")} {
		_, found := refusalOf(err)
		require.False(t, found)
	}
}

func infoOf(t *testing.T, err error) *errdetails.ErrorInfo {
	t.Helper()
	for _, detail := range status.Convert(err).Details() {
		if info, ok := detail.(*errdetails.ErrorInfo); ok {
			return info
		}
	}
	require.Fail(t, "there is no ErrorInfo")
	return nil
}

func TestConnect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mux := http.NewServeMux()
	guard := connect.WithInterceptors(guarded{w.guard})
	mux.Handle("/greeter/Greet", connect.NewUnaryHandler("/greeter/Greet",
		func(ctx context.Context, _ *connect.Request[emptypb.Empty]) (*connect.Response[wrapperspb.StringValue], error) {
			who, _ := session.FromContext(ctx)
			return connect.NewResponse(wrapperspb.String(who.Identity.ID)), nil
		}, guard))
	mux.Handle("/greeter/Stream", connect.NewServerStreamHandler("/greeter/Stream",
		func(ctx context.Context, _ *connect.Request[emptypb.Empty], stream *connect.ServerStream[wrapperspb.StringValue]) error {
			who, _ := session.FromContext(ctx)
			return stream.Send(wrapperspb.String(who.Identity.ID))
		}, guard))
	service := httptest.NewServer(mux)
	t.Cleanup(service.Close)
	unary := connect.NewClient[emptypb.Empty, wrapperspb.StringValue](service.Client(), service.URL+"/greeter/Greet")
	streams := connect.NewClient[emptypb.Empty, wrapperspb.StringValue](service.Client(), service.URL+"/greeter/Stream")

	request := connect.NewRequest(&emptypb.Empty{})
	_, err := unary.CallUnary(t.Context(), request)
	require.Equal(t, connect.CodeUnauthenticated, connect.CodeOf(err))
	stream, err := streams.CallServerStream(t.Context(), request)
	require.NoError(t, err)
	require.False(t, stream.Receive())
	require.Equal(t, connect.CodeUnauthenticated, connect.CodeOf(stream.Err()))

	request = connect.NewRequest(&emptypb.Empty{})
	request.Header().Set("Authorization", "Bearer "+w.token.Reveal())
	answer, err := unary.CallUnary(t.Context(), request)
	require.NoError(t, err)
	require.Equal(t, "ada", answer.Msg.GetValue())
	request = connect.NewRequest(&emptypb.Empty{})
	request.Header().Set("Authorization", "Bearer "+w.token.Reveal())
	stream, err = streams.CallServerStream(t.Context(), request)
	require.NoError(t, err)
	require.True(t, stream.Receive(), "%v", stream.Err())
	require.Equal(t, "ada", stream.Msg().GetValue())
	w.kratos.ExpectCalls(orylogintest.Whoami, 1)

	refused := asConnectError(t.Context(), &session.Refusal{StatusCode: 403, Outcome: session.OutcomeStale, URL: "/login"})
	var connectErr *connect.Error
	require.ErrorAs(t, refused, &connectErr)
	require.Equal(t, http.Header{"Redirect-Browser-To": {"/login"}}, connectErr.Meta())
	require.Equal(t, connect.CodePermissionDenied, connectErr.Code())
	require.ErrorAs(t, asConnectError(t.Context(), &session.Refusal{RetryAfter: 1}), &connectErr)
	require.Equal(t, http.Header{"Retry-After": {"1"}}, connectErr.Meta())
	require.Equal(t, connect.CodeUnavailable, connectErr.Code())
}

func TestLogsHaveTheIdentity(t *testing.T) { //nolint:paralleltest // it sets the default logger
	const id = "695dfd80-bbae-4691-a01a-fae1924766ec"
	w := newWorld(t)
	w.kratos.AddIdentity(orylogintest.Identity{ID: id, Email: "grace@example.com", Password: "correct horse"})
	login, err := w.client.Login(t.Context(), orylogin.Password{Identifier: "grace@example.com", Password: password.Password})
	require.NoError(t, err)
	var logged bytes.Buffer
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) })
	slog.SetDefault(slog.New(withIdentity{slog.NewJSONHandler(&logged, nil)}).With("service", "s"))
	guard, err := w.guard.With(session.WithRefusal(logRefused))
	require.NoError(t, err)
	sure, err := guard.With(session.RequireAAL2(""))
	require.NoError(t, err)
	page, err := sure.With(session.WithRefusal(refusePage))
	require.NoError(t, err)
	for _, guarded := range []http.Handler{
		guard.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			slog.InfoContext(r.Context(), "hello")
			sure.Wrap(http.NotFoundHandler()).ServeHTTP(w, r)
		})),
		page.Wrap(http.NotFoundHandler()),
	} {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		request.Header.Set("X-Session-Token", login.Token.Reveal())
		guarded.ServeHTTP(httptest.NewRecorder(), request)
	}
	known := metadata.AppendToOutgoingContext(t.Context(), "authorization", "Bearer "+login.Token.Reveal())
	_, err = testpb.NewTestServiceClient(serveGRPC(t, w.guard, sure)).EmptyCall(known, &testpb.Empty{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))

	lines := strings.Split(strings.TrimSpace(logged.String()), "\n")
	require.Len(t, lines, 4)
	require.Contains(t, lines[0], `"service":"s","identity":"`+id+`","session":"`)
	for _, line := range lines[1:] {
		require.Contains(t, line, `"refusal":{"status":403,"outcome":"second_factor","err":"`)
		require.Contains(t, line, `,"identity":"`+id+`","session":{`)
	}
	require.Contains(t, lines[3], `"method":"`+testpb.TestService_EmptyCall_FullMethodName+`"`)
	require.NotContains(t, logged.String(), login.Token.Reveal())
}

func TestChainOfKinds(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	guard, err := newChain(w.client, apiKeys{sha256.Sum256([]byte("good")): "robot"})
	require.NoError(t, err)
	for key, want := range map[string]string{"good": "robot", "": "ada", "bad": ""} {
		who, err := guard.Check(t.Context(), session.HeaderCredential(map[string][]string{
			"x-api-key": {key}, "x-session-token": {w.token.Reveal()},
		}))
		if want == "" {
			var refusal *session.Refusal
			require.ErrorAs(t, err, &refusal)
			require.Equal(t, http.StatusUnauthorized, refusal.StatusCode)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, who.Identity.ID)
	}
	for _, demand := range []session.GuardOption{
		session.RequireAAL2(""), session.RequireFresh(time.Hour, ""), session.RequireFreshAAL2(time.Hour, ""),
	} {
		sure, err := guard.With(demand)
		require.NoError(t, err)
		_, err = sure.Check(t.Context(), session.HeaderCredential(map[string][]string{"x-api-key": {"good"}}))
		var refusal *session.Refusal
		require.ErrorAs(t, err, &refusal)
		require.Equal(t, http.StatusForbidden, refusal.StatusCode, "the robot's session has no factors and times")
	}
}

// TestRoles are those of the public metadata of an identity.
func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	admins, err := w.guard.With(requireRole("admin"))
	require.NoError(t, err)
	for role, want := range map[string]int{`{"role":"admin"}`: 200, `{"role":"clerk"}`: 403, `{"role":7}`: 403, `{}`: 403, `null`: 403} {
		id := w.kratos.AddIdentity(orylogintest.Identity{Email: role + "@example.com", MetadataPublic: json.RawMessage(role)}).ID
		require.Equal(t, want, w.kratos.SignIn(id).Get(admins.Wrap(http.HandlerFunc(greet)), "/").Code, role)
	}
}

// TestRolesAskAgain checks that Kratos is asked for each request of a user who lacks a role.
func TestRolesAskAgain(t *testing.T) {
	t.Parallel()
	kratos := orylogintest.NewServer(t)
	clerk := kratos.AddIdentity(orylogintest.Identity{Email: "clerk@example.com", MetadataPublic: json.RawMessage(`{"role":"clerk"}`)})
	synctest.Test(t, func(t *testing.T) {
		client, err := orylogin.New(kratos.URL, orylogin.WithHTTPClient(&http.Client{Transport: kratos}))
		require.NoError(t, err)
		guard, _, err := newGuards(client)
		require.NoError(t, err)
		credential := session.TokenCredential(kratos.SignIn(clerk.ID).Token)
		for role, calls := range map[string]int{"clerk": 0, "admin": 1} {
			able, err := guard.With(requireRole(role))
			require.NoError(t, err)
			_, err = guard.Check(t.Context(), credential)
			require.NoError(t, err)
			for range 3 {
				before := len(kratos.Requests(orylogintest.Whoami))
				_, err = able.Check(t.Context(), credential)
				require.Equal(t, calls == 1, err != nil)
				require.Len(t, kratos.Requests(orylogintest.Whoami), before+calls)
			}
		}
	})
}

func TestKeepLoggedInFails(t *testing.T) {
	t.Parallel()
	passed := false
	next := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })
	handler := keepLoggedIn{"https://admin.example.com", &http.Client{Transport: broken{}}, time.Hour, next}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	handler.ServeHTTP(httptest.NewRecorder(), request.WithContext(session.NewContext(t.Context(), &orylogin.Session{})))
	require.True(t, passed)
}

type broken struct{}

func (broken) RoundTrip(*http.Request) (*http.Response, error) { return nil, errors.New("broken") }
