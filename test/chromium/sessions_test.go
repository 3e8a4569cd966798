package chromium_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
)

// TestSessions lists ada's sessions and revokes those of other devices.
func TestSessions(t *testing.T) {
	t.Parallel()
	s := start(t, nil)
	p := s.open(t, "/login")
	client, err := orylogin.New(s.public)
	require.NoError(t, err)
	for _, userAgent := range []string{
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
	} {
		_, err := client.Login(t.Context(), orylogin.Password{Identifier: ada.Email, Password: orylogin.NewSecret(ada.Password)},
			orylogin.WithDevice(userAgent, netip.MustParseAddr("192.0.2.7")))
		require.NoError(t, err)
	}
	p.logIn()
	p.press("Where you are signed in")
	p.shows("/sessions", "Where you are signed in", "this one", "Safari on iPhone", "Firefox on Windows", "192.0.2.7")
	p.capture("sessions", narrow)

	p.press("End") // the first of the buttons
	p.shows("/sessions", "Where you are signed in", "Safari on iPhone")
	assert.NotContains(t, p.text(), "Firefox on Windows")
	p.press("End all other sessions")
	p.shows("/sessions", "Where you are signed in", "this one")
	assert.NotContains(t, p.text(), "Safari on iPhone")
	p.press("Back")
	p.isAda()
}
