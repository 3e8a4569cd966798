package test

import (
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

func TestPasswordLogin(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()

	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	require.JSONEq(t, `{"email":"ada@example.com"}`, string(login.Session.Identity.Traits))
	require.Equal(t, orylogin.AAL1, login.Session.AuthenticatorAssuranceLevel)
	require.Equal(t, 24*time.Hour, login.Session.ExpiresAt.Sub(login.Session.AuthenticatedAt))

	session, err := client.Whoami(ctx, login.Token)
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, session.ID)

	require.NoError(t, client.Logout(ctx, login.Token))
	_, err = client.Whoami(ctx, login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, http.StatusUnauthorized, status(t, err))
	require.NoError(t, client.Logout(ctx, login.Token), "a second logout succeeds, too")
	err = client.Logout(ctx, orylogin.NewSecret("unknown"))
	require.ErrorIs(t, err, orylogin.ErrUnknownToken)
	require.Equal(t, http.StatusForbidden, status(t, err))
}

func TestStepByStep(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()

	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)
	fetched, err := client.GetFlow(ctx, flow.ID)
	require.NoError(t, err)
	require.Equal(t, flow.ID, fetched.ID)

	for name, method := range map[string]orylogin.Method{"wrong password": guess, "unknown user": nobody} {
		_, err = client.Submit(ctx, flow.ID, method)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials, name)
		var refused *orylogin.ValidationError
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, flow.ID, refused.Flow.ID, name)
		require.Equal(t, http.StatusBadRequest, refused.StatusCode, name)
		require.Equal(t, orylogin.OutcomeRefused, orylogin.OutcomeOf(err), name)
	}
	_, err = client.Submit(ctx, flow.ID, orylogin.Password{})
	require.ErrorIs(t, err, orylogin.ErrFieldRequired)

	login, err := client.Submit(ctx, flow.ID, asAda)
	require.NoError(t, err)
	require.NotEmpty(t, login.Session.Identity.ID)
}

func TestUnknownFlow(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	_, err := client.GetFlow(t.Context(), unknown)
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	_, err = client.Submit(t.Context(), unknown, asAda)
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	_, err = client.Submit(t.Context(), "not a flow id & more", asAda)
	require.Equal(t, http.StatusBadRequest, status(t, err))
}

func TestSignedInAlready(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(login.Token)

	_, err = client.CreateFlow(ctx, orylogin.FlowOptions{}, token)
	require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable)

	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{Refresh: true}, token)
	require.NoError(t, err)
	require.True(t, flow.Refresh)
	again, err := client.Submit(ctx, flow.ID, asAda, token)
	require.NoError(t, err)
	require.Equal(t, login.Session.ID, again.Session.ID)
	require.True(t, again.Token.Equal(login.Token))
	require.True(t, again.Session.AuthenticatedAt.After(login.Session.AuthenticatedAt))
}

func TestNoSessionForSecondFactor(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2},
		orylogin.WithSessionToken(orylogin.NewSecret("unknown")))
	require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
	require.Equal(t, http.StatusUnauthorized, status(t, err))
}

func TestSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("session.whoami.required_aal", "highest_available"))
	ctx := t.Context()
	key, err := kratos.EnrolTOTP(ctx, ada)
	require.NoError(t, err)

	_, err = client.Login(ctx, asAda)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.Equal(t, http.StatusOK, owed.StatusCode)
	_, err = client.Whoami(ctx, owed.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionAAL2Required)
	require.ErrorAs(t, err, &owed)
	require.Equal(t, http.StatusForbidden, owed.StatusCode)
	require.Equal(t, kratos.PublicURL+"/self-service/login/browser?aal=aal2", owed.URL)

	token := orylogin.WithSessionToken(owed.Token)
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	require.NoError(t, err)
	code, err := key.Code(time.Now())
	require.NoError(t, err)
	login, err := client.Submit(ctx, flow.ID, orylogin.TOTP{Code: orylogin.NewSecret(code)}, token)
	require.NoError(t, err)
	require.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel)
	require.True(t, login.Token.Equal(owed.Token))
}

func TestExpiredFlow(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, flowsExpire)
	ctx := t.Context()
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)
	change(t, kratos, flowsLast)

	var expired *orylogin.ExpiredError
	_, err = client.GetFlow(ctx, flow.ID)
	require.ErrorAs(t, err, &expired)
	require.Empty(t, expired.UseFlowID)

	_, err = client.Submit(ctx, flow.ID, asAda)
	require.ErrorIs(t, err, orylogin.ErrFlowExpired)
	require.ErrorAs(t, err, &expired)
	require.Equal(t, flow.ExpiresAt, expired.ExpiredAt)
	require.NotEmpty(t, expired.UseFlowID)
	_, err = client.Submit(ctx, expired.UseFlowID, asAda)
	require.NoError(t, err)
}

func TestProviderNeedsBrowser(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, ada.Email)
	_, client := start(t, provider.Settings()...)
	_, err := client.Login(t.Context(), orylogin.OIDC{Provider: "unknown"})
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	_, err = client.Login(t.Context(), orylogin.OIDC{Provider: "loopback"})
	require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	require.Equal(t, http.StatusUnprocessableEntity, change.StatusCode)
	require.True(t, strings.HasPrefix(change.URL, provider.URL()+"/"), change.URL)
	require.Contains(t, change.URL, "client_id=")
}

// TestCookieJar uses an http.Client with a jar. The server sets a cookie on a native flow, and
// would refuse the flow if the client sent that cookie.
func TestCookieJar(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	ctx := t.Context()
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{})
	require.NoError(t, err)

	withJar := &http.Client{Jar: jar}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet,
		kratos.PublicURL+"/self-service/login/flows?id="+flow.ID, nil)
	require.NoError(t, err)
	response, err := withJar.Do(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	require.NotEmpty(t, jar.Cookies(request.URL), "the server sets a cookie on a native flow")

	_, err = newClient(t, kratos.PublicURL, orylogin.WithHTTPClient(withJar)).Submit(ctx, flow.ID, asAda)
	require.NoError(t, err)
}

// TestBehindPathPrefix calls the server under a path, as behind a gateway.
func TestBehindPathPrefix(t *testing.T) {
	t.Parallel()
	const prefix = "/.ory/kratos/public"
	kratos, _ := start(t)
	target, err := url.Parse(kratos.PublicURL)
	require.NoError(t, err)
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	gateway := httptest.NewServer(http.StripPrefix(prefix, proxy))
	t.Cleanup(gateway.Close)
	for _, baseURL := range []string{gateway.URL + prefix, gateway.URL + prefix + "/"} {
		_, err = newClient(t, baseURL).Login(t.Context(), asAda)
		require.NoError(t, err)
	}
	_, err = newClient(t, gateway.URL).Login(t.Context(), asAda)
	require.ErrorIs(t, err, orylogin.ErrUnknownAnswer, "the gateway's own 404 is no answer of Kratos")
	require.NotErrorIs(t, err, orylogin.ErrNotFound)
	require.Equal(t, http.StatusNotFound, status(t, err))
}

func TestServerGone(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	kratos.Stop()
	_, err = client.Submit(t.Context(), flow.ID, asAda)
	var transport *orylogin.TransportError
	require.ErrorAs(t, err, &transport)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = client.Submit(ctx, flow.ID, asAda)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, errors.As(err, &transport) && transport.NotSent)
}
