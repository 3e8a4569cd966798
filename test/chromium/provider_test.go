package chromium_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

func TestProvider(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := start(t, change, providertest.Start(t, "grace@example.com").Settings()...).open(t, "/login")
			p.shows("/login", "Log in")
			p.capture("provider", narrow)
			p.press(providertest.Label)
			p.shows("/", "Hello!", "You are signed in as grace@example.com", "Other account")
			require.Contains(t, p.cookies(), sessionCookie)
		})
	}
}

func TestProviderDenied(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := providertest.Start(t, ada.Email)
			provider.Deny()
			p := start(t, change, provider.Settings()...).open(t, "/login")
			p.press(providertest.Label)
			p.shows("/login", "Log in", "no, thanks")
			p.refuses(orylogin.ErrGeneric)
			require.NotContains(t, p.cookies(), sessionCookie)
			p.capture("provider-denied")
			p.logIn() // with a password
			p.isAda("Password")
		})
	}
}

// TestProviderConflict comes back with the address of an account that has a password. The login
// links the two.
func TestProviderConflict(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := providertest.Start(t, ada.Email)
			s := start(t, change, provider.Settings()...)
			p := s.open(t, "/login")
			p.press(providertest.Label)
			p.shows("/login", "Log in", p.told(orylogin.MessageLinkAccount))
			require.NotContains(t, p.cookies(), sessionCookie)
			p.capture("provider-conflict", narrow)
			p.fill(password, ada.Password)
			p.press(withPassword)
			p.isAda("Password", "Other account")

			p.press("Log out")
			provider.LogIn(ada.Email)
			p.press(providertest.Label)
			p.isAda("Other account")
		})
	}
}

// TestProviderRegistration comes back without something that an account must have.
func TestProviderRegistration(t *testing.T) {
	t.Parallel()
	release, err := kratostest.BinaryRelease()
	require.NoError(t, err)
	p := start(t, nil, providertest.Start(t, "").Settings(kratostest.EmailRequired(release))...).open(t, "/login")
	p.press(providertest.Label)
	p.shows("/registration", "You have no account here yet", "Please register, or log in another way.")
	p.complained("status of 403")
	require.NotContains(t, p.cookies(), sessionCookie)
	p.capture("registration")
	p.press("Start again")
	p.shows("/login", "Log in")
}
