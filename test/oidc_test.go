package test

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// appURL is the URL at which a login with a provider ends. Nothing listens there: the browser
// of these tests stops before it.
const appURL = "http://127.0.0.1:4455/app"

// withProvider are options for a login that can be exchanged afterwards.
var withProvider = orylogin.FlowOptions{TokenExchange: true, ReturnTo: appURL}

// browse opens a URL as a browser does and follows redirects. It returns the first URL that is
// in the app or on a page of Kratos's user interface.
func browse(t *testing.T, from string) *url.URL {
	t.Helper()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	browser := &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	at, err := url.Parse(from)
	require.NoError(t, err)
	for range 10 {
		if at.Host == "127.0.0.1:4455" {
			return at
		}
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, at.String(), nil)
		require.NoError(t, err)
		request.Header.Set("Accept", "text/html")
		response, err := browser.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Contains(t, []int{http.StatusFound, http.StatusSeeOther}, response.StatusCode, at)
		at, err = response.Location()
		require.NoError(t, err)
	}
	t.Fatal("the browser goes round in circles")
	return nil
}

// sendToProvider submits the method and returns the URL to which the browser has to go.
func sendToProvider(t *testing.T, client *orylogin.Client, flowID string, method orylogin.OIDC) string {
	t.Helper()
	_, err := client.Submit(t.Context(), flowID, method)
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	require.Equal(t, orylogin.OutcomeLocationChange, orylogin.OutcomeOf(err))
	return change.URL
}

// viaProvider logs in with the provider and requires success.
func viaProvider(t *testing.T, client *orylogin.Client, method orylogin.OIDC) *orylogin.Login {
	t.Helper()
	flow, err := client.CreateFlow(t.Context(), withProvider)
	require.NoError(t, err)
	end := browse(t, sendToProvider(t, client, flow.ID, method))
	login, err := client.Callback(t.Context(), flow, end)
	completed(t, client, login, err, orylogin.AAL1, "oidc")
	return login
}

func TestProviderLogin(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	_, client := start(t, provider.Settings()...)
	ctx := t.Context()

	flow, err := client.CreateFlow(ctx, withProvider)
	require.NoError(t, err)
	require.Contains(t, flow.Methods(), "oidc")
	require.Equal(t, appURL, flow.ReturnTo)
	there := sendToProvider(t, client, flow.ID, orylogin.OIDC{Provider: "loopback"})
	require.Contains(t, there, provider.URL())

	// The login is not finished yet.
	_, err = client.Exchange(ctx, flow.SessionTokenExchangeCode, orylogin.NewSecret("not known yet"))
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	end := browse(t, there)
	require.Equal(t, "/app", end.Path)
	code := orylogin.NewSecret(end.Query().Get("code"))
	login, err := client.Exchange(ctx, flow.SessionTokenExchangeCode, code)
	completed(t, client, login, err, orylogin.AAL1, "oidc")
	require.Equal(t, "loopback", login.Session.AuthenticationMethods[0].Provider)
	require.JSONEq(t, `{"email":"new@example.com"}`, string(login.Session.Identity.Traits))

	// The exchange can be repeated, but it needs both codes.
	again, err := client.Exchange(ctx, flow.SessionTokenExchangeCode, code)
	completed(t, client, again, err, orylogin.AAL1, "oidc")
	require.True(t, again.Token.Equal(login.Token))
	for _, codes := range [][2]orylogin.Secret{
		{flow.SessionTokenExchangeCode, secret}, {secret, code}, {code, flow.SessionTokenExchangeCode},
	} {
		_, err = client.Exchange(ctx, codes[0], codes[1])
		require.ErrorIs(t, err, orylogin.ErrNotFound)
		require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	}

	// The second login is for the account that the first one has made.
	provider.LogIn("new@example.com")
	second := viaProvider(t, client, orylogin.OIDC{Provider: "loopback"})
	require.Equal(t, login.Session.Identity.ID, second.Session.Identity.ID)
	require.NotEqual(t, login.Session.ID, second.Session.ID)
}

// TestProviderParameters submits all fields that the method has.
func TestProviderParameters(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	hook := startHook(t)
	kratos, client := start(t, provider.Settings(
		kratostest.Set("selfservice.flows.login.after.hooks", hook.config()),
		kratostest.Set("selfservice.flows.registration.after.oidc.hooks",
			append(hook.config(), map[string]any{"hook": "session"})),
	)...)
	method := orylogin.OIDC{
		Provider:           "loopback",
		UpstreamParameters: []byte(`{"login_hint":"new@example.com","prompt":"login"}`),
		Traits:             []byte(`{"username":"newcomer"}`),
		TransientPayload:   []byte(`{"from":"the test"}`),
	}
	login := viaProvider(t, client, method)
	require.Equal(t, expect(kratos).dropsLoginHint, provider.Asked().Get("login_hint") == "")
	require.Equal(t, "login", provider.Asked().Get("prompt"))
	traits, payload := `{"email":"new@example.com"}`, `{}`
	if expect(kratos).keepsParameters {
		traits, payload = `{"email":"new@example.com","username":"newcomer"}`, `{"from":"the test"}`
	} // else by a cookie that the browser does not have which comes back from the provider
	require.JSONEq(t, traits, string(login.Session.Identity.Traits))
	require.JSONEq(t, payload, hook.received(t))
}

func TestProviderDenied(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings()...)
	ctx := t.Context()
	provider.Deny()
	flow, err := client.CreateFlow(ctx, withProvider)
	require.NoError(t, err)
	end := browse(t, sendToProvider(t, client, flow.ID, orylogin.OIDC{Provider: "loopback"}))
	exchanged := expect(kratos).deniedLogin == http.StatusUnprocessableEntity // with a code that says why
	require.Equal(t, exchanged, end.Query().Has("code"))
	require.False(t, end.Query().Has("flow"))

	// The flow says why, and still accepts a submission.
	denied, err := client.GetFlow(ctx, flow.ID)
	require.NoError(t, err)
	require.Len(t, denied.Messages().Errors().ID(orylogin.ErrGeneric), 1)
	require.Contains(t, denied.Messages().Errors()[0].Text, "no, thanks")
	_, err = client.Callback(ctx, flow, end)
	refusedWith(t, err, orylogin.ErrGeneric, "")
	_, err = client.Exchange(ctx, flow.SessionTokenExchangeCode, secret)
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	login, err := client.Submit(ctx, flow.ID, asAda)
	completed(t, client, login, err, orylogin.AAL1, "password")
}

// TestProviderConflict comes back from the provider with the address of an account that has a
// password. The browser comes to the app with a new flow. A login to that flow links the two.
func TestProviderConflict(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	_, client := start(t, provider.Settings()...)
	ctx := t.Context()
	flow, err := client.CreateFlow(ctx, withProvider)
	require.NoError(t, err)
	end := browse(t, sendToProvider(t, client, flow.ID, orylogin.OIDC{Provider: "loopback"}))
	require.Equal(t, "/app", end.Path)
	require.Empty(t, end.Query().Get("code"))
	linking, err := client.GetFlow(ctx, end.Query().Get("flow"))
	require.NoError(t, err)
	require.NotEqual(t, flow.ID, linking.ID)
	require.Equal(t, []string{"password"}, linking.Methods())
	require.Len(t, linking.Messages().ID(orylogin.MessageLinkAccount), 1)
	require.Empty(t, linking.Messages().Errors())
	_, err = client.Exchange(ctx, flow.SessionTokenExchangeCode, secret)
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	_, err = client.Callback(ctx, flow, end)
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.Equal(t, linking.ID, next.Flow.ID)
	require.True(t, flow.SessionTokenExchangeCode.Equal(next.Flow.SessionTokenExchangeCode))

	_, err = client.Submit(ctx, linking.ID, guess)
	refusedWith(t, err, orylogin.ErrInvalidCredentials, "")
	login, err := client.Submit(ctx, linking.ID, asAda)
	completed(t, client, login, err, orylogin.AAL1, "password", "oidc")

	provider.LogIn(ada.Email)
	linked := viaProvider(t, client, orylogin.OIDC{Provider: "loopback"})
	require.Equal(t, login.Session.Identity.ID, linked.Session.Identity.ID)
}

// TestProviderRegistration comes back from a provider that does not tell everything that an
// account needs. Servers after v26.2 name the registration flow. Earlier servers say nothing.
func TestProviderRegistration(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	schema := `{"type":"object","properties":{"traits":{"type":"object","required":["color"],` +
		`"properties":{"email":{"type":"string"},"color":{"type":"string"}}}}}`
	kratos := kratostest.Start(t, provider.Settings(kratostest.Set("identity.schemas", []any{map[string]any{
		"id": "default", "url": "base64://" + base64.StdEncoding.EncodeToString([]byte(schema)),
	}}))...)
	client := newClient(t, kratos.PublicURL)
	flow, err := client.CreateFlow(t.Context(), withProvider)
	require.NoError(t, err)
	end := browse(t, sendToProvider(t, client, flow.ID, orylogin.OIDC{Provider: "loopback"}))
	_, err = client.Callback(t.Context(), flow, end)
	if expect(kratos).deniedLogin == http.StatusUnprocessableEntity {
		var registration *orylogin.RegistrationError
		require.ErrorAs(t, err, &registration)
		require.Equal(t, end.Query().Get("flow"), registration.FlowID)
		return
	}
	require.Equal(t, appURL, end.String(), "the server does not say why")
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.Equal(t, flow.ID, next.Flow.ID)
	require.False(t, next.Flow.SessionTokenExchangeCode.IsZero())
}

// TestProviderRegistrationDisabled comes back from a provider with an account that nobody has.
func TestProviderRegistrationDisabled(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	_, client := start(t, provider.Settings(kratostest.Set("selfservice.flows.registration.enabled", false))...)
	flow, err := client.CreateFlow(t.Context(), withProvider)
	require.NoError(t, err)
	end := browse(t, sendToProvider(t, client, flow.ID, orylogin.OIDC{Provider: "loopback"}))
	_, err = client.Callback(t.Context(), flow, end)
	require.ErrorIs(t, err, orylogin.ErrFlowDisabled)
	require.Equal(t, orylogin.OutcomeDisabled, orylogin.OutcomeOf(err))
}

// TestProviderExpired submits to an expired flow. The replacement has no code to exchange, so
// the login needs a new flow.
func TestProviderExpired(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings(flowsExpire)...)
	ctx := t.Context()
	flow, err := client.CreateFlow(ctx, withProvider)
	require.NoError(t, err)
	change(t, kratos, flowsLast)
	_, err = client.Submit(ctx, flow.ID, orylogin.OIDC{Provider: "loopback"})
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
	require.Equal(t, http.StatusGone, expired.StatusCode)
	require.NotEmpty(t, expired.UseFlowID)

	replacement, err := client.GetFlow(ctx, expired.UseFlowID)
	require.NoError(t, err)
	require.True(t, replacement.SessionTokenExchangeCode.IsZero())
	require.Equal(t, appURL, replacement.ReturnTo)
	end := browse(t, sendToProvider(t, client, replacement.ID, orylogin.OIDC{Provider: "loopback"}))
	require.Equal(t, "/error", end.Path)
	_, err = client.Exchange(ctx, flow.SessionTokenExchangeCode, secret)
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	provider.LogIn("new@example.com")
	viaProvider(t, client, orylogin.OIDC{Provider: "loopback"})
}

// TestExpiredAtProvider comes back to a native flow that has expired. The app is not called.
func TestExpiredAtProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings()...)
	away := &orylogin.LocationChangeError{}
	var flow *orylogin.Flow
	for lifespan := 2 * time.Second; away.URL == ""; lifespan *= 2 { // the submission has to come in time
		change(t, kratos, kratostest.Set("selfservice.flows.login.lifespan", lifespan.String()))
		var err error
		flow, err = client.CreateFlow(t.Context(), withProvider)
		require.NoError(t, err)
		_, err = client.Submit(t.Context(), flow.ID, orylogin.OIDC{Provider: "loopback"})
		_ = errors.As(err, &away)
	}
	require.Eventually(t, func() bool {
		_, err := client.GetFlow(t.Context(), flow.ID)
		return orylogin.OutcomeOf(err) == orylogin.OutcomeExpired
	}, patience, pause)
	p := newPerson(t, client)
	require.Equal(t, "error page: expired ExpiredError self_service_flow_expired", p.arrived(p.browse(away.URL)))
}

// TestProviderIDToken checks that the provider "generic" accepts no token of a native SDK.
func TestProviderIDToken(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, client := start(t, provider.Settings()...)
	_, err := client.Login(t.Context(), orylogin.OIDC{
		Provider: "loopback", IDToken: orylogin.NewSecret("a.b.c"), IDTokenNonce: orylogin.NewSecret("once"),
	})
	require.Equal(t, expect(kratos).idToken, status(t, err))
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.NotContains(t, err.Error(), "a.b.c")
}
