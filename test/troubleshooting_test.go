package test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/session"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/postgrestest"
)

// troubles causes the problem of each part of docs/troubleshooting.md, by its heading.
var troubles = map[string]func(*testing.T){
	`"plain http would send passwords unencrypted"`:       plainHTTP,
	"A refusal with [4000001], and the password is right": genericRefusals,
	"ErrCSRFViolation":                                   csrfViolations,
	`"the base URL looks like the admin API's"`:          adminPort,
	"ErrUnknownAnswer":                                   notKratos,
	"A SecondFactorError after every login":              secondFactorAfterEveryLogin,
	"ErrReturnToForbidden":                               returnToForbidden,
	"A flow with AAL2 offers nothing":                    nothingToOffer,
	"A login that never ends":                            endlessLogin,
	"The passkey button does nothing":                    passkeyScript,
	"A 400 from Whoami with WithTokenizeAs":              unknownTemplate,
	"Everybody is logged out, and logged in again later": databaseAway,
	inBetween: nginxInBetween,
}

func TestTroubleshooting(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../docs/troubleshooting.md")
	require.NoError(t, err)
	var headings []string
	for _, heading := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(text), -1) {
		headings = append(headings, heading[1])
	}
	require.ElementsMatch(t, slices.Collect(maps.Keys(troubles)), headings)
	for heading, bring := range troubles {
		t.Run(heading, func(t *testing.T) {
			t.Parallel()
			bring(t)
		})
	}
}

// through returns a client behind something that changes its requests.
func through(t *testing.T, kratos *kratostest.Server, change func(http.Header)) *orylogin.Client {
	t.Helper()
	return newClient(t, kratos.PublicURL, orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			r = r.Clone(r.Context())
			change(r.Header)
			return http.DefaultTransport.RoundTrip(r)
		}),
	}))
}

func genericRefusals(t *testing.T) {
	t.Helper()
	kratos, client := start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	ctx := t.Context()
	for _, test := range []struct {
		change func(http.Header)
		want   error
	}{
		{func(h http.Header) { h.Set("Cookie", "a=b") }, orylogin.ErrBrowserRequest},
		{func(h http.Header) { h.Set("Origin", "https://app.example.com") }, orylogin.ErrBrowserRequest},
		{func(h http.Header) { h.Del("Content-Type") }, orylogin.ErrUndecodableBody},
	} {
		_, err := through(t, kratos, test.change).Login(ctx, asAda)
		hindered(t, err, test.want, orylogin.OutcomeMisconfigured)
		require.ErrorContains(t, err, test.want.Error()+" [4000001]")
	}

	login, err := client.Login(ctx, asAda)
	require.NoError(t, err)
	_, err = client.Submit(ctx, create(t, client, orylogin.FlowOptions{}), asAda, orylogin.WithSessionToken(login.Token))
	hindered(t, err, orylogin.ErrSessionAlreadyAvailable, orylogin.OutcomeAlreadyLoggedIn)
	require.ErrorContains(t, err, "[4000001]")

	flow := create(t, client, orylogin.FlowOptions{})
	_, err = client.Submit(ctx, flow, orylogin.Code{Identifier: ada.Email})
	unfinished(t, err)
	for range 5 {
		_, err = client.Submit(ctx, flow, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("wrong")})
		require.ErrorIs(t, err, orylogin.ErrInvalidCode)
	}
	_, err = client.Submit(ctx, flow, orylogin.Code{Identifier: ada.Email, Code: orylogin.NewSecret("wrong")})
	hindered(t, err, orylogin.ErrTooManyTries, orylogin.OutcomeTooManyTries)
	require.ErrorContains(t, err, "too many wrong codes were submitted [4000001]")
	_, err = client.Submit(ctx, flow, orylogin.Code{Identifier: ada.Email, Resend: true})
	unfinished(t, err)
	again := orylogin.Code{Identifier: ada.Email, Code: mailed(t, kratos, ada.Email)}
	_, err = client.Submit(ctx, flow, again)
	hindered(t, err, orylogin.ErrTooManyTries, orylogin.OutcomeTooManyTries)
}

func csrfViolations(t *testing.T) {
	t.Helper()
	_, client := start(t)
	owner, other := newPerson(t, client), newPerson(t, client)
	flow := owner.create(orylogin.FlowOptions{})
	other.create(orylogin.FlowOptions{})
	_, err := other.submit(flow, asAda)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation, "another browser's flow")

	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	late := httptest.NewRecorder()
	_, err = late.WriteString("<html>")
	require.NoError(t, err)
	own, err := client.Visit(late, request).CreateFlow(t.Context(), orylogin.FlowOptions{})
	require.NoError(t, err)
	require.Empty(t, late.Result().Cookies())
	_, err = client.Visit(nil, request).Submit(t.Context(), own, asAda)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation, "the body was written first")

	_, err = client.GetFlow(t.Context(), flow.ID)
	require.ErrorIs(t, err, orylogin.ErrCSRFViolation, "a native client with a browser's flow")
}

func plainHTTP(t *testing.T) {
	t.Helper()
	const inCluster = "http://kratos-public.auth.svc"
	_, err := orylogin.New(inCluster)
	require.ErrorContains(t, err, "plain http would send passwords unencrypted")
	_, err = orylogin.New(inCluster, orylogin.WithPlainHTTP())
	require.NoError(t, err)
}

func adminPort(t *testing.T) {
	t.Helper()
	kratos, _ := start(t)
	_, err := newClient(t, kratos.AdminURL).Login(t.Context(), asAda)
	var redirect *orylogin.RedirectError
	require.ErrorAs(t, err, &redirect)
	require.Equal(t, http.StatusTemporaryRedirect, redirect.StatusCode)
	require.Equal(t, orylogin.OutcomeMisconfigured, orylogin.OutcomeOf(err))
	require.ErrorContains(t, err, "the base URL looks like the admin API's")
}

func notKratos(t *testing.T) {
	t.Helper()
	kratos, _ := start(t)
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	for _, baseURL := range []string{other.URL, kratos.PublicURL + "/no/such/prefix"} {
		_, err := newClient(t, baseURL).Login(t.Context(), asAda)
		require.Equal(t, http.StatusNotFound, status(t, err))
		require.ErrorIs(t, err, orylogin.ErrUnknownAnswer)
		require.NotErrorIs(t, err, orylogin.ErrNotFound)
	}
}

func secondFactorAfterEveryLogin(t *testing.T) {
	t.Helper()
	kratos, client := start(t, highest)
	now := app(t, kratos)
	var owed *orylogin.SecondFactorError
	_, err := client.Login(t.Context(), asAda)
	require.ErrorAs(t, err, &owed)
	_, err = client.StepUp(t.Context(), owed.Token, now())
	require.NoError(t, err)
}

func returnToForbidden(t *testing.T) {
	t.Helper()
	_, client := start(t)
	_, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: "https://elsewhere.example.com/"})
	require.ErrorIs(t, err, orylogin.ErrReturnToForbidden)
}

func nothingToOffer(t *testing.T) {
	t.Helper()
	_, client := start(t)
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2}, orylogin.WithSessionToken(login.Token))
	require.NoError(t, err)
	require.Empty(t, flow.Methods())
}

// endlessLogin has releases that only the fake can be.
func endlessLogin(t *testing.T) {
	t.Helper()
	server := orylogintest.NewServer(t, orylogintest.WithRelease(orylogintest.V0_8))
	server.AddIdentity(orylogintest.Identity{Email: ada.Email, Password: secret.Reveal()})
	client := server.Client()
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	token := orylogin.WithSessionToken(login.Token)
	flow, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{Refresh: true}, token)
	require.NoError(t, err)
	server.ExpireFlow(flow.ID)
	for limit := 50 * time.Millisecond; len(server.Requests(orylogintest.Submit)) == 1; limit *= 2 { // until it is sent in time
		_, err = server.Client(orylogin.WithTimeout(limit)).Submit(t.Context(), flow.ID, asAda, token)
	}
	var unanswered *orylogin.TransportError
	require.ErrorAs(t, err, &unanswered)
	require.False(t, unanswered.NotSent)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// passkeyScript asks for the script as the page of an application does.
func passkeyScript(t *testing.T) {
	t.Helper()
	const page = "https://app.example.com"
	cors := func(settings ...kratostest.Setting) string {
		kratos, _ := start(t, settings...)
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, kratos.PublicURL+"/.well-known/ory/webauthn.js", nil)
		require.NoError(t, err)
		request.Header.Set("Origin", page)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, http.StatusOK, response.StatusCode)
		return response.Header.Get("Access-Control-Allow-Origin")
	}
	require.Empty(t, cors())
	require.Equal(t, page, cors(kratostest.Set("serve.public.cors", map[string]any{
		"enabled": true, "allowed_origins": []string{page},
	})))
}

func unknownTemplate(t *testing.T) {
	t.Helper()
	_, client := start(t)
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	_, err = client.Whoami(t.Context(), login.Token, orylogin.WithTokenizeAs("unknown"))
	require.Equal(t, http.StatusBadRequest, status(t, err))
	require.Equal(t, orylogin.OutcomeOther, orylogin.OutcomeOf(err))
	_, err = client.Whoami(t.Context(), login.Token)
	require.NoError(t, err)
}

// toldWithoutDatabase is what a client makes of each operation of a server without a database.
func toldWithoutDatabase(t *testing.T, client *orylogin.Client, token orylogin.Secret) []string {
	t.Helper()
	ctx, others := t.Context(), client.OtherSessions(token)
	_, created := client.CreateFlow(ctx, orylogin.FlowOptions{})
	_, fetched := client.GetFlow(ctx, unknown)
	_, submitted := client.Submit(ctx, unknown, asAda)
	_, exchanged := client.Exchange(ctx, token, token)
	_, asked := client.Whoami(ctx, token)
	_, listed := others.List(ctx, 1)
	var all []string
	for _, err := range []error{
		created, fetched, submitted, exchanged, asked, listed, others.Revoke(ctx, unknown), others.RevokeAll(ctx),
		client.Logout(ctx, token), client.Ready(ctx),
	} {
		all = append(all, fmt.Sprint(told(err), " ", status(t, err)))
	}
	return all
}

// databaseAway: Kratos denies a session that it cannot look up, and leaves the cookie.
func databaseAway(t *testing.T) {
	t.Helper()
	database := postgrestest.Start(t)
	kratos, _ := start(t, kratostest.Set("dsn", database.DSN()))
	client := newClient(t, kratos.PublicURL)
	login, err := client.Login(t.Context(), asAda)
	require.NoError(t, err)
	p := newPerson(t, client)
	_, err = p.submitForm(p.create(orylogin.FlowOptions{}), form(asAda))
	require.NoError(t, err)
	require.NoError(t, client.Ready(t.Context()))
	guard, err := session.NewGuard(client)
	require.NoError(t, err)
	check := func() int {
		_, err := guard.Check(t.Context(), session.TokenCredential(login.Token))
		var refusal *session.Refusal
		if errors.As(err, &refusal) {
			return refusal.StatusCode
		}
		return http.StatusOK
	}

	require.NoError(t, database.Halt())
	fake := orylogintest.NewServer(t)
	fake.SetReady(false)
	require.Equal(t, toldWithoutDatabase(t, client, login.Token), toldWithoutDatabase(t, fake.Client(), login.Token))
	_, err = client.Whoami(t.Context(), login.Token)
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	p.visit(func(v *orylogin.Visit) {
		_, err := v.Whoami(t.Context())
		require.ErrorIs(t, err, orylogin.ErrSessionInactive)
		require.Empty(t, v.CookieLines())
	})
	_, err = client.Login(t.Context(), asAda)
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	err = client.Ready(t.Context())
	require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	require.NotErrorIs(t, err, orylogin.ErrUnknownAnswer)
	require.Equal(t, http.StatusServiceUnavailable, check())

	// After a restart, each open connection of Kratos fails once. The last one can deceive.
	require.NoError(t, database.Resume(t.Context()))
	denials := 0
	require.Eventually(t, func() bool {
		status := check()
		if status == http.StatusUnauthorized {
			denials++
		}
		return status == http.StatusOK
	}, time.Minute, time.Millisecond)
	require.LessOrEqual(t, denials, 1)
}
