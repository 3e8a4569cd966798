package test

import (
	"encoding/json"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// form returns what ada's browser sends.
func form(password orylogin.Password) map[string]string {
	return map[string]string{
		"method": "password", "identifier": password.Identifier, "password": password.Password.Reveal(),
	}
}

// both are the two ways to submit. They have the same outcomes.
var both = map[string]func(*person, *orylogin.Flow, orylogin.Password) (*orylogin.Login, error){
	"json": func(p *person, flow *orylogin.Flow, password orylogin.Password) (*orylogin.Login, error) {
		return p.submit(flow, password)
	},
	"form": func(p *person, flow *orylogin.Flow, password orylogin.Password) (*orylogin.Login, error) {
		return p.submitForm(flow, form(password))
	},
}

func TestBrowserLogin(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{ReturnTo: uiURL + "/x"})
		require.Equal(t, "browser", flow.Type)

		_, err := submit(p, flow, guess)
		require.ErrorIs(t, err, orylogin.ErrInvalidCredentials, name)
		var refused *orylogin.ValidationError
		require.ErrorAs(t, err, &refused, name)
		require.Equal(t, flow.ID, refused.Flow.ID, name)

		login, err := submit(p, flow, asAda)
		require.NoError(t, err, name)
		require.Equal(t, uiURL+"/x", login.RedirectTo, name)
		require.NotEmpty(t, p.cookies["ory_kratos_session"], name)
		session, err := p.whoami()
		require.NoError(t, err, name)
		require.Equal(t, login.Session.ID, session.ID, name)

		// Already logged in.
		p.visit(func(v *orylogin.Visit) {
			_, err = v.CreateFlow(t.Context(), orylogin.FlowOptions{})
			require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable, name)
		})
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable, name)
		require.Equal(t, orylogin.OutcomeAlreadyLoggedIn, orylogin.OutcomeOf(err), name)

		// Logged in again.
		refresh := p.create(orylogin.FlowOptions{Refresh: true})
		again, err := submit(p, refresh, asAda)
		require.NoError(t, err, name)
		require.Equal(t, session.ID, again.Session.ID, name)

		p.visit(func(v *orylogin.Visit) { require.NoError(t, v.Logout(t.Context()), name) })
		require.Empty(t, p.cookies["ory_kratos_session"], name)
		_, err = p.whoami()
		require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
		p.visit(func(v *orylogin.Visit) { err = v.Logout(t.Context()) })
		require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
	}
}

func TestBrowserCSRF(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{})
		other := newPerson(t, client)
		other.create(orylogin.FlowOptions{})

		_, err := submit(other, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
		for cookie := range p.cookies {
			delete(p.cookies, cookie)
		}
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
		p.visit(func(v *orylogin.Visit) { _, err = v.GetFlow(t.Context(), flow.ID) })
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
	}
}

// TestBrowserTakesNoNativeFlow sends a browser to a native flow of somebody else. No cookie
// protects such a flow, so it must not log in the browser, not even with the right password.
func TestBrowserTakesNoNativeFlow(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for name, submit := range both {
		native, err := client.CreateFlow(t.Context(), orylogin.FlowOptions{})
		require.NoError(t, err)
		visitor := func() *person { return newPerson(t, client) } // Kratos refuses a person with cookies
		visitor().visit(func(v *orylogin.Visit) { _, err = v.GetFlow(t.Context(), native.ID) })
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
		_, err = submit(visitor(), native, asAda)
		require.Error(t, err, name)
		native.Type = "browser" // so that only the missing cookie shows it
		_, err = submit(visitor(), native, asAda)
		want := map[string]error{"json": orylogin.ErrUnknownAnswer, "form": orylogin.ErrCSRFViolation} // the form is not sent
		require.ErrorIs(t, err, want[name], name)
	}
}

func TestBrowserOutcomes(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password, Inactive: true})
	require.NoError(t, err)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{})
		_, err := submit(p, flow, orylogin.Password{Identifier: "eve@example.com", Password: secret})
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled, name)
		require.Equal(t, orylogin.OutcomeDisabled, orylogin.OutcomeOf(err), name)

		gone := *flow
		gone.ID = unknown
		_, err = submit(p, &gone, asAda)
		require.ErrorIs(t, err, orylogin.ErrNotFound, name)
		require.Equal(t, http.StatusNotFound, status(t, err), name)
	}
}

func TestBrowserExpired(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	for name, submit := range both {
		change(t, kratos, flowsExpire)
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{})
		change(t, kratos, flowsLast)
		_, err := submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrFlowExpired, name)
		var expired *orylogin.ExpiredError
		require.ErrorAs(t, err, &expired, name)
		var replacement *orylogin.Flow
		p.visit(func(v *orylogin.Visit) { replacement, err = v.GetFlow(t.Context(), expired.UseFlowID) })
		require.NoError(t, err, name)
		_, err = submit(p, replacement, asAda)
		require.NoError(t, err, name)
	}
}

// TestBrowserExpiredRefresh submits to an expired flow about a session. Kratos answers in JSON
// that the browser is already logged in, and by form that the flow has expired. The outcome is
// that the flow has expired.
func TestBrowserExpiredRefresh(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	for name, submit := range both {
		change(t, kratos, flowsLast)
		p := newPerson(t, client)
		_, err := submit(p, p.create(orylogin.FlowOptions{}), asAda)
		require.NoError(t, err, name)
		change(t, kratos, flowsExpire)
		flow := p.create(orylogin.FlowOptions{Refresh: true})
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrFlowExpired, name)
		require.NotErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable, name)
		require.Equal(t, orylogin.OutcomeExpired, orylogin.OutcomeOf(err), name)
	}
}

// TestBrowserRefreshOfAnotherUser checks that a browser keeps its session if another user logs
// in for a refresh.
func TestBrowserRefreshOfAnotherUser(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	eve := kratostest.Identity{Email: "eve@example.com", Password: ada.Password}
	created, err := kratos.CreateIdentity(t.Context(), eve)
	require.NoError(t, err)
	for name, submit := range both {
		p := newPerson(t, client)
		login, err := submit(p, p.create(orylogin.FlowOptions{}), asAda)
		require.NoError(t, err, name)
		refresh := p.create(orylogin.FlowOptions{Refresh: true})
		_, err = submit(p, refresh, orylogin.Password{Identifier: eve.Email, Password: secret})
		var changed *orylogin.SessionChangedError
		require.ErrorAs(t, err, &changed, name)
		require.Equal(t, orylogin.OutcomeSessionChanged, orylogin.OutcomeOf(err), name)
		require.Equal(t, created.ID, changed.Login.Session.Identity.ID, name)
		session, err := p.whoami()
		require.NoError(t, err, name)
		require.Equal(t, login.Session.ID, session.ID, name)
	}
}

// TestBrowserLoginChallenge checks that a Kratos without Ory Hydra refuses a login challenge.
func TestBrowserLoginChallenge(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	newPerson(t, client).visit(func(v *orylogin.Visit) {
		_, err := v.CreateFlow(t.Context(), orylogin.FlowOptions{LoginChallenge: "c0ffee"})
		require.Equal(t, http.StatusInternalServerError, status(t, err))
		require.Equal(t, orylogin.OutcomeUnavailable, orylogin.OutcomeOf(err))
	})
}

func TestBrowserSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest)
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	for name, submit := range both {
		p := newPerson(t, client)
		_, err = submit(p, p.create(orylogin.FlowOptions{}), asAda)
		var owed *orylogin.SecondFactorError
		require.ErrorAs(t, err, &owed, name)
		require.Equal(t, kratos.PublicURL+"/self-service/login/browser?aal=aal2", owed.URL, name)
		_, err = p.whoami()
		require.ErrorAs(t, err, &owed, name)

		flow := p.create(orylogin.FlowOptions{AAL: orylogin.AAL2})
		code, err := key.Code(time.Now())
		require.NoError(t, err)
		var login *orylogin.Login
		if name == "json" {
			login, err = p.submit(flow, orylogin.TOTP{Code: orylogin.NewSecret(code)})
		} else {
			login, err = p.submitForm(flow, map[string]string{"method": "totp", "totp_code": code})
		}
		require.NoError(t, err, name)
		require.Equal(t, orylogin.AAL2, login.Session.AuthenticatorAssuranceLevel, name)
	}
}

func TestBrowserCode(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, kratostest.Set("selfservice.methods.code.passwordless_enabled", true))
	p := newPerson(t, client)
	flow := p.create(orylogin.FlowOptions{})
	_, err := p.submitForm(flow, map[string]string{"method": "code", "identifier": ada.Email})
	var next *orylogin.NextStepError
	require.ErrorAs(t, err, &next)
	require.True(t, next.Flow.CodeSent())
	code, err := kratos.Code(t.Context(), ada.Email)
	require.NoError(t, err)
	_, err = p.submitForm(flow, map[string]string{"method": "code", "identifier": ada.Email, "code": code})
	require.NoError(t, err)
}

func TestBrowserUnverified(t *testing.T) {
	t.Parallel()
	_, client := start(t, kratostest.Set("selfservice.flows.login.after.password.hooks",
		[]any{map[string]any{"hook": "require_verified_address"}}))
	for name, submit := range both {
		p := newPerson(t, client)
		_, err := submit(p, p.create(orylogin.FlowOptions{}), asAda)
		require.ErrorIs(t, err, orylogin.ErrSessionVerifiedAddressRequired, name)
		var unverified *orylogin.VerificationError
		require.ErrorAs(t, err, &unverified, name)
	}
}

func TestBrowserProvider(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "new@example.com")
	kratos, _ := start(t, provider.Settings()...)
	p := newPerson(t, newClient(t, kratos.PublicURL)) // the button of a provider is a form without a method
	_, err := p.submit(p.create(orylogin.FlowOptions{}), orylogin.OIDC{Provider: "loopback"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	_, err = p.submitForm(p.create(orylogin.FlowOptions{}), map[string]string{"provider": "loopback"})
	require.ErrorAs(t, err, &change)
	require.ErrorIs(t, err, orylogin.ErrLocationChangeRequired)
	require.NotEmpty(t, p.cookies["ory_kratos_continuity"])
	require.Contains(t, change.URL, "client_id=")
}

// TestBrowserErrors fetches what the error page shows.
func TestBrowserErrors(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
		kratos.PublicURL+"/self-service/login/browser?return_to=https://evil.example.org/", nil)
	require.NoError(t, err)
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	target, err := response.Location()
	require.NoError(t, err)
	require.Equal(t, uiURL+"/error", strings.TrimSuffix(target.String(), "?"+target.RawQuery))

	p := newPerson(t, client)
	p.visit(func(v *orylogin.Visit) {
		failure, err := v.GetError(t.Context(), target.Query().Get("id"))
		require.NoError(t, err)
		require.ErrorIs(t, failure.Err, orylogin.ErrReturnToForbidden)
		require.Equal(t, http.StatusBadRequest, status(t, failure.Err))
		require.NotZero(t, failure.CreatedAt)

		_, err = v.GetError(t.Context(), unknown)
		require.ErrorIs(t, err, orylogin.ErrNotFound)
	})
	p.visit(func(v *orylogin.Visit) {
		_, err := v.CreateFlow(t.Context(), orylogin.FlowOptions{ReturnTo: "https://evil.example.org/"})
		require.ErrorIs(t, err, orylogin.ErrReturnToForbidden)
		_, err = v.CreateFlow(t.Context(), orylogin.FlowOptions{AAL: orylogin.AAL2})
		require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
	})
}

// TestDevice checks that the session's device is the user's browser, or the native program.
func TestDevice(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	for want, opts := range map[string][]orylogin.Option{
		"orylogin":       nil,
		"my-program/1.2": {orylogin.WithHeader("User-Agent", "my-program/1.2")},
	} {
		native, err := orylogin.New(kratos.PublicURL, opts...)
		require.NoError(t, err)
		login, err := native.Login(t.Context(), asAda)
		require.NoError(t, err)
		require.Contains(t, login.Session.Devices[0].UserAgent, want)
	}
	address := netip.MustParseAddr("203.0.113.7")
	login, err := client.Login(t.Context(), asAda, orylogin.WithDevice("ada's phone", address))
	require.NoError(t, err)
	require.Len(t, login.Session.Devices, 1)
	require.Equal(t, "ada's phone", login.Session.Devices[0].UserAgent)
	require.Equal(t, address.String(), login.Session.Devices[0].IPAddress)
	for _, passedOn := range []bool{false, true} {
		p := newPerson(t, client)
		flow := p.create(orylogin.FlowOptions{})
		if passedOn {
			p.opts = []orylogin.CallOption{orylogin.WithDevice("Mozilla/5.0 (ada's)", address)}
		}
		p.visit(func(v *orylogin.Visit) {
			login, err := v.Submit(t.Context(), flow, asAda)
			require.NoError(t, err)
			require.Len(t, login.Session.Devices, 1)
			device := login.Session.Devices[0]
			require.Equal(t, passedOn, device.UserAgent == "Mozilla/5.0 (ada's)", device.UserAgent)
			require.Equal(t, passedOn, device.IPAddress == address.String(), device.IPAddress)
		})
	}
}

// TestBrowserCookies checks which cookies of a browser are sent, and that two users share
// nothing.
func TestBrowserCookies(t *testing.T) {
	t.Parallel()
	kratos, _ := start(t)
	var cookies []string
	client := newClient(t, kratos.PublicURL, orylogin.WithHTTPClient(&http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			cookies = append(cookies, r.Header.Get("Cookie"))
			return http.DefaultTransport.RoundTrip(r)
		}),
	}))
	p, other := newPerson(t, client), newPerson(t, client)
	_, err := p.submit(p.create(orylogin.FlowOptions{}), asAda)
	require.NoError(t, err)
	_, err = other.whoami()
	require.ErrorIs(t, err, orylogin.ErrSessionInactive)
	require.Len(t, cookies, 3)
	require.Empty(t, cookies[0])
	require.True(t, strings.HasPrefix(cookies[1], "csrf_token_"), cookies[1])
	require.NotContains(t, cookies[1], "tracking")
	require.Empty(t, cookies[2])
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestBrowserFlowDocument checks that a Flow can be read from its document, but not from its
// JSON, which shows less.
func TestBrowserFlowDocument(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	flow := newPerson(t, client).create(orylogin.FlowOptions{})
	var again orylogin.Flow
	require.NoError(t, json.Unmarshal(flow.Document(), &again))
	require.Equal(t, flow.SelfServiceLoginFlow, again.SelfServiceLoginFlow)
	require.JSONEq(t, string(flow.Document()), string(again.Document()))

	encoded, err := json.Marshal(flow)
	require.NoError(t, err)
	require.NotContains(t, string(encoded), flow.Choices("csrf_token")[0])
	require.Error(t, json.Unmarshal(encoded, &again))
}
