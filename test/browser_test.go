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
	"github.com/orylogin/orylogin/browser"
	"github.com/orylogin/orylogin/test/kratostest"
)

// form is what ada's browser sends.
func form(password orylogin.Password) map[string]string {
	return map[string]string{
		"method": "password", "identifier": password.Identifier, "password": password.Password.Reveal(),
	}
}

// both are the two ways of a submission, which come to the same outcomes.
var both = map[string]func(*person, *browser.Flow, orylogin.Password) (*browser.Login, error){
	"json": func(p *person, flow *browser.Flow, password orylogin.Password) (*browser.Login, error) {
		return p.submit(flow, password)
	},
	"form": func(p *person, flow *browser.Flow, password orylogin.Password) (*browser.Login, error) {
		return p.submitForm(flow, form(password))
	},
}

func TestBrowserLogin(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(browser.FlowOptions{ReturnTo: uiURL + "/x"})
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

		// Logged in already.
		p.visit(func(v *browser.Visit) {
			_, err = v.CreateFlow(t.Context(), browser.FlowOptions{})
			require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable, name)
		})
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrSessionAlreadyAvailable, name)

		// Logged in again.
		refresh := p.create(browser.FlowOptions{Refresh: true})
		again, err := submit(p, refresh, asAda)
		require.NoError(t, err, name)
		require.Equal(t, session.ID, again.Session.ID, name)

		p.visit(func(v *browser.Visit) { require.NoError(t, v.Logout(t.Context()), name) })
		require.Empty(t, p.cookies["ory_kratos_session"], name)
		_, err = p.whoami()
		require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
		p.visit(func(v *browser.Visit) { err = v.Logout(t.Context()) })
		require.ErrorIs(t, err, orylogin.ErrSessionInactive, name)
	}
}

func TestBrowserCSRF(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(browser.FlowOptions{})
		other := newPerson(t, client)
		other.create(browser.FlowOptions{})

		_, err := submit(other, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
		for cookie := range p.cookies {
			delete(p.cookies, cookie)
		}
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
		p.visit(func(v *browser.Visit) { _, err = v.GetFlow(t.Context(), flow.ID) })
		require.ErrorIs(t, err, orylogin.ErrCSRFViolation, name)
	}
}

func TestBrowserOutcomes(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	_, err := kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: "eve@example.com", Password: ada.Password, Inactive: true})
	require.NoError(t, err)
	for name, submit := range both {
		p := newPerson(t, client)
		flow := p.create(browser.FlowOptions{})
		_, err := submit(p, flow, orylogin.Password{Identifier: "eve@example.com", Password: secret})
		require.Error(t, err)
		var apiErr *orylogin.APIError
		require.ErrorAs(t, err, &apiErr, name)
		require.Equal(t, "This account was disabled.", apiErr.Reason, name)
		require.ErrorIs(t, err, orylogin.ErrIdentityDisabled, name)

		gone := *flow
		gone.ID = unknown
		_, err = submit(p, &gone, asAda)
		require.ErrorAs(t, err, &apiErr, name)
		require.EqualValues(t, http.StatusNotFound, apiErr.Code, name)
	}
}

func TestBrowserExpired(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	for name, submit := range both {
		change(t, kratos, flowsExpire)
		p := newPerson(t, client)
		flow := p.create(browser.FlowOptions{})
		change(t, kratos, flowsLast)
		_, err := submit(p, flow, asAda)
		require.ErrorIs(t, err, orylogin.ErrFlowExpired, name)
		var expired *orylogin.ExpiredError
		require.ErrorAs(t, err, &expired, name)
		require.True(t, expired.CanContinue(), name)
		var replacement *browser.Flow
		p.visit(func(v *browser.Visit) { replacement, err = v.GetFlow(t.Context(), expired.UseFlowID) })
		require.NoError(t, err, name)
		_, err = submit(p, replacement, asAda)
		require.NoError(t, err, name)
	}
}

// TestBrowserExpiredRefresh: of an expired flow about a session, Kratos says in JSON
// that the browser is logged in already, and in a form that it has expired.
func TestBrowserExpiredRefresh(t *testing.T) {
	t.Parallel()
	kratos, client := start(t)
	for name, submit := range both {
		change(t, kratos, flowsLast)
		p := newPerson(t, client)
		_, err := submit(p, p.create(browser.FlowOptions{}), asAda)
		require.NoError(t, err, name)
		change(t, kratos, flowsExpire)
		flow := p.create(browser.FlowOptions{Refresh: true})
		_, err = submit(p, flow, asAda)
		require.ErrorIs(t, err, map[string]error{
			"json": orylogin.ErrSessionAlreadyAvailable, "form": orylogin.ErrFlowExpired,
		}[name])
	}
}

// TestBrowserLoginChallenge: a Kratos that knows no Ory Hydra cannot take the
// challenge of one.
func TestBrowserLoginChallenge(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	newPerson(t, client).visit(func(v *browser.Visit) {
		_, err := v.CreateFlow(t.Context(), browser.FlowOptions{LoginChallenge: "c0ffee"})
		require.Equal(t, http.StatusInternalServerError, status(t, err))
	})
}

func TestBrowserSecondFactor(t *testing.T) {
	t.Parallel()
	kratos, client := start(t, highest)
	key, err := kratos.EnrolTOTP(t.Context(), ada)
	require.NoError(t, err)
	for name, submit := range both {
		p := newPerson(t, client)
		_, err = submit(p, p.create(browser.FlowOptions{}), asAda)
		var owed *orylogin.SecondFactorError
		require.ErrorAs(t, err, &owed, name)
		require.Equal(t, kratos.PublicURL+"/self-service/login/browser?aal=aal2", owed.URL, name)
		_, err = p.whoami()
		require.ErrorAs(t, err, &owed, name)

		flow := p.create(browser.FlowOptions{AAL: orylogin.AAL2})
		code, err := key.Code(time.Now())
		require.NoError(t, err)
		var login *browser.Login
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
	flow := p.create(browser.FlowOptions{})
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
		_, err := submit(p, p.create(browser.FlowOptions{}), asAda)
		require.ErrorIs(t, err, orylogin.ErrSessionVerifiedAddressRequired, name)
		var unverified *orylogin.VerificationError
		require.ErrorAs(t, err, &unverified, name)
	}
}

func TestBrowserProvider(t *testing.T) {
	t.Parallel()
	provider := startOpenID(t, "new@example.com")
	kratos, _ := start(t, provider.settings()...)
	p := newPerson(t, newClient(t, kratos.PublicURL)) // a provider's button is a form without a method
	_, err := p.submit(p.create(browser.FlowOptions{}), orylogin.OIDC{Provider: "loopback"})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	_, err = p.submitForm(p.create(browser.FlowOptions{}), map[string]string{"provider": "loopback"})
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
	p.visit(func(v *browser.Visit) {
		failure, err := v.GetError(t.Context(), target.Query().Get("id"))
		require.NoError(t, err)
		require.ErrorIs(t, failure.Err, orylogin.ErrReturnToForbidden)
		require.NotZero(t, failure.CreatedAt)

		_, err = v.GetError(t.Context(), unknown)
		require.Equal(t, http.StatusNotFound, status(t, err))
	})
	p.visit(func(v *browser.Visit) {
		_, err := v.CreateFlow(t.Context(), browser.FlowOptions{ReturnTo: "https://evil.example.org/"})
		require.ErrorIs(t, err, orylogin.ErrReturnToForbidden)
		_, err = v.CreateFlow(t.Context(), browser.FlowOptions{AAL: orylogin.AAL2})
		require.ErrorIs(t, err, orylogin.ErrSessionAAL1Required)
	})
}

// TestBrowserDevice looks at whose browser the session's device is.
func TestBrowserDevice(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	address := netip.MustParseAddr("203.0.113.7")
	for _, passedOn := range []bool{false, true} {
		p := newPerson(t, client)
		flow := p.create(browser.FlowOptions{})
		p.visit(func(v *browser.Visit) {
			if passedOn {
				v.SetDevice("Mozilla/5.0 (ada's)", address)
			}
			login, err := v.Submit(t.Context(), flow, asAda)
			require.NoError(t, err)
			require.Len(t, login.Session.Devices, 1)
			device := login.Session.Devices[0]
			require.Equal(t, passedOn, device.UserAgent == "Mozilla/5.0 (ada's)", device.UserAgent)
			require.Equal(t, passedOn, device.IPAddress == address.String(), device.IPAddress)
		})
	}
}

// TestBrowserCookies shows what is sent of a browser's cookies, and that nothing is
// shared by two people.
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
	_, err := p.submit(p.create(browser.FlowOptions{}), asAda)
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

func TestBrowserFlowMarshals(t *testing.T) {
	t.Parallel()
	_, client := start(t)
	flow := newPerson(t, client).create(browser.FlowOptions{})
	encoded, err := json.Marshal(flow)
	require.NoError(t, err)
	var again browser.Flow
	require.NoError(t, json.Unmarshal(encoded, &again))
	require.Equal(t, flow.ID, again.ID)
}
