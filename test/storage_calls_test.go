package test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
)

// methodsOf says which methods a new flow offers.
func methodsOf(create func() (*orylogin.Flow, error)) attempt {
	return attempt{call: func() string {
		flow, err := create()
		if err != nil {
			return told(err)
		}
		return "ok " + strings.Join(slices.Sorted(slices.Values(flow.Methods())), "+")
	}}
}

func byToken(call func(*storage, orylogin.Secret) error) func(*storage) attempt {
	return func(s *storage) attempt {
		token := s.token()
		return callOf(func() error { return call(s, token) })
	}
}

func byBrowser(call func(*storage, *orylogin.Visit) error) func(*storage) attempt {
	return func(s *storage) attempt {
		p := s.browser()
		return callOf(func() error {
			var err error
			p.visit(func(v *orylogin.Visit) { err = call(s, v) })
			return err
		})
	}
}

// atProvider logs somebody in at the provider, and returns the URL that the browser goes to.
func (s *storage) atProvider(e entry, email string) string {
	s.Helper()
	s.provider.LogIn(email)
	_, err := e.submit(provided(e))
	var change *orylogin.LocationChangeError
	require.ErrorAs(s, err, &change)
	return change.URL
}

// backToApp comes back from the provider to an app.
func backToApp(browser func(*storage) *person, email string) func(*storage) attempt {
	return func(s *storage) attempt {
		e, p := s.native(withProvider), browser(s)
		s.accounts++
		from := s.atProvider(e, strings.Replace(email, "?", strconv.Itoa(s.accounts), 1))
		login, err := (*orylogin.Login)(nil), error(nil)
		return attempt{
			func() string {
				at := p.browse(from)
				switch {
				case at == nil:
					return "no page"
				case at.Path != "/app":
					return at.Path
				}
				login, err = s.client.Callback(s.Context(), e.flow, at)
				return told(err)
			},
			func() error { return e.whoami(login) },
		}
	}
}

// backToSite comes back from the provider to a web site, after some changes in the database.
func backToSite(changes string) func(*storage) attempt {
	return func(s *storage) attempt {
		p := newPerson(s.T, s.client)
		from := s.atProvider(s.open(p, orylogin.FlowOptions{}, false), "new@example.com")
		_, err := s.database.Query(s.Context(), changes)
		require.NoError(s, err)
		return attempt{call: func() string {
			at := p.browse(from)
			s.gate.Open()
			return p.arrived(at)
		}}
	}
}

func stranger(s *storage) *person { return newPerson(s.T, s.client) }

// TestRefusedStatementsOfCalls makes the other calls while the database refuses each statement
// in turn. Kratos says of some that there is no session, or that a login is not finished.
func TestRefusedStatementsOfCalls(t *testing.T) {
	t.Parallel()
	s := startStorage(t)
	for _, test := range []struct {
		name     string
		settings []kratostest.Setting // from here on
		begin    func(*storage) attempt
		want     string
	}{
		{"create a flow, to exchange codes", nil, func(s *storage) attempt {
			return methodsOf(func() (*orylogin.Flow, error) { return s.client.CreateFlow(s.Context(), withProvider) })
		}, "ok code+oidc+password; unavailable APIError"},
		{"create a flow, in a browser", nil, func(s *storage) attempt {
			return methodsOf(func() (*orylogin.Flow, error) { return stranger(s).tryCreate(orylogin.FlowOptions{}) })
		}, "ok code+oidc+passkey+password+webauthn; unavailable APIError"},
		{"create a flow, of somebody who is signed in", nil, func(s *storage) attempt {
			p := s.browser()
			return methodsOf(func() (*orylogin.Flow, error) { return p.tryCreate(refresh) })
		}, "ok code+passkey+password+webauthn; ok code+passkey+password; ok code+passkey+webauthn; ok code+password+webauthn; unavailable APIError"},
		{"get a flow", nil, func(s *storage) attempt {
			e := s.native(orylogin.FlowOptions{})
			return callOf(func() error { _, err := e.fetch(); return err })
		}, "ok; unavailable APIError"},
		{"whoami", nil, byToken(func(s *storage, token orylogin.Secret) error {
			_, err := s.client.Whoami(s.Context(), token)
			return err
		}), "ok; no_session APIError"},
		{"whoami, in a browser", nil, byBrowser(func(s *storage, v *orylogin.Visit) error {
			_, err := v.Whoami(s.Context())
			return err
		}), "ok; no_session APIError"},
		{"list sessions", nil, byToken(func(s *storage, token orylogin.Secret) error {
			_, err := s.client.OtherSessions(token).List(s.Context(), 1)
			return err
		}), "ok; no_session APIError; unavailable APIError"},
		{"revoke a session", nil, byToken(func(s *storage, token orylogin.Secret) error {
			return s.client.OtherSessions(token).Revoke(s.Context(), unknown)
		}), "ok; no_session APIError; unavailable APIError"},
		{"revoke the sessions", nil, byBrowser(func(s *storage, v *orylogin.Visit) error {
			return v.OtherSessions().RevokeAll(s.Context())
		}), "ok; no_session APIError; unavailable APIError"},
		{"logout", nil, byToken(func(s *storage, token orylogin.Secret) error {
			return s.client.Logout(s.Context(), token)
		}), "ok; unavailable APIError"},
		{"logout, in a browser", nil, byBrowser(func(s *storage, v *orylogin.Visit) error {
			return v.Logout(s.Context())
		}), "ok; unavailable APIError"},
		{"get an error", nil, func(s *storage) attempt {
			p := stranger(s)
			at := p.browse(s.kratos.PublicURL + "/self-service/login/browser?return_to=https%3A%2F%2Fevil.example.org")
			return callOf(func() error {
				var err error
				p.visit(func(v *orylogin.Visit) { _, err = v.GetError(s.Context(), at.Query().Get("id")) })
				return err
			})
		}, "ok; unavailable APIError"},
		{"back to an app, of somebody new", nil, backToApp(stranger, "new?@example.com"), "ok; /error; no page; no page stored, then /error; no page, then /error; not_found APIError stored, then /error; unavailable APIError stored, then /error"},
		{"back to an app", nil, backToApp(stranger, "new@example.com"), "ok; /error; no page; no page stored; not_found APIError stored; unavailable APIError stored"},
		{"back to an app, in a browser that is signed in", nil, backToApp((*storage).browser, "new@example.com"), "next_step NextStepError; /error; no page; ok; unavailable APIError"},
		{"back to a site", nil, backToSite("SELECT 1"), "/ ok; error page: not_found APIError; error page: unavailable APIError; error page: unavailable APIError, then error page: other APIError"},
		{"back to a site, where the flow is too old", nil, backToSite("UPDATE selfservice_login_flows SET expires_at = issued_at"), "error page: expired ExpiredError self_service_flow_expired; error page: not_found APIError; nothing"},
		{"back to a site, where the flow was not kept", nil, backToSite("DELETE FROM continuity_containers"), "error page: other APIError; error page: not_found APIError; error page: unavailable APIError; nothing"},
		{"exchange", nil, func(s *storage) attempt {
			e := s.native(withProvider)
			at := stranger(s).browse(s.atProvider(e, "new@example.com"))
			return callOf(func() error {
				_, err := s.client.Exchange(s.Context(), e.flow.SessionTokenExchangeCode, orylogin.NewSecret(at.Query().Get("code")))
				return err
			})
		}, "ok; not_found APIError; unavailable APIError"},
		{"link a provider", nil, func(s *storage) attempt {
			email, p := s.account(), stranger(s)
			at := p.browse(s.atProvider(s.open(p, orylogin.FlowOptions{}, false), email))
			linking := &orylogin.Flow{}
			p.visit(func(v *orylogin.Visit) {
				var err error
				linking, err = v.GetFlow(s.Context(), at.Query().Get("flow"))
				require.NoError(s, err)
			})
			return attempt{
				func() string {
					_, err := p.submit(linking, orylogin.Password{Identifier: email, Password: secret})
					return told(err)
				},
				func() error { _, err := p.whoami(); return err },
			}
		}, "ok; refused ValidationError 4000006; unavailable APIError; unavailable APIError, then other APIError"},
		{"whoami, of an unknown level", []kratostest.Setting{highest}, func(s *storage) attempt {
			if s.now == nil {
				s.now = app(s.T, s.kratos)
			}
			token := s.token()
			_, err := s.database.Query(s.Context(), "UPDATE identities SET available_aal = NULL")
			require.NoError(s, err)
			return callOf(func() error { _, err := s.client.Whoami(s.Context(), token); return err })
		}, "second_factor SecondFactorError session_aal2_required; no_session APIError"},
		{"create a flow, of a second factor", []kratostest.Setting{withCodeMFA, kratostest.Set("selfservice.methods.code.passwordless_enabled", false)}, func(s *storage) attempt {
			token := orylogin.WithSessionToken(s.token())
			return methodsOf(func() (*orylogin.Flow, error) { return s.client.CreateFlow(s.Context(), secondLevel, token) })
		}, "ok code+totp; unavailable APIError"},
	} {
		if test.settings != nil {
			change(t, s.kratos, test.settings...)
		}
		s.expect(test.name, test.want, fault{state: failure}, test.begin)
	}
}
