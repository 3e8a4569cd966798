package orylogintest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/browser"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
)

const secret = "JBSWY3DPEHPK3PXP"

var (
	ada      = orylogintest.Identity{Email: "ada@example.com", Password: "correct horse"}
	asAda    = orylogin.Password{Identifier: "Ada@Example.com", Password: orylogin.NewSecret("correct horse")}
	asNobody = orylogin.Password{Identifier: "nobody@example.com", Password: orylogin.NewSecret("wrong horse")}
)

func TestLogin(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	identity := server.AddIdentity(ada)
	client := server.Client()

	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	assert.Equal(t, identity.ID, login.Session.Identity.ID)
	who, err := client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
	assert.Equal(t, login.Session.ID, who.ID)
	require.NoError(t, client.Logout(t.Context(), login.Token))
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)

	_, err = client.Login(t.Context(), asNobody)
	require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)

	server.SetDisabled(identity.ID, true)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	server.SetDisabled(identity.ID, false)
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
}

func TestEveryRelease(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{
		orylogintest.V0_8, orylogintest.V1_3, orylogintest.V25_4, orylogintest.V26_2,
	} {
		server := orylogintest.NewServer(t, orylogintest.WithRelease(release), orylogintest.WithVerificationRequired())
		server.AddIdentity(ada)
		server.AddIdentity(orylogintest.Identity{Email: "new@example.com", Password: "correct horse", Unverified: true})
		_, err := server.Client().Login(t.Context(), asAda)
		require.NoError(t, err, release)
		_, err = server.Client().Login(t.Context(), orylogin.Password{
			Identifier: "new@example.com", Password: orylogin.NewSecret("correct horse"),
		})
		var unverified *orylogin.VerificationError
		require.ErrorAs(t, err, &unverified, release)
	}
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithHighestAAL(), orylogintest.WithCodeSecondFactor())
	server.AddIdentity(orylogintest.Identity{
		Email: ada.Email, Password: ada.Password, TOTPSecret: secret, LookupSecrets: []string{"backup-1"},
	})
	for name, method := range map[string]func() orylogin.Method{
		"totp": func() orylogin.Method {
			return orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP(secret, time.Now()))}
		},
		"lookup": func() orylogin.Method { return orylogin.LookupSecret{Secret: orylogin.NewSecret("backup-1")} },
		"code": func() orylogin.Method {
			if len(server.Requests(orylogintest.Submit)) == 0 {
				return nil
			}
			return orylogin.Code{Code: orylogin.NewSecret(server.Code(ada.Email))}
		},
	} {
		login, err := server.Client().Converse(t.Context(), orylogin.FlowOptions{},
			func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
				var next *orylogin.NextStepError
				switch {
				case errors.As(step.Err, &next):
					return method(), nil
				case step.Flow.RequestedAAL == "aal2" && name == "code":
					return orylogin.Code{Address: ada.Email}, nil
				case step.Flow.RequestedAAL == "aal2":
					return method(), nil
				default:
					return asAda, nil
				}
			})
		require.NoError(t, err, name)
		assert.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel, name)
	}
	login, err := server.Client().Login(t.Context(), asAda)
	require.Nil(t, login)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	_, err = server.Client().StepUp(t.Context(), owed.Token, orylogin.LookupSecret{Secret: orylogin.NewSecret("backup-1")})
	require.ErrorIs(t, err, orylogin.ErrLookupSecretUsed)
}

func TestCode(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithCode())
	server.AddIdentity(ada)
	client := server.Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), flow.ID, orylogin.Code{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.True(t, next.Flow.CodeSent())
	code := orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(server.Code(ada.Email))}

	server.ExpireCode(ada.Email)
	_, err = client.Submit(t.Context(), flow.ID, code)
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)

	_, err = client.Submit(t.Context(), expired.UseFlowID, orylogin.Code{Identifier: ada.Email})
	require.ErrorAs(t, err, &next)
	code.Code = orylogin.NewSecret(server.Code(ada.Email))
	_, err = client.Submit(t.Context(), expired.UseFlowID, code)
	require.NoError(t, err)
}

func TestExpiry(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	identity := server.AddIdentity(ada)
	client := server.Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	server.ExpireFlow(flow.ID)
	_, err = client.Submit(t.Context(), flow.ID, asAda)
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
	login, err := client.Submit(t.Context(), expired.UseFlowID, asAda)
	require.NoError(t, err)

	server.ExpireSessions(identity.ID)
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
}

func TestSourceLogsInAgain(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	identity := server.AddIdentity(ada)
	source, err := session.NewSource(server.Client(), asAda)
	require.NoError(t, err)
	first, err := source.Token(t.Context())
	require.NoError(t, err)
	server.ExpireSessions(identity.ID)
	source.Refused(t.Context(), first)
	_, err = source.Token(t.Context())
	require.NoError(t, err)
	server.ExpectCalls(orylogintest.Submit, 2)
}

func TestProvider(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("google"))
	_, err := server.Client().Login(t.Context(), orylogin.OIDC{Provider: "google"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	assert.Contains(t, change.URL, "https://google.example/authorize?")
}

func TestIdentifierFirst(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithIdentifierFirst())
	server.AddIdentity(ada)
	flow, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	assert.Equal(t, []string{"identifier_first"}, flow.Methods())
	_, err = server.Client().Submit(t.Context(), flow.ID, orylogin.IdentifierFirst{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	assert.Equal(t, []string{"password"}, next.Flow.Methods())
}

// TestBrowser logs in with a real jar, so that cookies are what browsers take.
func TestBrowser(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	browsers, err := browser.New(server.Client())
	require.NoError(t, err)
	visit := func(do func(*browser.Visit)) {
		incoming, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		for _, cookie := range jar.Cookies(base) {
			incoming.AddCookie(cookie)
		}
		visit := browsers.Visit(incoming)
		do(visit)
		answer := &http.Response{Header: http.Header{}}
		visit.WriteCookies(headers(answer.Header))
		jar.SetCookies(base, answer.Cookies())
	}
	var flow *browser.Flow
	visit(func(v *browser.Visit) {
		flow, err = v.CreateFlow(t.Context(), browser.FlowOptions{ReturnTo: "http://127.0.0.1:4455/after"})
		require.NoError(t, err)
	})
	_, err = browsers.Visit(&http.Request{}).Submit(t.Context(), flow, asAda)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	visit(func(v *browser.Visit) {
		_, err := v.Submit(t.Context(), flow, asNobody)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	})
	visit(func(v *browser.Visit) {
		login, err := v.Submit(t.Context(), flow, asAda)
		require.NoError(t, err)
		assert.Equal(t, "http://127.0.0.1:4455/after", login.RedirectTo)
	})
	visit(func(v *browser.Visit) {
		_, err := v.Whoami(t.Context())
		require.NoError(t, err)
		require.NoError(t, v.Logout(t.Context()))
	})
	visit(func(v *browser.Visit) {
		_, err := v.Whoami(t.Context())
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	})
}

// headers is a ResponseWriter of which only the header counts.
type headers http.Header

func (h headers) Header() http.Header       { return http.Header(h) }
func (headers) Write(b []byte) (int, error) { return len(b), nil }
func (headers) WriteHeader(int)             {}

func TestFaults(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	client := server.Client(orylogin.WithTimeout(100 * time.Millisecond))

	server.Respond(orylogintest.Submit, http.StatusBadGateway, "<html>")
	_, err := client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
	server.Respond(orylogintest.Submit, http.StatusTooManyRequests, `{"error":{"id":"slow_down"}}`)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrorID("slow_down"))

	var failed *orylogin.TransportError
	server.Cut(orylogintest.Submit)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorAs(t, err, &failed)
	require.ErrorIs(t, err, io.EOF)

	server.Delay(orylogintest.Submit, time.Minute)
	_, err = client.Login(t.Context(), asAda)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	server.Delay(orylogintest.Submit, time.Millisecond)
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)

	server.Handle(orylogintest.Submit, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Seen", "yes")
		server.ServeHTTP(w, r)
	}))
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	server.Handle(orylogintest.Submit, nil)
	_, err = client.Login(t.Context(), asAda)
	require.NoError(t, err)
	server.ExpectCalls(orylogintest.Submit, 7)
}

func TestReleaseThatNeverAnswers(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithRelease(orylogintest.V0_8))
	server.AddIdentity(ada)
	client := server.Client()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true}, orylogin.WithSessionToken(login.Token))
	require.NoError(t, err)
	server.ExpireFlow(flow.ID)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = client.Submit(ctx, flow.ID, asAda, orylogin.WithSessionToken(login.Token))
	require.ErrorIs(t, err, context.DeadlineExceeded)
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err, "the others go on")
}

func TestRequestsShowNoSecrets(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	login, err := server.Client().Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = server.Client().Whoami(t.Context(), login.Token)
	require.NoError(t, err)

	submission := server.Requests(orylogintest.Submit)[0]
	assert.Equal(t, "password", submission.Field("method"))
	assert.Equal(t, "correct horse", submission.Field("password"))
	assert.NotEmpty(t, submission.Query("flow"))
	whoami := server.Requests(orylogintest.Whoami)[0]
	assert.Equal(t, login.Token.Reveal(), whoami.Header("X-Session-Token"))

	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("requests", "submission", submission, "whoami", whoami)
	encoded, err := json.Marshal([]orylogintest.Request{submission, whoami}) //nolint:musttag // it is not meant to be, and may be
	require.NoError(t, err)
	log.Write(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&log, verb+verb, submission, &whoami)
	}
	shown := log.String()
	assert.NotContains(t, shown, "correct horse")
	assert.NotContains(t, shown, login.Token.Reveal())
	assert.Contains(t, shown, "identifier: Ada@Example.com, method: password, password: [redacted]")
}

// witness is a test that may fail without failing the test that it is in.
type witness struct {
	testing.TB
	failure string
}

func (*witness) Helper()                          {}
func (w *witness) Errorf(format string, a ...any) { w.failure = fmt.Sprintf(format, a...) }
func (w *witness) Fatalf(format string, a ...any) { w.fatal(fmt.Sprintf(format, a...)) }
func (w *witness) Fatal(a ...any)                 { w.fatal(fmt.Sprint(a...)) }
func (w *witness) fatal(text string) {
	w.failure = text
	panic(w)
}

// failure returns what a call fails its test with.
func failure(t *testing.T, options []orylogintest.Option, call func(*orylogintest.Server)) (text string) { //nolint:nonamedreturns // set after a panic
	t.Helper()
	w := &witness{TB: t}
	defer func() {
		if recovered := recover(); recovered != nil && recovered != any(w) {
			panic(recovered)
		}
		text = w.failure
	}()
	call(orylogintest.NewServer(w, options...))
	return ""
}

func TestWrongUseFailsTheTest(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*orylogintest.Server){
		"no e-mail address":  func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{}) },
		"already":            func(s *orylogintest.Server) { s.AddIdentity(ada); s.AddIdentity(ada) },
		"no flow":            func(s *orylogintest.Server) { s.ExpireFlow("unknown") },
		"no code was mailed": func(s *orylogintest.Server) { s.Code(ada.Email) },
		"mailed to nobody":   func(s *orylogintest.Server) { s.ExpireCode("nobody") },
		"the id":             func(s *orylogintest.Server) { s.ExpireSessions("unknown") },
		"no operation":       func(s *orylogintest.Server) { s.Respond("unknown", 503, "") },
		"not base32":         func(s *orylogintest.Server) { s.AddIdentity(orylogintest.Identity{Email: "x@y", TOTPSecret: "!"}) },
		"no identity":        func(s *orylogintest.Server) { s.SetDisabled("unknown", true) },
		"plain http":         func(s *orylogintest.Server) { s.Client(orylogin.WithTimeout(-1)) },
	} {
		if name == "plain http" {
			name = "orylogin"
		}
		assert.Contains(t, failure(t, nil, call), name)
	}
	options := []orylogintest.Option{orylogintest.WithRelease("v99")}
	assert.Contains(t, failure(t, options, func(*orylogintest.Server) {}), `no release "v99"`)
}

func TestUnmetExpectationSaysWhatWasCalled(t *testing.T) {
	t.Parallel()
	text := failure(t, nil, func(s *orylogintest.Server) {
		_, err := s.Client().Login(t.Context(), asNobody)
		require.Error(t, err)
		s.ExpectCalls(orylogintest.Submit, 2)
	})
	assert.Contains(t, text, "calls of submitSelfServiceLoginFlow: 1 instead of 2\n  POST /self-service/login query{flow: ")
	assert.Contains(t, text, "identifier: nobody@example.com, method: password, password: [redacted]")
	assert.NotContains(t, text, "wrong horse")
	assert.Empty(t, failure(t, nil, func(s *orylogintest.Server) { s.ExpectCalls(orylogintest.Submit, 0) }))
}

func TestConcurrentLogins(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	client := server.Client()
	var group sync.WaitGroup
	for range 32 {
		group.Go(func() {
			_, err := client.Login(t.Context(), asAda)
			assert.NoError(t, err)
		})
	}
	group.Wait()
	server.ExpectCalls(orylogintest.Submit, 32)
}

// TestTOTP holds the codes to those of RFC 6238, appendix B.
func TestTOTP(t *testing.T) {
	t.Parallel()
	rfc := "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
	for at, code := range map[int64]string{59: "287082", 1111111109: "081804", 20000000000: "353130"} {
		assert.Equal(t, code, orylogintest.TOTP(rfc, time.Unix(at, 0)))
	}
	assert.Empty(t, orylogintest.TOTP("not base32!", time.Now()))
	assert.Equal(t, orylogintest.TOTP(rfc, time.Unix(59, 0)), orylogintest.TOTP(strings.ToLower(rfc), time.Unix(59, 0)))
}
