// Package sso_test logs in to OAuth2 clients through a real Ory Hydra: an application of
// ours is its login page and its consent page, and a real Ory Kratos knows the users.
package sso_test

import (
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/playground"
)

const secret = "correct horse battery staple"

// site is the application, with servers of its own, and two clients.
type site struct {
	url         string
	kratos      *kratostest.Server
	hydra       *hydratest.Server
	ada         kratostest.Identity
	grace       kratostest.Identity // has a second factor
	key         kratostest.TOTPKey  // of grace
	mail, files *oauthClient
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

	s.ada, s.grace = s.create(t, "ada@example.com"), s.create(t, "grace@example.com")
	s.key, err = s.kratos.EnrolTOTP(t.Context(), s.grace)
	require.NoError(t, err)
	s.mail, s.files = startClient(t, s.hydra, "mail"), startClient(t, s.hydra, "files")
	return s
}

func (s *site) create(t *testing.T, email string) kratostest.Identity {
	t.Helper()
	identity, err := s.kratos.CreateIdentity(t.Context(), kratostest.Identity{Email: email, Password: secret})
	require.NoError(t, err)
	identity.Email, identity.Password = email, secret
	return identity
}

// logins are what becomes of logins, by what happens on the way. Each begins in a browser
// of its own.
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
	"prompt=login while signed in": func(v *visitor, s *site) {
		v.opens(s.mail, "")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.opens(s.files, "prompt=login")
		v.logsIn(s.ada, secret)
		v.consents("yes")
		v.isKnown(s.files, s.ada)
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
