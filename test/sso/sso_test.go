// Package sso_test logs in to OAuth2 clients with a real Ory Hydra. An application of ours is
// its login page and its consent page, and a real Ory Kratos knows the users.
package sso_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

const secret = "correct horse battery staple"

// site is the application with its own servers and two clients.
type site struct {
	url         string
	kratos      *kratostest.Server
	hydra       *hydratest.Server
	ada         kratostest.Identity
	eve         kratostest.Identity
	grace       kratostest.Identity // has a second factor
	key         kratostest.TOTPKey  // of grace
	mail, files *hydratest.Client
}

func start(t *testing.T, submit submission) *site {
	t.Helper()
	server := httptest.NewUnstartedServer(nil)
	s := &site{url: "http://" + server.Listener.Addr().String()}
	s.hydra = hydratest.Start(t, hydratest.Config{LoginURL: s.url + "/login", ConsentURL: s.url + "/consent"})
	s.kratos = kratostest.Start(t, append(playground.Settings(s.url),
		kratostest.Set("oauth2_provider.url", s.hydra.AdminURL))...)

	client, err := orylogin.New(s.kratos.PublicURL)
	require.NoError(t, err)
	server.Config.Handler = (&application{client, s.hydra, submit}).handler()
	server.Start()
	t.Cleanup(server.Close)

	s.ada, s.eve, s.grace = s.create(t, "ada@example.com"), s.create(t, "eve@example.com"), s.create(t, "grace@example.com")
	s.key, err = s.kratos.EnrolTOTP(t.Context(), s.grace)
	require.NoError(t, err)
	s.mail, s.files = s.hydra.StartClient(t, "mail"), s.hydra.StartClient(t, "files")
	return s
}

func (s *site) create(t *testing.T, email string) kratostest.Identity {
	t.Helper()
	identity, err := s.kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: email, Password: secret})
	require.NoError(t, err)
	identity.Email, identity.Password = email, secret
	return identity
}

// logins are the tested logins, by what happens during each. Each begins in a new browser.
var logins = map[string]func(*visitor, *site){
	"first login": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.mail, s.ada)
	},
	"consent refused": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("no")
		v.isRefused(s.mail, "access_denied")
	},
	"consent given again": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		before := *v
		v.consents("yes")
		v.isKnown(s.mail, s.ada)
		before.consents("yes")
		before.isRefused(s.mail, "access_denied")
	},
	"consent to nothing": func(v *visitor, s *site) {
		for _, challenge := range []string{"nonsense", ""} {
			v.send(http.MethodGet, s.url+"/consent?consent_challenge="+challenge, "")
			v.isAt("/consent", "nobody asks here")
			require.Equal(v.t, http.StatusBadRequest, v.status)
		}
	},
	"consent after another login": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.isAt("/consent", "know who you are")
		tab := *v
		tab.opens(s.files, "prompt=login")
		tab.logsIn(s.eve, secret)
		v.consents("yes")
		v.isKnown(s.mail, kratostest.Identity{ID: s.ada.ID}) // without the address: eve has the browser's session now
	},
	"wrong password": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, "a wild guess")
		v.isAt("/login", "password is wrong")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.mail, s.ada)
	},
	"second factor": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.grace, secret)
		v.addsSecondFactor(s.key)
		v.consents("yes")
		v.isKnown(s.mail, s.grace)
	},
	"second client while signed in": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.opens(s.files, "")
		v.consents("yes")
		v.isKnown(s.files, s.ada)
	},
	"expired flow on the way": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.waitsTooLong()
		v.logsIn(s.ada, secret)
		v.isAt("/login", "password")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.mail, s.ada)
	},
	"expired flow for the second factor": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.grace, secret)
		v.waitsTooLong()
		v.addsSecondFactor(s.key)
		v.isAt("/login", "totp")
		v.addsSecondFactor(s.key)
		v.consents("yes")
		v.isKnown(s.mail, s.grace)
	},
	"login in another tab": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		tab := *v
		tab.opens(s.files, "")
		tab.logsIn(s.ada, secret)
		tab.consents("yes")
		v.logsIn(s.ada, secret) // the other login has made it invalid
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.mail, s.ada)
	},
	"unknown challenge": func(v *visitor, s *site) {
		v.send(http.MethodGet, s.url+"/login?login_challenge=nonsense", "")
		v.isAt("/login", "no login: other")
		require.Equal(v.t, http.StatusBadRequest, v.status)
	},
	"used challenge": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		used := v.at.Query().Get("login_challenge")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.send(http.MethodGet, s.url+"/login?login_challenge="+url.QueryEscape(used), "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isRefused(s.mail, "access_denied")
	},
	"prompt=login as another user": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.opens(s.files, "prompt=login")
		v.logsIn(s.eve, secret)
		v.consents("yes")
		v.isKnown(s.files, s.eve)
		v.opens(s.mail, "")
		v.consents("yes")
		v.isKnown(s.mail, s.eve)
	},
	"prompt=login while signed in": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.opens(s.files, "prompt=login")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.files, s.ada)
	},
	"another user than Hydra remembers": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.send(http.MethodGet, s.url+"/login?prompt=login", "")
		v.logsIn(s.eve, secret)
		v.opens(s.files, "")
		v.logsIn(s.eve, secret) // Hydra remembers ada
		v.consents("yes")
		v.isKnown(s.files, s.eve)
	},
	"second factor after a reload": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		before := *v.at
		v.logsIn(s.grace, secret)
		v.isAt("/login", "totp")
		v.send(http.MethodPost, before.String(), v.posted) // a browser repeats a form in this way
		v.isAt("/login", "totp")
		v.send(http.MethodGet, before.String(), "")
		v.isAt("/login", "totp")
		v.addsSecondFactor(s.key)
		v.consents("yes")
		v.isKnown(s.mail, s.grace)
	},
	"prompt=none while signed out": func(v *visitor, s *site) {
		v.opens(s.mail, "prompt=none")
		v.isRefused(s.mail, "login_required")
	},
}

func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	for way, submit := range both {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := start(t, submit)
			for name, login := range logins {
				t.Run(name, func(t *testing.T) { login(newVisitor(t, s), s) })
			}
		})
	}
}

// TestHydraDown checks that nobody can log in to Hydra's clients without Hydra, and that the
// page says so.
func TestHydraDown(t *testing.T) {
	t.Parallel()
	for way, submit := range both {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			s := start(t, submit)
			v := newVisitor(t, s)
			v.opens(s.mail, "")
			s.hydra.Stop()
			v.logsIn(s.ada, secret)
			v.isAt("/login", "no login: unavailable")
			require.Equal(t, http.StatusServiceUnavailable, v.status)
			v.send(http.MethodGet, s.url+"/login?login_challenge="+url.QueryEscape(v.at.Query().Get("login_challenge")), "")
			v.isAt("/login", "no login: unavailable")
		})
	}
}
