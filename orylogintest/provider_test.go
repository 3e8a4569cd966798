package orylogintest_test

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// atProvider presses a button of the provider's page and follows redirects until no server
// answers.
func atProvider(t *testing.T, transport http.RoundTripper, address, email, answer string) *url.URL {
	t.Helper()
	from, err := url.Parse(address + "&" + url.Values{"email": {email}, "answer": {answer}}.Encode())
	require.NoError(t, err)
	for range 3 {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, from.String(), nil)
		require.NoError(t, err)
		response, err := transport.RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		from, err = response.Location()
		require.NoError(t, err)
		if from.Path == "/app" {
			return from
		}
	}
	t.Fatal("the browser does not come back")
	return nil
}

// TestNativeProviders logs in to an app with a provider, over the network and in memory.
func TestNativeProviders(t *testing.T) {
	t.Parallel()
	for name, withServer := range map[string]bool{"network": false, "memory": true} {
		server := orylogintest.NewServer(t, orylogintest.WithProviders("github", "google"))
		server.AddIdentity(orylogintest.Identity{Email: "known@example.com", Providers: []string{"github"}})
		server.AddIdentity(ada)
		client, transport := server.Client(), http.DefaultTransport
		if withServer {
			client, transport = inMemory(server), server
		}
		come := func(provider, email, answer string) (*orylogin.Login, error) {
			flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: "http://127.0.0.1:9/app?state=x"})
			require.NoError(t, err, name)
			_, err = client.Submit(t.Context(), flow.ID, orylogin.OIDC{Provider: provider})
			var change *orylogin.LocationChangeError
			require.ErrorAs(t, err, &change, name)
			end := atProvider(t, transport, change.URL, email, answer)
			require.Equal(t, "x", end.Query().Get("state"))
			return client.Callback(t.Context(), flow, end)
		}
		for _, email := range []string{"known@example.com", "new@example.com"} {
			for range 2 {
				login, err := come("github", email, "allow")
				require.NoError(t, err, name)
				require.Equal(t, "github", login.Session.AuthenticationMethods[0].Provider)
				require.JSONEq(t, `{"email":"`+email+`"}`, string(login.Session.Identity.Traits))
			}
		}
		var next *orylogin.NextStepError
		for _, linked := range []string{ada.Email, "new@example.com"} { // both addresses already have an account with another provider
			_, err := come("google", linked, "allow")
			require.ErrorAs(t, err, &next, name)
			require.Len(t, next.Flow.Messages().ID(orylogin.MessageLinkAccount), 1)
		}
		var refused *orylogin.ValidationError
		_, err := come("github", "new@example.com", "deny")
		require.ErrorAs(t, err, &refused, name)
		require.ErrorIs(t, err, orylogin.ErrGeneric)
	}
}

func TestProviderPage(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
	_, err := server.Client().Login(t.Context(), orylogin.OIDC{Provider: "github"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	get := func(address string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		require.NoError(t, err)
		response, err := server.RoundTrip(request)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		return response.StatusCode, string(body)
	}
	status, page := get(change.URL)
	require.Equal(t, http.StatusOK, status)
	require.Contains(t, page, "<title>github</title>")
	require.Contains(t, page, `name="state"`)
	for _, wrong := range []string{
		strings.Replace(change.URL, "/github", "/unknown", 1),
		strings.Replace(change.URL, "redirect_uri=", "redirect_uri=http%3A%2F%2Fevil.example%2F&x=", 1) + "&answer=allow",
	} {
		status, _ = get(wrong)
		require.Equal(t, http.StatusNotFound, status, wrong)
	}
	server.Close()
	_, err = http.DefaultTransport.RoundTrip(mustRequest(t, change.URL))
	require.Error(t, err, "the provider is closed, too")
}

func mustRequest(t *testing.T, address string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	require.NoError(t, err)
	return request
}

// TestProviderRegistration checks that an app learns from releases after v26.2, and not from
// older ones, that a login with a provider needs a registration.
func TestProviderRegistration(t *testing.T) {
	t.Parallel()
	for release, tells := range map[orylogintest.Release]bool{orylogintest.V26_2: false, orylogintest.AfterV26_2: true} {
		server := orylogintest.NewServer(t, orylogintest.WithProviders("github"), orylogintest.WithRelease(release))
		_, err := throughProvider(t, server.Client(), "")
		var registration *orylogin.RegistrationError
		require.Equal(t, tells, errors.As(err, &registration), release)
		require.Error(t, err)
	}
}

// toProvider begins a native login at a provider, and returns the URL of the provider's page.
func toProvider(t *testing.T, client *orylogin.Client) (*orylogin.Flow, string) {
	t.Helper()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: "http://127.0.0.1:9/app"})
	require.NoError(t, err)
	_, err = client.Submit(t.Context(), flow.ID, orylogin.OIDC{Provider: "github"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	return flow, change.URL
}

// throughProvider logs in natively with the account of an address.
func throughProvider(t *testing.T, client *orylogin.Client, email string) (*orylogin.Login, error) {
	t.Helper()
	flow, address := toProvider(t, client)
	return client.Callback(t.Context(), flow, atProvider(t, http.DefaultTransport, address, email, "allow"))
}

// TestClosedRegistration lets in only who has logged in with the provider before.
func TestClosedRegistration(t *testing.T) {
	t.Parallel()
	for _, release := range []orylogintest.Release{orylogintest.V1_3, orylogintest.AfterV26_2} {
		server := orylogintest.NewServer(t, orylogintest.WithProviders("github"), orylogintest.WithClosedRegistration(), orylogintest.WithRelease(release))
		server.AddIdentity(ada)
		server.AddIdentity(orylogintest.Identity{Email: "known@example.com", Providers: []string{"github"}})
		for email, want := range map[string]orylogin.Outcome{
			"known@example.com": orylogin.OutcomeLoggedIn, "new@example.com": orylogin.OutcomeDisabled,
			ada.Email: orylogin.OutcomeDisabled, "": orylogin.OutcomeDisabled,
		} {
			_, err := throughProvider(t, server.Client(), email)
			require.Equal(t, want, orylogin.OutcomeOf(err), email)
		}
	}
}

// TestFailingProvider: nobody calls an app back whose browser has brought a code that the
// provider refuses.
func TestFailingProvider(t *testing.T) {
	t.Parallel()
	server := orylogintest.NewServer(t, orylogintest.WithProviders("github"))
	_, address := toProvider(t, server.Client())
	response, err := http.DefaultClient.Do(mustRequest(t, address+"&answer=fail"))
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	require.Equal(t, http.StatusBadRequest, response.StatusCode)
	require.Equal(t, "application/json", response.Header.Get("Content-Type"))
}
