package orylogin_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/api"
)

// refusedBy returns a flow with a message, as an application makes it in its tests.
func refusedBy(id orylogin.MessageID, text string) *orylogin.Flow {
	return &orylogin.Flow{SelfServiceLoginFlow: api.SelfServiceLoginFlow{ID: "f", UI: &api.UIContainer{
		Messages: []api.UIText{{ID: int64(id), Type: "error", Text: text}},
	}}}
}

// TestOutcomesOfMadeErrors makes errors as an application does in its tests. Each has one
// outcome, matches what it should and prints a useful text.
func TestOutcomesOfMadeErrors(t *testing.T) {
	t.Parallel()
	invalid := orylogin.CheckMethod(nil)
	for _, test := range []struct {
		err     error
		outcome orylogin.Outcome
		is      error
		text    string
	}{
		{nil, orylogin.OutcomeLoggedIn, nil, ""},
		{&orylogin.ValidationError{}, orylogin.OutcomeRefused, nil, "orylogin: the submission was refused"},
		{
			&orylogin.ValidationError{APIError: orylogin.APIError{Flow: refusedBy(orylogin.ErrInvalidCredentials, "hunter2")}},
			orylogin.OutcomeRefused, orylogin.ErrInvalidCredentials,
			"orylogin: the submission was refused: identifier or password is wrong [4000006]",
		},
		{&orylogin.NextStepError{}, orylogin.OutcomeNextStep, nil, "orylogin: the login needs another step"},
		{
			&orylogin.NextStepError{APIError: orylogin.APIError{Flow: &orylogin.Flow{
				SelfServiceLoginFlow: api.SelfServiceLoginFlow{State: "sent_email"},
			}}},
			orylogin.OutcomeNextStep, nil, "orylogin: a code was sent; the next step needs it",
		},
		{
			&orylogin.SecondFactorError{Token: orylogin.NewSecret("hunter2")},
			orylogin.OutcomeSecondFactor, orylogin.ErrSessionAAL2Required, "orylogin: the session needs a second factor",
		},
		{
			&orylogin.LocationChangeError{URL: "https://accounts.example.com/?hunter2"},
			orylogin.OutcomeLocationChange, orylogin.ErrLocationChangeRequired, "orylogin: the login continues in a browser",
		},
		{&orylogin.VerificationError{}, orylogin.OutcomeVerification, orylogin.ErrSessionVerifiedAddressRequired, "orylogin: an address of the account is not verified"},
		{&orylogin.VerificationError{}, orylogin.OutcomeVerification, orylogin.ErrAddressNotVerified, "orylogin: an address of the account is not verified"},
		{
			&orylogin.RegistrationError{FlowID: "hunter2", URL: "https://auth.example.com/?hunter2"},
			orylogin.OutcomeRegistration, nil, "orylogin: the provider's account needs a registration",
		},
		{&orylogin.ExpiredError{UseFlowID: "x"}, orylogin.OutcomeExpired, orylogin.ErrFlowExpired, "orylogin: the flow has expired"},
		{&orylogin.RedirectError{Location: "https://hunter2.example.com"}, orylogin.OutcomeMisconfigured, nil, "orylogin: the answer is a redirect"},
		{&orylogin.SessionChangedError{}, orylogin.OutcomeSessionChanged, nil, "orylogin: the login has led to another session"},
		{&orylogin.TransportError{}, orylogin.OutcomeNoAnswer, nil, "orylogin: no answer"},
		{&orylogin.TransportError{NotSent: true}, orylogin.OutcomeNoAnswer, nil, "orylogin: the request was not sent"},
		{&orylogin.APIError{}, orylogin.OutcomeOther, nil, "orylogin: the server answered with an error"},
		{
			&orylogin.APIError{StatusCode: 429, Operation: "submitSelfServiceLoginFlow"}, orylogin.OutcomeRateLimited,
			orylogin.ErrRateLimited, "orylogin: submit: too many requests (HTTP 429 Too Many Requests)",
		},
		{&orylogin.APIError{StatusCode: 404}, orylogin.OutcomeNotFound, orylogin.ErrNotFound, "orylogin: the server answered with an error (HTTP 404 Not Found)"},
		{&orylogin.APIError{StatusCode: 503}, orylogin.OutcomeUnavailable, nil, "orylogin: the server answered with an error (HTTP 503 Service Unavailable)"},
		{&orylogin.APIError{StatusCode: 400, Code: 500}, orylogin.OutcomeUnavailable, nil, "orylogin: the server answered with an error (HTTP 400 Bad Request)"},
		{
			&orylogin.APIError{ID: orylogin.ErrIdentityDisabled}, orylogin.OutcomeDisabled, orylogin.ErrIdentityDisabled,
			"orylogin: the server answered with an error (identity_disabled)",
		},
		{&orylogin.APIError{ID: orylogin.ErrFlowDisabled}, orylogin.OutcomeDisabled, orylogin.ErrFlowDisabled, "orylogin: the server answered with an error (self_service_flow_disabled)"},
		{&orylogin.APIError{ID: orylogin.ErrSessionAlreadyAvailable}, orylogin.OutcomeAlreadyLoggedIn, orylogin.ErrSessionAlreadyAvailable, "orylogin: the server answered with an error (session_already_available)"},
		{&orylogin.APIError{ID: orylogin.ErrSessionInactive}, orylogin.OutcomeNoSession, orylogin.ErrSessionInactive, "orylogin: the server answered with an error (session_inactive)"},
		{&orylogin.APIError{ID: orylogin.ErrSessionAAL1Required}, orylogin.OutcomeNoSession, orylogin.ErrSessionAAL1Required, "orylogin: the server answered with an error (session_aal1_required)"},
		{&orylogin.APIError{ID: orylogin.ErrCSRFViolation}, orylogin.OutcomeCSRF, orylogin.ErrCSRFViolation, "orylogin: the server answered with an error (security_csrf_violation)"},
		{&orylogin.APIError{ID: orylogin.ErrReturnToForbidden}, orylogin.OutcomeForbiddenReturn, orylogin.ErrReturnToForbidden, "orylogin: the server answered with an error (self_service_flow_return_to_forbidden)"},
		{&orylogin.APIError{ID: orylogin.ErrInvalidConfiguration}, orylogin.OutcomeMisconfigured, orylogin.ErrInvalidConfiguration, "orylogin: the server answered with an error (invalid_configuration)"},
		{&orylogin.APIError{ID: "hunter2"}, orylogin.OutcomeOther, orylogin.ErrorID("hunter2"), "orylogin: the server answered with an error"},
		{invalid, orylogin.OutcomeInvalidCall, orylogin.ErrInvalidCall, "orylogin: the method is nil"},
		{orylogin.ErrSessionInactive, orylogin.OutcomeNoSession, orylogin.ErrSessionInactive, "session_inactive"},
		{orylogin.ErrTooManySteps, orylogin.OutcomeTooManyTries, orylogin.ErrTooManySteps, "orylogin: the login did not end after 16 steps"},
		{context.Canceled, orylogin.OutcomeCanceled, context.Canceled, "context canceled"},
		{context.DeadlineExceeded, orylogin.OutcomeNoAnswer, context.DeadlineExceeded, "context deadline exceeded"},
		{&http.MaxBytesError{}, orylogin.OutcomeInvalidCall, nil, "http: request body too large"},
		{io.EOF, orylogin.OutcomeOther, io.EOF, "EOF"},
	} {
		require.Equal(t, test.outcome, orylogin.OutcomeOf(test.err), "%v", test.err)
		if test.err == nil {
			continue
		}
		require.Equal(t, test.outcome, orylogin.OutcomeOf(fmt.Errorf("wrapped: %w", test.err)), "%v", test.err)
		require.EqualError(t, test.err, test.text)
		for _, verb := range []string{"%v", "%+v", "%s"} {
			require.Equal(t, test.text, fmt.Sprintf(verb, test.err), verb)
		}
		require.NotContains(t, fmt.Sprintf("%#v %d %x", test.err, test.err, test.err), "hunter2")
		if test.is != nil {
			require.ErrorIs(t, test.err, test.is)
		}
		marshalled, err := json.Marshal(test.err)
		require.NoError(t, err)
		require.NotContains(t, string(marshalled), "hunter2")
		require.LessOrEqual(t, len(typesOf(test.err)), 1, "%v is of several types", test.err)
	}
}

// typesOf returns the error types, other than *APIError, that errors.As finds in an error.
func typesOf(err error) []string {
	var types []string
	is := func(name string, found bool) {
		if found {
			types = append(types, name)
		}
	}
	is("ValidationError", asType[*orylogin.ValidationError](err))
	is("NextStepError", asType[*orylogin.NextStepError](err))
	is("SecondFactorError", asType[*orylogin.SecondFactorError](err))
	is("VerificationError", asType[*orylogin.VerificationError](err))
	is("RegistrationError", asType[*orylogin.RegistrationError](err))
	is("ExpiredError", asType[*orylogin.ExpiredError](err))
	is("LocationChangeError", asType[*orylogin.LocationChangeError](err))
	is("RedirectError", asType[*orylogin.RedirectError](err))
	is("SessionChangedError", asType[*orylogin.SessionChangedError](err))
	is("TransportError", asType[*orylogin.TransportError](err))
	return types
}

func asType[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}
