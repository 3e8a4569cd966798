package test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
)

var (
	robot   = kratostest.Identity{Email: "robot@example.com", Password: secret.Reveal()}
	asRobot = orylogin.Password{Identifier: robot.Email, Password: secret}
)

// startRobot is start with another identity, whose id is returned.
func startRobot(t *testing.T, settings ...kratostest.Setting) (*kratostest.Server, *orylogin.Client, kratostest.Identity) {
	t.Helper()
	kratos, client := start(t, settings...)
	created, err := kratos.CreateIdentity(t.Context(), robot)
	require.NoError(t, err)
	return kratos, client, created
}

// serve starts a service that needs a session.
func serve(t *testing.T, client *orylogin.Client, opts ...session.GuardOption) string {
	t.Helper()
	middleware, err := session.NewGuard(client, opts...)
	require.NoError(t, err)
	service := httptest.NewServer(middleware.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who, _ := session.FromContext(r.Context())
		_, _ = io.WriteString(w, who.Identity.ID)
	})))
	t.Cleanup(service.Close)
	return service.URL
}

func newSource(t *testing.T, client *orylogin.Client) *session.Source {
	t.Helper()
	source, err := session.NewSource(client, asRobot)
	require.NoError(t, err)
	return source
}

// withToken returns an http.Client that sends the source's token to the service.
func withToken(source session.TokenSource, service string) *http.Client {
	return &http.Client{Transport: &session.Transport{
		Source: source, Hosts: []string{strings.TrimPrefix(service, "http://")},
	}}
}

// exchange sends a request and returns the status and the body of the answer.
func exchange(t *testing.T, client *http.Client, method, target, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(text)
}

// sessions returns how many sessions an identity has had.
func sessions(t *testing.T, kratos *kratostest.Server, identity kratostest.Identity) int {
	t.Helper()
	count, err := kratos.Sessions(t.Context(), identity)
	require.NoError(t, err)
	return count
}

// member returns the value in a JSON object at the path of names.
func member(t *testing.T, body string, names ...string) any {
	t.Helper()
	var value any
	require.NoError(t, json.Unmarshal([]byte(body), &value))
	for _, name := range names {
		object, ok := value.(map[string]any)
		require.True(t, ok, "%s is not in an object", name)
		value = object[name]
	}
	return value
}

// TestSourceTransportAndMiddleware tests all parts together. The source logs in by itself,
// again after its session was revoked, and once more after its logout.
func TestSourceTransportAndMiddleware(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t)
	service := serve(t, client)
	source := newSource(t, client)
	web := withToken(source, service)
	ask := func(want int) {
		t.Helper()
		status, body := exchange(t, web, http.MethodPost, service, "a body")
		require.Equal(t, want, status, body)
		require.Equal(t, identity.ID, body)
	}
	ask(http.StatusOK)
	ask(http.StatusOK)
	require.Equal(t, 1, sessions(t, kratos, identity))

	require.NoError(t, kratos.DeleteSessions(t.Context(), identity))
	ask(http.StatusOK)
	require.Equal(t, 1, sessions(t, kratos, identity))

	revoked, err := source.Token(t.Context())
	require.NoError(t, err)
	require.NoError(t, source.Logout(t.Context()))
	_, err = client.Whoami(t.Context(), revoked)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	ask(http.StatusOK)

	require.NoError(t, kratos.DeleteSessions(t.Context(), identity))
	require.ErrorIs(t, source.Logout(t.Context()), orylogin.ErrUnknownToken)
	ask(http.StatusOK)
}

func TestManyCallersOneLogin(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t)
	source := newSource(t, client)
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			if _, err := source.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	require.Equal(t, 1, sessions(t, kratos, identity))
}

func TestRefusedCredentialsStop(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t)
	require.NoError(t, kratos.SetActive(t.Context(), identity, false))
	source := newSource(t, client)
	for range 3 {
		_, err := source.Token(t.Context())
		require.ErrorIs(t, err, session.ErrStopped)
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	}
	require.NoError(t, kratos.SetActive(t.Context(), identity, true))
	_, err := source.Token(t.Context())
	require.ErrorIs(t, err, session.ErrStopped)
	source.Reset()
	_, err = source.Token(t.Context())
	require.NoError(t, err)
}

// TestSourceRenews waits until the source has replaced two short sessions. Then it waits until
// the source has a long one, which it keeps.
func TestSourceRenews(t *testing.T) {
	t.Parallel()
	kratos, client, _ := startRobot(t, kratostest.Set("session.lifespan", "1s"))
	source := newSource(t, client)
	tokens := map[string]bool{}
	require.Eventually(t, func() bool {
		token, err := source.Token(t.Context())
		if err == nil {
			tokens[token.Reveal()] = true
		}
		return len(tokens) == 3
	}, patience, pause)

	change(t, kratos, kratostest.Set("session.lifespan", "24h"))
	var last orylogin.Secret
	require.Eventually(t, func() bool {
		token, err := source.Token(t.Context())
		if err != nil {
			return false
		}
		last = token
		session, err := client.Whoami(t.Context(), token)
		return err == nil && session.ExpiresAt.Sub(session.AuthenticatedAt) == 24*time.Hour
	}, patience, pause)
	token, err := source.Token(t.Context())
	require.NoError(t, err)
	require.True(t, token.Equal(last))
}

// TestStepUpForAService has a second factor that the middleware demands, and then one that the
// server demands. The URL is the application's in both cases. If the application has none, it
// is the server's.
func TestStepUpForAService(t *testing.T) {
	t.Parallel()
	const stepUp = "https://auth.example.com/step/up"
	for name, settings := range map[string][]kratostest.Setting{"middleware": nil, "server": {highest}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kratos, client, identity := startRobot(t, settings...)
			key, err := kratos.EnrolTOTP(t.Context(), robot)
			require.NoError(t, err)
			login, err := client.Login(t.Context(), asRobot)
			var owed *orylogin.SecondFactorError
			var token orylogin.Secret
			service := serve(t, client, session.RequireAAL2(stepUp), session.WithCache(session.NewMemoryCache(1<<20), time.Minute))
			if name == "server" {
				require.ErrorAs(t, err, &owed)
				token = owed.Token
				unnamed := serve(t, client, session.RequireAAL2(""))
				_, body := exchange(t, withToken(session.Static(token), unnamed), http.MethodGet, unnamed, "")
				require.Equal(t, kratos.PublicURL+"/self-service/login/browser?aal=aal2", member(t, body, "redirect_browser_to"))
			} else {
				require.NoError(t, err)
				token = login.Token
			}
			web := withToken(session.Static(token), service)
			status, body := exchange(t, web, http.MethodGet, service, "")
			require.Equal(t, http.StatusForbidden, status)
			require.Equal(t, "session_aal2_required", member(t, body, "error", "id"))
			require.Equal(t, stepUp, member(t, body, "redirect_browser_to"))

			code, err := key.Code(time.Now())
			require.NoError(t, err)
			_, err = client.StepUp(t.Context(), token, orylogin.TOTP{Code: orylogin.NewSecret(code)})
			require.NoError(t, err)
			status, body = exchange(t, web, http.MethodGet, service, "")
			require.Equal(t, http.StatusOK, status)
			require.Equal(t, identity.ID, body)
		})
	}
}

// TestSourceOfASecondFactor logs in with two steps.
func TestSourceOfASecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t, highest)
	key, err := kratos.EnrolTOTP(t.Context(), robot)
	require.NoError(t, err)
	_, err = newSource(t, client).Token(t.Context())
	require.ErrorIs(t, err, session.ErrStopped)
	require.ErrorIs(t, err, orylogin.ErrSessionAAL2Required)

	source, err := session.NewSourceFunc(client, func(ctx context.Context) (*orylogin.Login, error) {
		return client.Converse(ctx, orylogin.FlowOptions{}, func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
			if step.Err == nil {
				return asRobot, nil
			}
			code, err := key.Code(time.Now())
			return orylogin.TOTP{Code: orylogin.NewSecret(code)}, err
		})
	})
	require.NoError(t, err)
	service := serve(t, client, session.RequireAAL2(""))
	status, body := exchange(t, withToken(source, service), http.MethodGet, service, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, identity.ID, body)
}

// TestCookieOfABrowser logs in as a page's script does, and sends the cookie to a service.
func TestCookieOfABrowser(t *testing.T) {
	t.Parallel()
	kratos, client, identity := startRobot(t)
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{Jar: jar}
	_, body := exchange(t, browser, http.MethodGet, kratos.PublicURL+"/self-service/login/browser", "")
	var flow orylogin.Flow
	require.NoError(t, json.Unmarshal([]byte(body), &flow))
	form := map[string]any{"method": "password", "identifier": robot.Email, "password": robot.Password}
	for _, node := range flow.UI.Nodes {
		if node.Attributes.Name == "csrf_token" {
			form["csrf_token"] = node.Attributes.Value
		}
	}
	encoded, err := json.Marshal(form)
	require.NoError(t, err)
	status, body := exchange(t, browser, http.MethodPost, flow.UI.Action, string(encoded))
	require.Equal(t, http.StatusOK, status, body)

	service := serve(t, client) // on the same host, so the jar sends its cookies there
	status, body = exchange(t, browser, http.MethodGet, service, "")
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, identity.ID, body)
	status, _ = exchange(t, http.DefaultClient, http.MethodGet, service, "")
	require.Equal(t, http.StatusUnauthorized, status)
	require.NoError(t, kratos.DeleteSessions(t.Context(), identity))
	status, _ = exchange(t, browser, http.MethodGet, service, "")
	require.Equal(t, http.StatusUnauthorized, status)
}

// TestServerGoneIsNotLoggedOut checks that a session that cannot be checked does not count as
// no session.
func TestServerGoneIsNotLoggedOut(t *testing.T) {
	t.Parallel()
	kratos, client, _ := startRobot(t)
	service, source := serve(t, client), newSource(t, client)
	web := withToken(source, service)
	status, _ := exchange(t, web, http.MethodGet, service, "")
	require.Equal(t, http.StatusOK, status)
	kratos.Stop()
	status, _ = exchange(t, web, http.MethodGet, service, "")
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Error(t, source.Logout(t.Context()))

	_, err := newSource(t, client).Token(t.Context())
	var unsent *orylogin.TransportError
	require.ErrorAs(t, err, &unsent)
	require.NotErrorIs(t, err, session.ErrStopped)
}

// TestSessionEndsWithinALogout revokes the session of a browser between the two requests of its
// logout.
func TestSessionEndsWithinALogout(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	bob, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "bob@example.com", Password: secret.Reveal()})
	require.NoError(t, err)
	client := newClient(t, kratos.PublicURL, orylogin.WithTransport(func(own http.RoundTripper) http.RoundTripper {
		return roundTrip(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/self-service/logout" {
				require.NoError(t, kratos.DeleteSessions(t.Context(), bob))
			}
			return own.RoundTrip(r)
		})
	}))
	p := newPerson(t, client)
	_, err = p.submit(p.create(orylogin.FlowOptions{}), orylogin.Password{Identifier: bob.Email, Password: secret})
	require.NoError(t, err)
	p.visit(func(v *orylogin.Visit) { require.ErrorIs(t, v.Logout(t.Context()), orylogin.ErrSessionInactive) })
}
