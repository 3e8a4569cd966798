package test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// typeOutcomes has the error types other than *APIError, by their outcomes.
var typeOutcomes = map[orylogin.Outcome]func(error) bool{
	orylogin.OutcomeRefused:        isA[*orylogin.ValidationError],
	orylogin.OutcomeNextStep:       isA[*orylogin.NextStepError],
	orylogin.OutcomeSecondFactor:   isA[*orylogin.SecondFactorError],
	orylogin.OutcomeVerification:   isA[*orylogin.VerificationError],
	orylogin.OutcomeRegistration:   isA[*orylogin.RegistrationError],
	orylogin.OutcomeExpired:        isA[*orylogin.ExpiredError],
	orylogin.OutcomeLocationChange: isA[*orylogin.LocationChangeError],
	orylogin.OutcomeMisconfigured:  isA[*orylogin.RedirectError],
	orylogin.OutcomeSessionChanged: isA[*orylogin.SessionChangedError],
	orylogin.OutcomeNoAnswer:       isA[*orylogin.TransportError],
}

func isA[T error](err error) bool {
	var target T
	return errors.As(err, &target)
}

// targetOutcomes has the outcome of each target of errors.Is that says what an error means.
var targetOutcomes = map[error]orylogin.Outcome{
	orylogin.ErrInvalidCredentials:             orylogin.OutcomeRefused,
	orylogin.ErrFieldRequired:                  orylogin.OutcomeRefused,
	orylogin.ErrInvalidTOTP:                    orylogin.OutcomeRefused,
	orylogin.ErrInvalidLookupSecret:            orylogin.OutcomeRefused,
	orylogin.ErrInvalidCode:                    orylogin.OutcomeRefused,
	orylogin.ErrAccountNotFound:                orylogin.OutcomeRefused,
	orylogin.ErrNoMethod:                       orylogin.OutcomeRefused,
	orylogin.ErrSessionAAL2Required:            orylogin.OutcomeSecondFactor,
	orylogin.ErrSessionVerifiedAddressRequired: orylogin.OutcomeVerification,
	orylogin.ErrAddressNotVerified:             orylogin.OutcomeVerification,
	orylogin.ErrFlowExpired:                    orylogin.OutcomeExpired,
	orylogin.ErrLocationChangeRequired:         orylogin.OutcomeLocationChange,
	orylogin.ErrSessionAlreadyAvailable:        orylogin.OutcomeAlreadyLoggedIn,
	orylogin.ErrSessionInactive:                orylogin.OutcomeNoSession,
	orylogin.ErrSessionAAL1Required:            orylogin.OutcomeNoSession,
	orylogin.ErrUnknownToken:                   orylogin.OutcomeNoSession,
	orylogin.ErrIdentityDisabled:               orylogin.OutcomeDisabled,
	orylogin.MessageIdentityDisabled:           orylogin.OutcomeDisabled,
	orylogin.ErrFlowDisabled:                   orylogin.OutcomeDisabled,
	orylogin.ErrTooManyTries:                   orylogin.OutcomeTooManyTries,
	orylogin.ErrTooManySteps:                   orylogin.OutcomeTooManyTries,
	orylogin.ErrCSRFViolation:                  orylogin.OutcomeCSRF,
	orylogin.ErrReturnToForbidden:              orylogin.OutcomeForbiddenReturn,
	orylogin.ErrNotFound:                       orylogin.OutcomeNotFound,
	orylogin.ErrRateLimited:                    orylogin.OutcomeRateLimited,
	errors.ErrUnsupported:                      orylogin.OutcomeUnsupported,
	orylogin.ErrBrowserRequest:                 orylogin.OutcomeMisconfigured,
	orylogin.ErrUndecodableBody:                orylogin.OutcomeMisconfigured,
	orylogin.ErrInvalidConfiguration:           orylogin.OutcomeMisconfigured,
	orylogin.ErrUnknownAnswer:                  orylogin.OutcomeUnknownAnswer,
	orylogin.ErrResponseTooLarge:               orylogin.OutcomeUnknownAnswer,
	orylogin.ErrInvalidCall:                    orylogin.OutcomeInvalidCall,
	context.Canceled:                           orylogin.OutcomeCanceled,
	context.DeadlineExceeded:                   orylogin.OutcomeNoAnswer,
}

// outcomes are all outcomes.
var outcomes = []orylogin.Outcome{
	orylogin.OutcomeLoggedIn, orylogin.OutcomeRefused, orylogin.OutcomeNextStep, orylogin.OutcomeSecondFactor,
	orylogin.OutcomeLocationChange, orylogin.OutcomeVerification, orylogin.OutcomeRegistration, orylogin.OutcomeExpired, orylogin.OutcomeAlreadyLoggedIn,
	orylogin.OutcomeNoSession, orylogin.OutcomeSessionChanged, orylogin.OutcomeDisabled, orylogin.OutcomeTooManyTries,
	orylogin.OutcomeCSRF, orylogin.OutcomeForbiddenReturn, orylogin.OutcomeNotFound, orylogin.OutcomeRateLimited,
	orylogin.OutcomeMisconfigured, orylogin.OutcomeUnsupported, orylogin.OutcomeUnavailable, orylogin.OutcomeUnknownAnswer, orylogin.OutcomeNoAnswer,
	orylogin.OutcomeCanceled, orylogin.OutcomeInvalidCall, orylogin.OutcomeOther,
}

// otherOutcomes are the steps with an error that has no outcome of its own, each with the
// reason.
var otherOutcomes = map[string]string{
	"api_flow_in_body#1":             noFlowID,
	"api_flow_missing#0":             noFlowID,
	"api_flow_missing_accept_html#0": noFlowID,
	"api_flow_missing_no_accept#0":   noFlowID,
	"api_flow_non_uuid#0":            noFlowID,
	"html_flow_missing#2":            noFlowID,
	"html_flow_missing#3":            noFlowID,
	"init_api_aal_bogus#0":           "there is no such level",
	"logout_api_empty_body#0":        "the client sends a body",
	"nodev_api_flow_missing#0":       noFlowID,
	"spa_flow_missing#1":             noFlowID,
	"token_exchange_missing#0":       "the client sends both codes",
	"x_flow_empty#0":                 noFlowID,
	"x_flow_nil_uuid#0":              noFlowID,
	"y_whoami_tokenize_unknown#2":    "the server has no such template",
}

const noFlowID = "the server says that what it got is no flow's id"

// targetsOf returns the targets that an error matches.
func targetsOf(err error) []error {
	var targets []error
	for target := range targetOutcomes {
		if errors.Is(err, target) {
			targets = append(targets, target)
		}
	}
	return targets
}

// TestOneMeaning checks that each error of a recorded answer has one outcome. The type of the
// error and all targets that it matches must have that outcome.
func TestOneMeaning(t *testing.T) {
	t.Parallel()
	others, count := map[string]bool{}, 0
	for _, release := range releases {
		for number, err := range recordedErrors(t, release) {
			if err == nil {
				continue
			}
			count++
			outcome := orylogin.OutcomeOf(err)
			require.Contains(t, outcomes, outcome, "%s %s", release, number)
			for of, is := range typeOutcomes {
				require.False(t, is(err) && of != outcome, "%s %s: %v is %s, and of the type of %s", release, number, err, outcome, of)
			}
			for _, target := range targetsOf(err) {
				require.Equal(t, outcome, targetOutcomes[target], "%s %s: %v is %q", release, number, err, target)
			}
			if outcome == orylogin.OutcomeOther {
				number = strings.TrimSuffix(number, ", natively")
				require.Contains(t, otherOutcomes, number, err)
				others[number] = true
			}
		}
	}
	require.Len(t, others, len(otherOutcomes), "an entry of otherOutcomes is about no error")
	require.Equal(t, 844, count)
}

// outcome returns the outcome of the verdict.
func (v verdict) outcome() orylogin.Outcome {
	if outcome, ok := map[string]orylogin.Outcome{
		"success": "logged_in", "validation": "refused", "next step": "next_step", "second factor": "second_factor",
		"verification": "verification", "registration": "registration", "expired": "expired", "location change": "location_change",
		"redirect": "misconfigured", "unknown": "unknown_answer",
	}[v.Kind]; ok {
		return outcome
	}
	if outcome, ok := map[string]orylogin.Outcome{
		"session_already_available": "already_logged_in", "session_inactive": "no_session", "session_aal1_required": "no_session",
		"token": "no_session", "identity_disabled": "disabled", "self_service_flow_disabled": "disabled", "tries": "too_many_tries", "security_csrf_violation": "csrf",
		"self_service_flow_return_to_forbidden": "forbidden_return_to", "browser": "misconfigured", "body": "misconfigured",
		"invalid_configuration": "misconfigured",
	}[v.ID+v.Means]; ok {
		return outcome
	}
	switch {
	case v.Status == 404:
		return "not_found"
	case v.Status >= 500 || v.Code >= 500:
		return "unavailable"
	default:
		return "other"
	}
}
