package test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// refusedWith requires that a submission was refused with a message about a field. An empty
// field means the whole flow.
func refusedWith(t *testing.T, err error, id orylogin.MessageID, field string) {
	t.Helper()
	var refused *orylogin.ValidationError
	require.ErrorAs(t, err, &refused)
	require.ErrorIs(t, err, id)
	require.NotEmpty(t, refused.Flow.Messages().Errors().ID(id).Field(field), "%+v", refused.Flow.Messages())
	require.Equal(t, orylogin.OutcomeRefused, orylogin.OutcomeOf(err))
}

// hindered requires that a submission was refused for a reason that is not about credentials or
// fields. Only the text of a generic message says it. The error must have the flow.
func hindered(t *testing.T, err, target error, outcome orylogin.Outcome) {
	t.Helper()
	answer, ok := err.(*orylogin.APIError) //nolint:errorlint // it is nothing else
	require.True(t, ok, "%T: %v", err, err)
	require.ErrorIs(t, err, target)
	require.ErrorIs(t, err, orylogin.ErrGeneric)
	require.NotEmpty(t, answer.Flow.Messages().Errors().ID(orylogin.ErrGeneric))
	require.Equal(t, outcome, orylogin.OutcomeOf(err))
}

// create creates a flow for a submission that will be refused.
func create(t *testing.T, client *orylogin.Client, options orylogin.FlowOptions, opts ...orylogin.CallOption) string {
	t.Helper()
	flow, err := client.CreateFlow(t.Context(), options, opts...)
	require.NoError(t, err)
	return flow.ID
}

func TestRefusedFirstFactors(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()
	for _, test := range []struct {
		method orylogin.Method
		id     orylogin.MessageID
		field  string
	}{
		{guess, orylogin.ErrInvalidCredentials, ""},
		{nobody, orylogin.ErrInvalidCredentials, ""},
		{orylogin.Password{Password: secret}, orylogin.ErrFieldRequired, "identifier"},
		{orylogin.Password{Identifier: ada.Email}, orylogin.ErrFieldRequired, "password"},
		{orylogin.TOTP{Code: secret}, orylogin.ErrNoMethod, ""},
		{orylogin.LookupSecret{Secret: secret}, orylogin.ErrNoMethod, ""},
		{orylogin.Code{Identifier: ada.Email}, orylogin.ErrNoMethod, ""},
		{orylogin.IdentifierFirst{Identifier: ada.Email}, orylogin.ErrNoMethod, ""},
		{orylogin.SAML{Provider: "none"}, orylogin.ErrNoMethod, ""},
		{orylogin.DeviceAuthn{ClientKeyID: "none", Signature: orylogin.NewSecret("c2lnbmF0dXJl")}, orylogin.ErrNoMethod, ""},
	} {
		_, err := client.Submit(ctx, create(t, client, orylogin.FlowOptions{}), test.method)
		refusedWith(t, err, test.id, test.field)
	}
}

func TestRefusedSecondFactors(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	ctx := t.Context()
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(login.Token)

	// No second factor is enrolled, so the flow has no nodes.
	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	require.NoError(t, err)
	require.Nil(t, flow.UI.Nodes)
	require.Empty(t, flow.Methods())
	_, err = client.Submit(ctx, flow.ID, orylogin.TOTP{Code: orylogin.NewSecret("123456")}, token)
	refusedWith(t, err, orylogin.ErrNoTOTP, "")
	_, err = client.Submit(ctx, flow.ID, orylogin.LookupSecret{Secret: orylogin.NewSecret("12345678")}, token)
	refusedWith(t, err, orylogin.ErrNoLookupSecrets, "")

	_, err = kratos.EnrolTOTP(ctx, ada)
	require.NoError(t, err)
	secrets, err := kratos.EnrolLookupSecrets(ctx, ada)
	require.NoError(t, err)
	flow, err = client.CreateFlow(ctx, orylogin.FlowOptions{AAL: orylogin.AAL2}, token)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"totp", "lookup_secret"}, flow.Methods())
	_, err = client.Submit(ctx, flow.ID, orylogin.TOTP{Code: orylogin.NewSecret("000000")}, token)
	refusedWith(t, err, orylogin.ErrInvalidTOTP, "")
	_, err = client.Submit(ctx, flow.ID, orylogin.TOTP{}, token)
	refusedWith(t, err, orylogin.ErrFieldRequired, "totp_code")
	_, err = client.Submit(ctx, flow.ID, orylogin.LookupSecret{Secret: orylogin.NewSecret("wrong")}, token)
	refusedWith(t, err, orylogin.ErrInvalidLookupSecret, "")
	_, err = client.Submit(ctx, flow.ID, asAda, token)
	refusedWith(t, err, orylogin.ErrNoMethod, "")

	once := orylogin.LookupSecret{Secret: orylogin.NewSecret(secrets[0])}
	_, err = client.Submit(ctx, flow.ID, once, token)
	require.NoError(t, err)
	_, err = client.Submit(ctx, create(t, client, orylogin.FlowOptions{Refresh: true, AAL: orylogin.AAL2}, token), once, token)
	refusedWith(t, err, orylogin.ErrLookupSecretUsed, "")

	// Without the session there is nothing to which a second factor could be added.
	_, err = client.Submit(ctx, flow.ID, once)
	require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
}

func TestRefusedCodes(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	ctx := t.Context()
	_, err := client.Login(ctx, orylogin.Code{Identifier: "nobody@example.com"})
	refusedWith(t, err, orylogin.ErrNoCodeAccount, "")
	_, err = client.Login(ctx, orylogin.Code{})
	refusedWith(t, err, orylogin.ErrFieldRequired, "identifier")

	_, err = client.Login(ctx, orylogin.Code{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.True(t, next.Flow.CodeSent())
	require.Contains(t, next.Flow.Methods(), "code")
	require.Len(t, next.Flow.Messages().ID(orylogin.MessageCodeSent), 1)

	wrong := orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("000000")}
	_, err = client.Submit(ctx, next.Flow.ID, orylogin.Code{Code: wrong.Code})
	refusedWith(t, err, orylogin.ErrFieldRequired, "identifier")
	_, err = client.Submit(ctx, next.Flow.ID, wrong)
	refusedWith(t, err, orylogin.ErrInvalidCode, "")
	for range 6 {
		_, err = client.Submit(ctx, next.Flow.ID, wrong)
	}
	hindered(t, err, orylogin.ErrTooManyTries, orylogin.OutcomeTooManyTries)

	_, err = client.Submit(ctx, next.Flow.ID, orylogin.Code{Identifier: ada.Email, Resend: true})
	require.ErrorAs(t, err, &next)
}

func TestExpiredCode(t *testing.T) {
	t.Parallel()
	kratos, client := start(t,
		kratostest.Set("selfservice.methods.code.passwordless_enabled", true),
		codesExpire)
	ctx := t.Context()
	_, err := client.Login(ctx, orylogin.Code{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	code, err := kratos.Code(ctx, ada.Email)
	require.NoError(t, err)
	_, err = client.Submit(ctx, next.Flow.ID, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret(code)})
	if expect(kratos).expiredCode == http.StatusGone {
		var expired *orylogin.ExpiredError
		require.ErrorAs(t, err, &expired)
		require.NotEmpty(t, expired.UseFlowID)
	} else {
		refusedWith(t, err, orylogin.ErrInvalidCode, "")
	}
	_, err = client.GetFlow(ctx, next.Flow.ID)
	require.NoError(t, err, "the flow itself is still valid")
}

func TestIdentifierFirst(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.flows.login.style", "identifier_first"))
	ctx := t.Context()
	_, err := client.Login(ctx, orylogin.IdentifierFirst{Identifier: "nobody@example.com"})
	refusedWith(t, err, orylogin.ErrAccountNotFound, "identifier")

	_, err = client.Login(ctx, orylogin.IdentifierFirst{Identifier: ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.False(t, next.Flow.CodeSent())
	require.Empty(t, next.Flow.Messages())
	require.Contains(t, next.Flow.Methods(), "password")
	_, err = client.Submit(ctx, next.Flow.ID, asAda)
	require.NoError(t, err)

	// The replacement of an expired flow has an error message that says so. If the next step is
	// accepted, it must not look like a refusal because of that message.
	change(t, kratos, flowsExpire)
	id := create(t, client, orylogin.FlowOptions{})
	change(t, kratos, flowsLast)
	_, err = client.Submit(ctx, id, orylogin.IdentifierFirst{Identifier: ada.Email})
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
	replacement, err := client.GetFlow(ctx, expired.UseFlowID)
	require.NoError(t, err)
	require.Len(t, replacement.Messages().ID(orylogin.ErrPreviousFlowExpired), 1)
	_, err = client.Submit(ctx, expired.UseFlowID, orylogin.IdentifierFirst{Identifier: ada.Email})
	require.ErrorAs(t, err, &next, "%v", err)
}

func TestDisabledAccount(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	ctx := t.Context()
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	_, err = kratos.CreateIdentity(ctx, kratostest.Identity{Email: "eve@example.com", Password: ada.Password, Inactive: true})
	require.NoError(t, err)

	_, err = client.Login(ctx, orylogin.Password{Identifier: "eve@example.com", Password: secret})
	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	require.NotErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Equal(t, expect(kratos).disabled, status(t, err))
	_, err = client.Login(ctx, orylogin.Password{Identifier: "eve@example.com", Password: guess.Password})
	refusedWith(t, err, orylogin.ErrInvalidCredentials, "")

	require.NoError(t, kratos.SetActive(ctx, kratostest.Identity{ID: login.Session.Identity.ID}, false))
	_, err = client.Whoami(ctx, login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
}

func TestAddressNotVerified(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.flows.login.after.password.hooks",
		[]any{map[string]any{"hook": "require_verified_address"}}))
	ctx := t.Context()
	_, err := client.Login(ctx, asAda)
	var unverified *orylogin.VerificationError
	require.ErrorAs(t, err, &unverified)
	require.ErrorIs(t, err, orylogin.ErrSessionVerifiedAddressRequired)
	require.ErrorIs(t, err, orylogin.ErrAddressNotVerified)
	require.Equal(t, expect(kratos).unverified, unverified.StatusCode)
	told := unverified.StatusCode == http.StatusForbidden // which of the two the server names
	require.Equal(t, !told, unverified.Flow != nil)
	require.Equal(t, told, unverified.Verification != nil)

	_, err = kratos.CreateIdentity(ctx, kratostest.Identity{Email: "eve@example.com", Password: ada.Password, Verified: true})
	require.NoError(t, err)
	_, err = client.Login(ctx, orylogin.Password{Identifier: "eve@example.com", Password: secret})
	require.NoError(t, err)
}

func TestContinueWithVerification(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("selfservice.flows.login.after.password.hooks",
		[]any{map[string]any{"hook": "verification"}, map[string]any{"hook": "show_verification_ui"}}))
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	require.Len(t, login.ContinueWith, 1)
	require.Equal(t, "show_verification_ui", login.ContinueWith[0].Action)
	require.Equal(t, ada.Email, login.ContinueWith[0].Flow.VerifiableAddress)
	require.NotEmpty(t, login.ContinueWith[0].Flow.ID)
}

func TestWebHooks(t *testing.T) {
	t.Parallel()
	hooks := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"messages":[{"instance_ptr":"#/traits/email",
			"messages":[{"id":1234567,"text":"go away","type":"error"}]}]}`)
	}))
	t.Cleanup(hooks.Close)
	interrupts := map[string]any{"can_interrupt": true}
	hook := hookConfig(hooks.URL, interrupts)

	_, client := start(t, kratostest.Set("selfservice.flows.login.after.password.hooks", hook))
	_, err := client.Login(t.Context(), asAda)
	refusedWith(t, err, 1234567, "traits.email")

	// Before the login, the answer is an error, followed by the flow.
	_, client = start(t, kratostest.Set("selfservice.flows.login.before.hooks", hook))
	_, err = client.Login(t.Context(), asAda)
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.ErrorIs(t, err, orylogin.ErrNotFound)

	// If a hook fails, the status of the answer differs from the code in its body. The server
	// tries three times before it answers.
	hook = hookConfig("http://127.0.0.1:1", interrupts)
	_, client = start(t, kratostest.Set("selfservice.flows.login.after.password.hooks", hook))
	_, err = client.Login(t.Context(), asAda)
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, http.StatusBadRequest, apiErr.StatusCode)
	require.EqualValues(t, http.StatusInternalServerError, apiErr.Code)
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.Contains(t, apiErr.Message, "giving up")
}

func TestRefusedCreations(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()
	_, err := client.CreateFlow(ctx, orylogin.FlowOptions{ReturnTo: "https://evil.example.org/"})
	require.ErrorIs(t, err, orylogin.ErrReturnToForbidden)
	require.Equal(t, http.StatusBadRequest, status(t, err))
	_, err = client.CreateFlow(ctx, orylogin.FlowOptions{AAL: "aal9"}, orylogin.WithSessionToken(secret))
	require.Equal(t, http.StatusBadRequest, status(t, err))

	flow, err := client.CreateFlow(ctx, orylogin.FlowOptions{
		ReturnTo: "http://127.0.0.1:4455/app", TokenExchange: true,
	})
	require.NoError(t, err)
	require.Equal(t, "http://127.0.0.1:4455/app", flow.ReturnTo)
	require.False(t, flow.SessionTokenExchangeCode.IsZero())
	_, err = client.Exchange(ctx, flow.SessionTokenExchangeCode, secret)
	require.ErrorIs(t, err, orylogin.ErrNotFound)
}

// TestDisabledMethods checks methods that are switched off. Some of them are not found instead
// of refused with a message.
func TestDisabledMethods(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("selfservice.methods.password.enabled", false))
	for _, method := range []orylogin.Method{asAda, orylogin.OIDC{Provider: "none"}} {
		_, err := client.Login(t.Context(), method)
		require.ErrorIs(t, err, orylogin.ErrNotFound)
		require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	}
}

// TestBrowserFlow submits to a flow that belongs to a browser.
func TestBrowserFlow(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kratos.PublicURL+"/self-service/login/browser", nil)
	require.NoError(t, err)
	request.Header.Set("Accept", "application/json")
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	var flow orylogin.Flow
	require.NoError(t, json.NewDecoder(response.Body).Decode(&flow))
	require.NoError(t, response.Body.Close())

	_, err = client.Submit(t.Context(), flow.ID, asAda)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
	require.Equal(t, http.StatusForbidden, status(t, err))
	_, err = client.GetFlow(t.Context(), flow.ID)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation)
}

// TestSignedInOnSubmission checks that a message says it, since the server has no id for it in
// that answer.
func TestSignedInOnSubmission(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	ctx := t.Context()
	flow := create(t, client, orylogin.FlowOptions{})
	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	_, err = client.Submit(ctx, flow, asAda, orylogin.WithSessionToken(login.Token))
	hindered(t, err, orylogin.ErrSessionAlreadyAvailable, orylogin.OutcomeAlreadyLoggedIn)
}

// TestMeddlingProxies has proxies that change requests between client and server.
func TestMeddlingProxies(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	target, err := url.Parse(kratos.PublicURL)
	require.NoError(t, err)
	setBody := func(r *http.Request, body string) {
		r.Body = io.NopCloser(bytes.NewReader([]byte(body)))
		r.ContentLength = int64(len(body))
	}
	for _, test := range map[string]struct {
		meddle func(*http.Request)
		want   error
	}{
		"adds a cookie":            {func(r *http.Request) { r.Header.Set("Cookie", "a=b") }, orylogin.ErrBrowserRequest},
		"adds an origin":           {func(r *http.Request) { r.Header.Set("Origin", "https://x") }, orylogin.ErrBrowserRequest},
		"cuts the body":            {func(r *http.Request) { setBody(r, `{"method":`) }, orylogin.ErrUndecodableBody},
		"drops the body":           {func(r *http.Request) { setBody(r, "") }, orylogin.ErrUndecodableBody},
		"replaces the body":        {func(r *http.Request) { setBody(r, "[]") }, orylogin.ErrUndecodableBody},
		"nulls the body":           {func(r *http.Request) { setBody(r, "null") }, orylogin.ErrUndecodableBody},
		"changes the content type": {func(r *http.Request) { r.Header.Set("Content-Type", "text/plain") }, orylogin.ErrUndecodableBody},
	} {
		proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			if r.Out.Method == http.MethodPost {
				test.meddle(r.Out)
			}
		}})
		_, err := newClient(t, proxy.URL).Login(t.Context(), asAda)
		proxy.Close()
		hindered(t, err, test.want, orylogin.OutcomeMisconfigured)
	}
}
