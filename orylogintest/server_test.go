package orylogintest_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
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
	for _, release := range allReleases {
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
		Email: ada.Email, Password: ada.Password, TOTPSecret: secret, LookupSecrets: []string{"lookup-1"},
	})
	synctest.Test(t, func(t *testing.T) {
		client := inMemory(server)
		for name, method := range map[string]func() orylogin.Method{
			"totp": func() orylogin.Method {
				return orylogin.TOTP{Code: orylogin.NewSecret(orylogintest.TOTP(secret, time.Now()))}
			},
			"lookup": func() orylogin.Method { return orylogin.LookupSecret{Secret: orylogin.NewSecret("lookup-1")} },
			"code": func() orylogin.Method {
				return orylogin.Code{Code: orylogin.NewSecret(server.Code(ada.Email))}
			},
		} {
			login, err := client.Converse(t.Context(), orylogin.FlowOptions{},
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
		login, err := client.Login(t.Context(), asAda)
		require.Nil(t, login)
		var owed *orylogin.SecondFactorError
		require.ErrorAs(t, err, &owed)
		_, err = client.StepUp(t.Context(), owed.Token, orylogin.LookupSecret{Secret: orylogin.NewSecret("lookup-1")})
		require.ErrorIs(t, err, orylogin.ErrLookupSecretUsed)
	})
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

func TestProvider(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("google"))
	_, err := server.Client().Login(t.Context(), orylogin.OIDC{Provider: "google"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	assert.Contains(t, change.URL, "/google?client_id=")
}

// TestReturnTo checks that all URLs below an allowed URL are allowed, whatever the query, as in
// Kratos.
func TestReturnTo(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithReturnTo("https://app.example.com/back"))
	for target, allowed := range map[string]bool{
		"https://app.example.com/back":             true,
		"https://app.example.com/back?state=x":     true,
		"https://app.example.com/back/below?x=y":   true,
		"https://app.example.com/?x=/back":         false,
		"https://app.example.com/backwards":        false,
		"https://evil.example?https://app/back":    false,
		"https://app.example.com.evil.example/?/x": false,
	} {
		_, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: target})
		if allowed {
			require.NoError(t, err, target)
		} else {
			require.ErrorIs(t, err, orylogin.ErrReturnToForbidden, target)
		}
	}
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

// TestBrowser logs in with a real cookie jar, which accepts cookies as browsers do.
func TestBrowser(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t)
	server.AddIdentity(ada)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	base, err := url.Parse(server.URL)
	require.NoError(t, err)
	client := server.Client()
	visit := func(do func(*orylogin.Visit)) {
		incoming, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
		require.NoError(t, err)
		for _, cookie := range jar.Cookies(base) {
			incoming.AddCookie(cookie)
		}
		answer := &http.Response{Header: http.Header{}}
		do(client.Visit(headers(answer.Header), incoming))
		jar.SetCookies(base, answer.Cookies())
	}
	var flow *orylogin.Flow
	visit(func(v *orylogin.Visit) {
		flow, err = v.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: "http://127.0.0.1:4455/after"})
		require.NoError(t, err)
	})
	_, err = client.Visit(nil, &http.Request{}).Submit(t.Context(), flow, asAda)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	visit(func(v *orylogin.Visit) {
		_, err := v.Submit(t.Context(), flow, asNobody)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials)
	})
	visit(func(v *orylogin.Visit) {
		login, err := v.Submit(t.Context(), flow, asAda)
		require.NoError(t, err)
		assert.Equal(t, "http://127.0.0.1:4455/after", login.RedirectTo)
	})
	visit(func(v *orylogin.Visit) {
		_, err := v.Whoami(t.Context())
		require.NoError(t, err)
		require.NoError(t, v.Logout(t.Context()))
	})
	visit(func(v *orylogin.Visit) {
		_, err := v.Whoami(t.Context())
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	})
}

// headers is a ResponseWriter that keeps only the header.
type headers http.Header

func (h headers) Header() http.Header       { return http.Header(h) }
func (headers) Write(b []byte) (int, error) { return len(b), nil }
func (headers) WriteHeader(int)             {}

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
