package orylogin_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

func TestValidationError(t *testing.T) {
	_, err := newKratos(t).Client().Login(t.Context(), orylogin.Password{})

	require.ErrorIs(t, err, orylogin.ErrFieldRequired)
	require.NotErrorIs(t, err, orylogin.ErrInvalidCredentials)
	var validation *orylogin.ValidationError
	require.ErrorAs(t, err, &validation)
	messages := validation.Flow.Messages()
	require.Len(t, messages, 2)
	require.Equal(t, messages, messages.Errors().ID(orylogin.ErrFieldRequired))
	require.Equal(t, messages[:1], messages.Field("identifier"))
	require.Equal(t, "Property identifier is missing.", messages[0].Text)
	require.JSONEq(t, `{"property":"identifier"}`, string(messages[0].Context))
	require.Equal(t, "password", messages[1].Field)
	require.EqualError(t, err, "orylogin: submit: the submission was refused: a required field is empty [4000002], "+
		"a required field is empty [4000002] (HTTP 400 Bad Request)")
}

func TestNextStepError(t *testing.T) {
	for name, test := range map[string]struct {
		option orylogintest.Option
		method orylogin.Method
		sent   bool
		text   string
	}{
		"code":             {orylogintest.WithCode(), orylogin.Code{Identifier: ada.Email}, true, "a code was sent"},
		"identifier first": {orylogintest.WithIdentifierFirst(), orylogin.IdentifierFirst{Identifier: ada.Email}, false, "needs another step"},
	} {
		_, err := newKratos(t, test.option).Client().Login(t.Context(), test.method)
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next, name)
		require.Equal(t, test.sent, next.Flow.CodeSent(), name)
		require.ErrorContains(t, err, test.text, name)
	}
	// This answer for a code as second factor comes from the source of v26. It was never
	// recorded.
	err := operations["submit"](t.Context(), inJSON(200, `{"id":"f","type":"api","state":"sent_email","ui":{"nodes":[]}}`).client(t))
	require.Equal(t, outcome{kind: "NextStep", status: 200}, outcomeOf(err))
}

func TestAPIError(t *testing.T) {
	server := newKratos(t)
	server.SetDisabled(ada.ID, true)
	_, err := server.Client().Login(t.Context(), password)

	require.ErrorIs(t, err, orylogin.ErrIdentityDisabled)
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "submitSelfServiceLoginFlow", apiErr.Operation)
	require.Equal(t, 401, apiErr.StatusCode)
	require.EqualValues(t, 401, apiErr.Code)
	require.Equal(t, "Unauthorized", apiErr.Status)
	require.Equal(t, "identity is disabled", apiErr.Message)
	require.Equal(t, "This account was disabled.", apiErr.Reason)
	require.Contains(t, string(apiErr.Details), "identity_id")
}

func TestExpiredError(t *testing.T) {
	server := newKratos(t)
	client := server.Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	server.ExpireFlow(flow.ID)

	_, err = client.Submit(t.Context(), flow.ID, password)
	require.ErrorIs(t, err, orylogin.ErrFlowExpired)
	var expired *orylogin.ExpiredError
	require.ErrorAs(t, err, &expired)
	require.True(t, expired.ExpiredAt.Before(flow.ExpiresAt))
	require.Positive(t, expired.Since)
	_, err = client.Submit(t.Context(), expired.UseFlowID, password)
	require.NoError(t, err)

	_, err = client.GetFlow(t.Context(), flow.ID)
	require.ErrorAs(t, err, &expired)
	require.Empty(t, expired.UseFlowID)
}

func TestLocationChangeError(t *testing.T) {
	_, err := newKratos(t, orylogintest.WithProviders("google")).Client().Login(t.Context(), orylogin.OIDC{Provider: "google"})
	require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	require.Regexp(t, `^http://127\.0\.0\.1:\d+/google\?client_id=`, change.URL)

	err = operations["submit"](t.Context(), inJSON(422, `{"error":{"code":422}}`).client(t))
	require.Equal(t, outcome{kind: "API", status: 422}, outcomeOf(err), "without a URL")
}

func TestSecondFactorError(t *testing.T) {
	client := newKratos(t, orylogintest.WithHighestAAL()).Client()
	_, err := client.Login(t.Context(), passwordOf(grace))
	require.ErrorIs(t, err, orylogin.ErrSessionAAL2Required)
	var owed *orylogin.SecondFactorError
	require.ErrorAs(t, err, &owed)
	require.NotEmpty(t, owed.Session.ID)
	require.Nil(t, owed.Session.Identity)
	login, err := client.StepUp(t.Context(), owed.Token, backup)
	require.NoError(t, err)
	require.Equal(t, owed.Session.ID, login.Session.ID)
}

func TestVerificationError(t *testing.T) {
	joan := orylogintest.Identity{Email: "joan@example.com", Password: "hunter4", Unverified: true}
	for release, byFlow := range map[orylogintest.Release]bool{orylogintest.V1_3: true, orylogintest.V25_4: false} {
		server := newKratos(t, orylogintest.WithVerificationRequired(), orylogintest.WithRelease(release))
		server.AddIdentity(joan)
		_, err := server.Client().Login(t.Context(), passwordOf(joan))
		require.ErrorIs(t, err, orylogin.ErrAddressNotVerified)
		require.ErrorIs(t, err, orylogin.ErrSessionVerifiedAddressRequired)
		var unverified *orylogin.VerificationError
		require.ErrorAs(t, err, &unverified)
		require.Equal(t, byFlow, unverified.Flow != nil)
		require.Equal(t, byFlow, unverified.Verification == nil)
		if !byFlow {
			require.Equal(t, joan.Email, unverified.Verification.VerifiableAddress)
			require.NotEmpty(t, unverified.Verification.ID)
		}
	}
	for _, details := range []string{`"x"`, `{"continue_with":[{"action":"show_recovery_ui","flow":{"id":"f"}}]}`} {
		var unverified *orylogin.VerificationError
		err := operations["submit"](t.Context(), inJSON(403, `{"error":{"id":"session_verified_address_required","details":`+details+`}}`).client(t))
		require.ErrorAs(t, err, &unverified)
		require.Nil(t, unverified.Verification, details)
	}
}

func TestRedirectError(t *testing.T) {
	const admin = "; the base URL looks like the admin API's, the client needs the public one"
	for name, test := range map[string]struct {
		answer   *fixed
		location string
		hint     string
	}{
		"recorded at the admin API": {
			recorded(t, "v26.2.0/submit_at_admin"),
			"http://127.0.0.1:37667/self-service/login?flow=492c0ca0-feec-4173-b4f3-c0de63827a1d", admin,
		},
		"recorded at an old one": {
			recorded(t, "v0.10.1/submit_at_admin"),
			"http://127.0.0.1:4433/admin/self-service/login?flow=7f8d3914-1c00-4f0e-be18-ea72220a2fa2", admin,
		},
		"to https": {
			&fixed{status: 307, header: http.Header{"Location": {"https://127.0.0.1/self-service/login"}}},
			"https://127.0.0.1/self-service/login", "",
		},
		"not a URL": {&fixed{status: 307, header: http.Header{"Location": {"http://[::1"}}}, "http://[::1", ""},
	} {
		err := operations["submit"](t.Context(), test.answer.client(t))
		var redirect *orylogin.RedirectError
		require.ErrorAs(t, err, &redirect, name)
		require.Equal(t, test.location, redirect.Location, name)
		require.EqualError(t, err, "orylogin: submit: the answer is a redirect"+test.hint+" (HTTP 307 Temporary Redirect)", name)
	}
}

// TestFirstDocumentCounts has the error of a web hook. The server appends a flow to it.
func TestFirstDocumentCounts(t *testing.T) {
	err := operations["create"](t.Context(), recorded(t, "v26.2.0/create_interrupted").client(t))
	var apiErr *orylogin.APIError
	require.ErrorAs(t, err, &apiErr)
	require.Equal(t, "Unable to locate the resource", apiErr.Message)
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
}

func TestRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // the clock in the bubble begins at midnight in 2000
		for value, want := range map[string]time.Duration{
			"":                              0,
			"7":                             7 * time.Second,
			"-7":                            0,
			"soon":                          0,
			"99999999999999999999":          0,
			"Fri, 31 Dec 1999 23:00:00 GMT": 0,
			"Sat, 01 Jan 2000 01:00:00 GMT": time.Hour,
		} {
			answer := &fixed{status: http.StatusTooManyRequests, header: http.Header{"Retry-After": {value}}}
			var apiErr *orylogin.APIError
			require.ErrorAs(t, operations["create"](t.Context(), answer.client(t)), &apiErr)
			require.Equal(t, want, apiErr.RetryAfter, value)
		}
	})
}

// TestRateLimitReset checks that the header counts only in a 429: other answers have it, too.
func TestRateLimitReset(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status       int
		after, reset string
		want         time.Duration
	}{
		"seconds":          {429, "", "7", 7 * time.Second},
		"a day":            {429, "", "86400", 24 * time.Hour},
		"more than a day":  {429, "", "86401", 0},
		"a date":           {429, "", "1795780800", 0},
		"the other counts": {429, "3", "7", 3 * time.Second},
		"negative":         {429, "", "-7", 0},
		"no number":        {429, "", "soon", 0},
		"not limited":      {503, "", "7", 0},
	} {
		answer := &fixed{status: test.status, header: http.Header{"Retry-After": {test.after}, "X-Ratelimit-Reset": {test.reset}}}
		var apiErr *orylogin.APIError
		require.ErrorAs(t, operations["create"](t.Context(), answer.client(t)), &apiErr, name)
		require.Equal(t, test.want, apiErr.RetryAfter, name)
	}
}
