package webapp_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/providertest"
)

// bothWays are the application with forms that go to it, and with forms that go to Kratos.
var bothWays = map[string]func(*app.Config){
	"posted to the application": nil,
	"posted to Kratos":          func(c *app.Config) { c.PostToKratos = true },
}

// goToProvider presses the button of the provider.
func (b *tab) goToProvider() {
	b.t.Helper()
	b.press("provider", providertest.ID, nil)
}

// hasSession reports whether the browser has a session cookie.
func (b *tab) hasSession() bool {
	b.t.Helper()
	address, err := url.Parse(b.site.url)
	require.NoError(b.t, err)
	for _, cookie := range b.client.Jar.Cookies(address) {
		if cookie.Name == "ory_kratos_session" {
			return true
		}
	}
	return false
}

func TestProvider(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := providertest.Start(t, "grace@example.com")
			s, _ := start(t, change, provider.Settings()...)
			b := s.open(t, "/login?return_to=/%3Fafter%3D1")
			b.goToProvider()
			b.isAt("/", "grace@example.com")
			assert.Contains(t, b.text, "Other account")
			assert.Equal(t, "after=1", b.url.RawQuery, "nothing is lost on the way")

			provider.LogIn("grace@example.com") // grace has an account now
			b = s.open(t, "/login")
			b.goToProvider()
			b.isAt("/", "grace@example.com")
		})
	}
}

// TestProviderAsSomebodyElse comes back from the provider as another user. The session of the
// earlier user has ended.
func TestProviderAsSomebodyElse(t *testing.T) {
	t.Parallel()
	provider := providertest.Start(t, "grace@example.com")
	s, _ := start(t, nil, provider.Settings()...)
	b := s.open(t, "/login")
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
	provider.Deny()
	b.get("/login?prompt=login&return_to=/%3Fafter%3D1")
	b.goToProvider()
	b.isAt("/login", "no, thanks") // on the same form, whose CSRF cookie is there
	provider.LogIn("grace@example.com")
	b.goToProvider()
	b.isAt("/", "grace@example.com")
	assert.Equal(t, "after=1", b.url.RawQuery)
}

func TestProviderDenied(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := providertest.Start(t, "grace@example.com")
			provider.Deny()
			s, _ := start(t, change, provider.Settings()...)
			b := s.open(t, "/login?return_to=/%3Fafter%3D1")
			first := b.action()
			b.goToProvider()
			b.isAt("/login", `role="alert"`)
			assert.Equal(t, first, b.action())
			assert.Contains(t, b.text, b.told(orylogin.ErrGeneric))
			assert.Contains(t, b.text, "no, thanks")
			assert.False(t, b.hasSession())
			b.logIn(ada.Password)
			b.isAt("/", ada.Email)
			assert.Equal(t, "after=1", b.url.RawQuery)
		})
	}
}

// TestProviderConflict comes back with the address of an account that has a password. The page
// asks for the password, which links the two. After that, the provider is enough.
func TestProviderConflict(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			provider := providertest.Start(t, ada.Email)
			s, _ := start(t, change, provider.Settings()...)
			b := s.open(t, "/login")
			first := b.action()
			b.goToProvider()
			b.isAt("/login", b.told(orylogin.MessageLinkAccount))
			assert.NotEqual(t, first, b.action())
			assert.Nil(t, b.find("button", "provider", providertest.ID))
			assert.False(t, b.hasSession())

			b.press("method", "password", map[string]string{"password": "a wild guess"})
			b.isAt("/login", b.told(orylogin.ErrInvalidCredentials))
			b.press("method", "password", map[string]string{"password": ada.Password})
			b.isAt("/", ada.Email)
			assert.Contains(t, b.text, "Other account")

			provider.LogIn(ada.Email)
			b = s.open(t, "/login")
			b.goToProvider()
			b.isAt("/", ada.Email)
			assert.NotContains(t, b.text, "<li>Password")
		})
	}
}

// TestProviderRegistration comes back from a provider that does not tell everything that an
// account needs. Kratos sends the browser to the registration page, wherever that is.
func TestProviderRegistration(t *testing.T) {
	t.Parallel()
	release, err := kratostest.BinaryRelease()
	require.NoError(t, err)
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := start(t, change, providertest.Start(t, "").Settings(kratostest.EmailRequired(release))...)
			b := s.open(t, "/login")
			b.goToProvider()
			b.isAt("/registration", "You have no account here yet")
			assert.Equal(t, http.StatusForbidden, b.status)
			assert.False(t, b.hasSession())
			assert.Contains(t, b.missing(), "traits.email")

			b.get("/login")
			b.logIn(ada.Password)
			b.isAt("/", ada.Email)
		})
	}
}

// missing returns the fields of the registration to which the browser was sent.
func (b *tab) missing() []string {
	b.t.Helper()
	target := b.site.kratos.PublicURL + "/self-service/registration/flows?id=" + b.url.Query().Get("flow")
	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, target, nil)
	require.NoError(b.t, err)
	request.Header.Set("Accept", "application/json")
	response, err := b.client.Do(request)
	require.NoError(b.t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(b.t, http.StatusOK, response.StatusCode)
	var flow orylogin.Flow
	require.NoError(b.t, json.NewDecoder(response.Body).Decode(&flow))
	var names []string
	for _, node := range flow.UI.Nodes {
		names = append(names, node.Attributes.Name)
	}
	return names
}

// TestProviderWithoutRegistration comes back with an account that nobody has, while
// registration is disabled.
func TestProviderWithoutRegistration(t *testing.T) {
	t.Parallel()
	for name, change := range bothWays {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			disabled := kratostest.Set("selfservice.flows.registration.enabled", false)
			s, _ := start(t, change, providertest.Start(t, "grace@example.com").Settings(disabled)...)
			b := s.open(t, "/login")
			first := b.action()
			b.goToProvider()
			b.isAt("/login", `role="alert"`)
			assert.Equal(t, first, b.action())
			assert.Contains(t, b.text, b.told(orylogin.ErrGeneric))
			assert.False(t, b.hasSession())
			b.logIn(ada.Password)
			b.isAt("/", ada.Email)
		})
	}
}

// TestProviderPage comes from a provider that asks who the user is, like the provider of make
// webapp.
func TestProviderPage(t *testing.T) {
	t.Parallel()
	provider, err := providertest.Run(t.Context())
	require.NoError(t, err)
	provider.Ask()
	s, _ := start(t, nil, provider.Settings()...)
	for _, test := range []struct{ answer, email, page, text string }{
		{"allow", "grace@example.com", "/", "grace@example.com"},
		{"allow", ada.Email, "/login", "already used by another account"},
		{"deny", "", "/login", "no, thanks"},
		{"fail", ada.Email, "/error", "Status 503"},
	} {
		b := s.open(t, "/login")
		b.goToProvider()
		b.press("answer", test.answer, map[string]string{"email": test.email})
		b.isAt(test.page, test.text)
	}
}
