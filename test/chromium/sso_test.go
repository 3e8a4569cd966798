package chromium_test

import (
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
)

// opens opens a client, which sends the browser to Hydra. The client adds the query, such as
// "prompt=login".
func (p *page) opens(client *hydratest.Client, query string) {
	p.t.Helper()
	p.do(chromedp.Navigate(client.URL + "/?" + query))
	p.await(settled)
}

// consents answers the consent page.
func (p *page) consents(answer string) {
	p.t.Helper()
	p.shows("/consent", "May the client know who you are?")
	p.press(answer)
}

// tells requires that the browser is back at the client, and that the client shows the text.
func (p *page) tells(client *hydratest.Client, text string) {
	p.t.Helper()
	require.Equal(p.t, client.URL+"/callback", run[string](p, `location.origin + location.pathname`))
	require.Contains(p.t, p.text(), text)
}

// isKnown requires that the client knows who the user is.
func (p *page) isKnown(client *hydratest.Client, identity kratostest.Identity) {
	p.t.Helper()
	p.tells(client, "issuer="+p.site.hydra.PublicURL+" subject="+identity.ID)
}

// TestSingleSignOn logs in to several clients. The second client needs no password, but one
// client asks for it again.
func TestSingleSignOn(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startSSO(t, change)
			mail, files := s.hydra.StartClient(t, "mail"), s.hydra.StartClient(t, "files")
			p := s.open(t, "/login")
			p.opens(mail, "")
			p.shows("/login", "Log in")
			p.fill(identifier, ada.Email)
			p.fill(password, "a wild guess")
			p.press(withPassword)
			p.shows("/login", "Log in", "credentials are invalid")
			p.logIn()
			p.consents("Yes")
			p.isKnown(mail, s.ada)
			require.Contains(t, p.cookies(), sessionCookie)

			p.opens(files, "")
			p.consents("Yes")
			p.isKnown(files, s.ada)

			p.opens(files, "prompt=login")
			p.shows("/login", "Confirm that it is you")
			p.capture("sso-again")
			p.fill(identifier, ada.Email)
			p.fill(password, ada.Password)
			p.press("Sign in")
			p.consents("Yes")
			p.isKnown(files, s.ada)

			p.visit("/")
			p.isAda()
		})
	}
}

func TestConsentRefused(t *testing.T) {
	t.Parallel()
	s := startSSO(t, nil)
	mail := s.hydra.StartClient(t, "mail")
	p := s.open(t, "/login")
	p.opens(mail, "")
	p.logIn()
	p.consents("No")
	p.tells(mail, "error=access_denied")

	p.opens(mail, "") // Hydra already knows the user
	p.consents("Yes")
	p.isKnown(mail, s.ada)
}
