package orylogintest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

// signIn is what is tested: the part of a service that users log in with.
func signIn(client *orylogin.Client, email, password string) string {
	_, err := client.Login(context.Background(), orylogin.Password{
		Identifier: email, Password: orylogin.NewSecret(password),
	})
	switch {
	case err == nil:
		return "welcome"
	case errors.Is(err, orylogin.ErrInvalidCredentials):
		return "wrong e-mail address or password"
	default:
		return "please try again later"
	}
}

func Example() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t) // t is the *testing.T of your test
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})
	client := server.Client()

	fmt.Println(signIn(client, "ada@example.com", "correct horse"))
	fmt.Println(signIn(client, "ada@example.com", "a guess"))

	server.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>out of order</html>")
	fmt.Println(signIn(client, "ada@example.com", "correct horse"))

	server.ExpectCalls(orylogintest.Submit, 3)
	// Output:
	// welcome
	// wrong e-mail address or password
	// please try again later
}

// newService is what is tested: a service with a page for administrators, and one that moves
// money.
func newService(client *orylogin.Client) http.Handler {
	somebody, err := session.NewGuard(client)
	if err != nil {
		panic(err)
	}
	guard := func(handler http.HandlerFunc, demands ...session.GuardOption) http.Handler {
		demanding, err := somebody.With(demands...)
		if err != nil {
			panic(err)
		}
		return demanding.Wrap(handler)
	}
	mux := http.NewServeMux()
	mux.Handle("/admin", guard(hello, session.Require(isAdmin)))
	mux.Handle("/pay", guard(hello, session.RequireFreshAAL2(10*time.Minute, "")))
	return mux
}

func hello(w http.ResponseWriter, r *http.Request) {
	who, _ := session.FromContext(r.Context())
	_, _ = fmt.Fprintln(w, "hello", who.Identity.ID)
}

func isAdmin(_ context.Context, who *orylogin.Session) error {
	var public struct {
		Role string `json:"role"`
	}
	if err := who.PublicMetadata(&public); err != nil || public.Role != "admin" {
		return errors.New("administrators only")
	}
	return nil
}

// A handler is tested with sessions that nobody has logged in for.
func ExampleServer_SignIn() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t) // t is the *testing.T of your test
	ada := server.AddIdentity(orylogintest.Identity{
		Email: "ada@example.com", MetadataPublic: map[string]string{"role": "admin"},
	})
	eve := server.AddIdentity(orylogintest.Identity{Email: "eve@example.com"})
	service := newService(server.Client()) // your http.Handler, with an *orylogin.Client

	fmt.Println(server.SignIn(ada.ID).Get(service, "/admin").Code)
	fmt.Println(server.SignIn(eve.ID).Get(service, "/admin").Code)

	server.Respond(orylogintest.Whoami, http.StatusBadGateway, "<html>out of order</html>")
	fmt.Println(server.SignIn(ada.ID).Get(service, "/admin").Code)
	// Output:
	// 200
	// 403
	// 503
}

// A guard is tested with one factor, with two factors, with an old login, and with a revoked
// session.
func ExampleSession() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	ada := server.AddIdentity(orylogintest.Identity{Email: "ada@example.com"})
	service := newService(server.Client())

	fmt.Println("one factor:", server.SignIn(ada.ID).Get(service, "/pay").Code)
	both := server.SignIn(ada.ID, "password", "totp")
	fmt.Println("two factors:", both.Get(service, "/pay").Code)
	both.Age(time.Hour)
	fmt.Println("an hour ago:", both.Get(service, "/pay").Code)
	both.Revoke()
	fmt.Println("revoked:", both.Get(service, "/pay").Code)
	// Output:
	// one factor: 403
	// two factors: 200
	// an hour ago: 403
	// revoked: 401
}

// A guard has seven cases.
func ExampleSession_guard() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	ada := server.AddIdentity(orylogintest.Identity{Email: "ada@example.com"})
	service := newService(server.Client())

	pay := func(site string) *http.Request {
		r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, "/pay", nil)
		r.Header.Set("Sec-Fetch-Site", site)
		return r
	}
	anonymous := httptest.NewRecorder()
	service.ServeHTTP(anonymous, pay("same-origin"))
	one := server.SignIn(ada.ID)
	both := server.SignIn(ada.ID, "password", "totp")
	old := server.SignIn(ada.ID, "password", "totp")
	old.Age(time.Hour)

	fmt.Println("logged in:", both.Do(service, pay("same-origin")).Code)
	fmt.Println("not logged in:", anonymous.Code)
	fmt.Println("without a second factor:", one.Do(service, pay("same-origin")).Code)
	fmt.Println("logged in an hour ago:", old.Do(service, pay("same-origin")).Code)
	fmt.Println("from a page of another site:", both.Do(service, pay("cross-site")).Code)
	server.SetReady(false)
	fmt.Println("while the database of Kratos is away:", both.Do(service, pay("same-origin")).Code)
	server.SetDown(true)
	fmt.Println("while Kratos is down:", both.Do(service, pay("same-origin")).Code)
	// Output:
	// logged in: 200
	// not logged in: 401
	// without a second factor: 403
	// logged in an hour ago: 403
	// from a page of another site: 403
	// while the database of Kratos is away: 503
	// while Kratos is down: 503
}

// A handler can break the first request of an operation and leave the others to the
// server.
func ExampleServer_Handle() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t) // t is the *testing.T of your test
	server.AddIdentity(orylogintest.Identity{Email: "grace@example.com", Password: "battery staple"})
	broken := true
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if broken {
			broken = false
			http.Error(w, "no database", http.StatusInternalServerError)
			return
		}
		server.ServeHTTP(w, r)
	}))

	fmt.Println(signIn(server.Client(), "grace@example.com", "battery staple"))
	fmt.Println(signIn(server.Client(), "grace@example.com", "battery staple"))
	// Output:
	// please try again later
	// welcome
}

// A rate limit answers with the status 429 and a header.
func ExampleServer_Handle_rateLimit() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, "slow down", http.StatusTooManyRequests)
	}))

	_, err := server.Client().Login(context.Background(), orylogin.Password{Identifier: "ada@example.com"})
	var answer *orylogin.APIError
	if errors.As(err, &answer) {
		fmt.Println(orylogin.OutcomeOf(err), answer.RetryAfter)
	}
	// Output: rate_limited 7s
}

// An answer that is shorter than its Content-Length is cut off.
func ExampleServer_Handle_halfAnswer() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		_, _ = io.WriteString(w, `{"session_token":"`)
	}))

	_, err := server.Client().Login(context.Background(), orylogin.Password{Identifier: "ada@example.com"})
	fmt.Println(orylogin.OutcomeOf(err), errors.As(err, new(*orylogin.APIError)))
	// Output: no_answer true
}

// What a program has logged must not hold a password, a code or a token.
func ExampleServer_ExpectNoSecrets() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})

	var logs bytes.Buffer
	logger := log.New(&logs, "", 0)
	login, err := server.Client().Login(context.Background(), orylogin.Password{
		Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse"),
	})
	logger.Printf("%+v %v", login, err)
	server.ExpectNoSecrets(logs.String())

	logger.Print(login.Token.Reveal())
	server.ExpectNoSecrets(logs.String())
	// Output: orylogintest: the text holds secrets: a session token
}

// A flow can expire while Client.Login waits: after its creation, and before its submission.
func ExampleServer_ExpireFlows() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})

	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		server.ExpireFlows()
		server.ServeHTTP(w, r)
	}))
	fmt.Println(signIn(server.Client(), "ada@example.com", "correct horse"))
	server.ExpectCalls(orylogintest.CreateFlow, 1)
	// Output: please try again later
}

// An identity with a TOTPSecret has an authenticator app.
func ExampleTOTP() {
	t, end := newT()
	defer end()
	ctx := context.Background()

	const secret = "JBSWY3DPEHPK3PXP" // in base32
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL())
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse", TOTPSecret: secret})
	client := server.Client()

	login, err := client.Login(ctx, orylogin.Password{Identifier: "ada@example.com", Password: orylogin.NewSecret("correct horse")})
	var owed *orylogin.SecondFactorError
	if errors.As(err, &owed) {
		code := orylogin.NewSecret(orylogintest.TOTP(secret, time.Now()))
		login, err = client.StepUp(ctx, owed.Token, orylogin.TOTP{Code: code})
	}
	fmt.Println(login.Session.AuthenticatorAssuranceLevel, err)
	// Output: aal2 <nil>
}

// logs has what a program logs. Handlers log in other goroutines, so it has a lock.
type logs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// logsOf returns what packages log and slog log from now on, until the test ends.
func logsOf(tb testing.TB) *logs {
	tb.Helper()
	written, logger, output, flags := &logs{}, slog.Default(), log.Writer(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(written, &slog.HandlerOptions{Level: slog.LevelDebug}))) // package log goes there, too
	tb.Cleanup(func() {
		slog.SetDefault(logger)
		log.SetOutput(output) // SetDefault does not restore it
		log.SetFlags(flags)
	})
	return written
}

// A test checks all that a program logs.
func ExampleServer_ExpectNoSecrets_logs() {
	t, end := newT()
	defer end()

	server := orylogintest.NewServer(t)
	server.AddIdentity(orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"})

	logs := logsOf(t)
	log.Println(signIn(server.Client(), "ada@example.com", "correct horse"))
	server.ExpectNoSecrets(logs.String())

	slog.Info("logged in", "password", "correct horse")
	server.ExpectNoSecrets(logs.String())
	// Output: orylogintest: the text holds secrets: a password
}

// newT stands for the *testing.T that an example does not have.
func newT() (testing.TB, func()) {
	t := &exampleT{}
	return t, func() {
		for _, end := range slices.Backward(t.ends) {
			end()
		}
	}
}

type exampleT struct {
	testing.TB
	ends []func()
}

func (*exampleT) Helper()                        {}
func (*exampleT) Failed() bool                   { return false }
func (*exampleT) Context() context.Context       { return context.Background() }
func (t *exampleT) Cleanup(end func())           { t.ends = append(t.ends, end) }
func (*exampleT) Errorf(format string, a ...any) { fmt.Printf(format+"\n", a...) }
func (*exampleT) Fatal(a ...any)                 { panic(fmt.Sprint(a...)) }
func (*exampleT) Fatalf(format string, a ...any) { panic(fmt.Sprintf(format, a...)) }
