package orylogin_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
)

// returnURL is the URL at which a login with a provider ends and the application is called.
const returnURL = "http://127.0.0.1:4455/app"

// providerFlow creates a flow with a code to exchange.
func providerFlow(t *testing.T, server *orylogintest.Server) *orylogin.Flow {
	t.Helper()
	flow, err := server.Client().CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: returnURL})
	require.NoError(t, err)
	require.False(t, flow.SessionTokenExchangeCode.IsZero())
	return flow
}

// called returns the URL that the browser calls, with a query.
func called(t *testing.T, query string) *url.URL {
	t.Helper()
	at, err := url.Parse(returnURL + query)
	require.NoError(t, err)
	return at
}

// TestCallbackWithCode checks that the code is exchanged, whatever else the URL has.
func TestCallbackWithCode(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"?code=c", "?code=c&flow=" + flowID, "?a=b&code=c"} {
		for name, want := range map[string]struct {
			outcome orylogin.Outcome
			is      error
		}{
			"v26.2.0/submit_success":                     {orylogin.OutcomeLoggedIn, nil},
			"v26.2.0/submit_second_factor":               {orylogin.OutcomeSecondFactor, orylogin.ErrSessionAAL2Required},
			"v26.2.0/submit_identifier_first":            {orylogin.OutcomeNextStep, nil},
			"after-v26.2/exchange_denied":                {orylogin.OutcomeRefused, orylogin.ErrGeneric},
			"after-v26.2/exchange_registration":          {orylogin.OutcomeRegistration, nil},
			"after-v26.2/exchange_registration_disabled": {orylogin.OutcomeDisabled, orylogin.ErrFlowDisabled},
			"after-v26.2/exchange_unfinished":            {orylogin.OutcomeNotFound, orylogin.ErrNotFound},
		} {
			server := newKratos(t, orylogintest.WithRelease(orylogintest.AfterV26_2))
			flow := providerFlow(t, server)
			answer := recorded(t, name)
			server.Respond(orylogintest.Exchange, answer.status, string(answer.body))
			login, err := server.Client().Callback(t.Context(), flow, called(t, query))
			require.Equal(t, err != nil, login == nil)
			require.Equal(t, want.outcome, orylogin.OutcomeOf(err), "%s: %v", name, err)
			if want.is != nil {
				require.ErrorIs(t, err, want.is, name)
			}
			if outcome := want.outcome; outcome == orylogin.OutcomeRefused || outcome == orylogin.OutcomeNextStep || outcome == orylogin.OutcomeDisabled {
				require.True(t, apiErrorOf(t, err).Flow.SessionTokenExchangeCode.Equal(flow.SessionTokenExchangeCode), name)
			}
			request := server.Requests(orylogintest.Exchange)[0]
			require.Equal(t, flow.SessionTokenExchangeCode.Reveal(), request.Query("init_code"))
			require.Equal(t, "c", request.Query("return_to_code"))
			server.ExpectCalls(orylogintest.GetFlow, 0)
		}
	}
}

func apiErrorOf(t *testing.T, err error) *orylogin.APIError {
	t.Helper()
	var answer *orylogin.APIError
	require.ErrorAs(t, err, &answer)
	return answer
}

// TestCallbackWithoutCode checks that Callback then fetches the flow that the URL names, or
// else the flow that was created.
func TestCallbackWithoutCode(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client, flow := server.Client(), providerFlow(t, server)
	linking, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: flow.ReturnTo})
	require.NoError(t, err)
	for query, want := range map[string]string{
		"?flow=" + linking.ID: linking.ID, "": flow.ID, "?code=&flow=": flow.ID, "?error=x": flow.ID,
	} {
		_, err := client.Callback(t.Context(), flow, called(t, query))
		var next *orylogin.NextStepError
		require.ErrorAs(t, err, &next, query)
		require.Equal(t, want, next.Flow.ID, query)
		require.True(t, next.Flow.SessionTokenExchangeCode.Equal(flow.SessionTokenExchangeCode), query)
	}
	_, err = client.Callback(t.Context(), flow, called(t, "?flow="+flowID))
	require.ErrorIs(t, err, orylogin.ErrNotFound)
	server.ExpectCalls(orylogintest.Exchange, 0)

	login, err := client.Submit(t.Context(), linking.ID, password)
	require.NoError(t, err)
	require.Equal(t, ada.ID, login.Session.Identity.ID)
}

// TestCallbacksAreObserved checks that each callback is reported as the request that it makes.
func TestCallbacksAreObserved(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	flow := providerFlow(t, server)
	var seen []string
	client := server.Client(orylogin.WithObserver(func(_ context.Context, event orylogin.Event) {
		seen = append(seen, event.Operation+" "+string(event.Outcome))
	}))
	answer := recorded(t, "after-v26.2/exchange_registration")
	server.Respond(orylogintest.Exchange, answer.status, string(answer.body))
	require.Error(t, only(client.Callback(t.Context(), flow, called(t, "?code=c"))))
	require.Error(t, only(client.Callback(t.Context(), flow, called(t, ""))))
	require.Equal(t, []string{"exchangeSessionToken registration", "getSelfServiceLoginFlow done"}, seen)
}

// TestCallbacksThatAreNone has mistakes of a program. Nothing is sent for them.
func TestCallbacksThatAreNone(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	client, flow := server.Client(), providerFlow(t, server)
	at := called(t, "?code=c")
	for _, err := range []error{
		only(client.Callback(t.Context(), nil, at)),
		only(client.Callback(t.Context(), &orylogin.Flow{}, at)),
		only(client.Callback(t.Context(), flow, nil)),
		only(client.Callback(t.Context(), flow, at, orylogin.WithSessionToken(token))),
		only(client.Callback(t.Context(), flow, called(t, ""), orylogin.WithSessionToken(token))),
		only((*orylogin.Client)(nil).Callback(t.Context(), flow, at)),
	} {
		require.ErrorIs(t, err, orylogin.ErrInvalidCall)
		require.NotContains(t, err.Error(), "code=c")
	}
	server.ExpectCalls(orylogintest.Exchange, 0)
	server.ExpectCalls(orylogintest.GetFlow, 0)
}

// TestRegistrationError checks that the error has no flow to submit to, whichever operation it
// comes from.
func TestRegistrationError(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"exchange", "submit", "get", "create"} {
		answer := recorded(t, "after-v26.2/exchange_registration")
		for _, status := range []int{http.StatusUnprocessableEntity, http.StatusBadRequest, http.StatusOK} {
			answer.status = status
			err := operations[name](t.Context(), answer.client(t))
			var registration *orylogin.RegistrationError
			require.ErrorAs(t, err, &registration, name)
			require.Equal(t, "98368533-0b30-42f7-8c4f-a99299285ab8", registration.FlowID)
			require.Equal(t, "http://127.0.0.1:39969/self-service/registration?flow=98368533-0b30-42f7-8c4f-a99299285ab8", registration.URL)
			require.Nil(t, registration.Flow)
			require.Equal(t, status, registration.StatusCode)
			require.Contains(t, err.Error(), "the provider's account needs a registration")
			require.NotErrorIs(t, err, orylogin.ErrFieldRequired)
		}
	}
}

// TestConverseEndsInARegistration checks that a conversation ends if a registration is needed.
func TestConverseEndsInARegistration(t *testing.T) {
	t.Parallel()
	server := newKratos(t)
	answer := recorded(t, "after-v26.2/exchange_registration")
	server.Respond(orylogintest.Submit, http.StatusBadRequest, string(answer.body))
	err := only(server.Client().Converse(t.Context(), orylogin.FlowOptions{},
		func(context.Context, orylogin.Step) (orylogin.Method, error) {
			return orylogin.OIDC{Provider: "google", IDToken: token}, nil
		}))
	require.Equal(t, outcome{kind: "Registration", status: http.StatusBadRequest}, outcomeOf(err))
	server.ExpectCalls(orylogintest.Submit, 1)
}

// TestFlowsOfOtherKinds checks that flows of other kinds do not count as login flows.
func TestFlowsOfOtherKinds(t *testing.T) {
	t.Parallel()
	for action, want := range map[string]orylogin.Outcome{
		"":                                   orylogin.OutcomeNextStep,
		"/self-service/login?flow=f":         orylogin.OutcomeNextStep,
		"https://x/self-service/login":       orylogin.OutcomeNextStep,
		"https://x/login?next=/registration": orylogin.OutcomeNextStep,
		"https://x/.ory/kratos/public/self-service/login?flow=f":        orylogin.OutcomeNextStep,
		"https://x/.ory/kratos/public/self-service/registration?flow=f": orylogin.OutcomeRegistration,
		"/self-service/registration":                                    orylogin.OutcomeRegistration,
		"https://x/self-service/settings?flow=f":                        orylogin.OutcomeUnknownAnswer,
		"https://x/self-service/recovery?flow=f":                        orylogin.OutcomeUnknownAnswer,
		"https://x/self-service/verification?flow=f":                    orylogin.OutcomeUnknownAnswer,
	} {
		err := operations["submit"](t.Context(), inJSON(400, `{"id":"f","ui":{"action":"`+action+`","nodes":[]}}`).client(t))
		require.Equal(t, want, orylogin.OutcomeOf(err), "%s: %v", action, err)
	}
}

// TestConverseKeepsTheCode checks that each step has the code to exchange. Servers send the
// code only with a new flow, and any step of a conversation can go to a provider.
func TestConverseKeepsTheCode(t *testing.T) {
	t.Parallel()
	server := newKratos(t, orylogintest.WithProviders("github"), orylogintest.WithCode())
	moves := []orylogin.Method{guess, orylogin.Code{Identifier: ada.Email}, orylogin.OIDC{Provider: "github"}}
	var codes []string
	_, err := server.Client().Converse(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: returnURL},
		func(_ context.Context, step orylogin.Step) (orylogin.Method, error) {
			codes = append(codes, step.Flow.SessionTokenExchangeCode.Reveal())
			return moves[len(codes)-1], nil
		})
	require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
	require.Len(t, codes, 3)
	require.NotEmpty(t, codes[0])
	require.Equal(t, []string{codes[0], codes[0], codes[0]}, codes)
}

// TestCallbackOfSomebodyElse checks that the callback of another login is refused. Otherwise
// the account of one user could be linked to the provider of another.
func TestCallbackOfSomebodyElse(t *testing.T) {
	t.Parallel()
	const mine, theirs = returnURL + "?state=mine", returnURL + "?state=theirs"
	server := newKratos(t, orylogintest.WithReturnTo(mine, theirs), orylogintest.WithProviders("acme"))
	client := server.Client()
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: mine})
	require.NoError(t, err)
	foreign, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{TokenExchange: true, ReturnTo: theirs})
	require.NoError(t, err)
	for _, query := range []string{
		"?code=c", "?state=theirs&code=c", "?state=theirs&flow=" + foreign.ID, "?state=mine&flow=" + foreign.ID, "?state=mine&state=x&code=c", "",
	} {
		_, err := client.Callback(t.Context(), flow, called(t, query))
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, query)
		require.Equal(t, orylogin.OutcomeCSRF, orylogin.OutcomeOf(err), query)
	}
	server.ExpectCalls(orylogintest.Exchange, 0)
}
