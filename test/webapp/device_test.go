package webapp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/api"
	"github.com/orylogin/orylogin/examples/webapp/app"
	"github.com/orylogin/orylogin/test/providertest"
)

// devices returns the devices of the browser's session, as Kratos lists them.
func (b *tab) devices() []api.SessionDevice {
	b.t.Helper()
	request := httptest.NewRequestWithContext(b.t.Context(), http.MethodGet, b.site.url, nil)
	for _, cookie := range b.client.Jar.Cookies(b.url) {
		request.AddCookie(cookie)
	}
	session, err := b.site.client.Visit(nil, request).Whoami(b.t.Context())
	require.NoError(b.t, err)
	return session.Devices
}

// TestDevice logs in behind a proxy. The proxy adds the address that it has seen to those that
// the browser claims. Kratos must list the browser, and not the application.
func TestDevice(t *testing.T) {
	t.Parallel()
	s, _ := start(t, func(c *app.Config) { c.AddressHeader = "X-Forwarded-For" })
	b := s.newTab(t)
	b.sends = http.Header{"User-Agent": {"Mozilla/5.0 (ada's)"}, "X-Forwarded-For": {"198.51.100.1, 203.0.113.7"}}
	b.get("/login")
	b.logIn(ada.Password)
	b.isAt("/", ada.Email)
	devices := b.devices()
	require.Len(t, devices, 1)
	assert.Equal(t, "Mozilla/5.0 (ada's)", devices[0].UserAgent)
	assert.Equal(t, "203.0.113.7", devices[0].IPAddress)
}

// TestDeviceOfProvider comes back from a provider to Kratos itself. Kratos believes the headers
// of the request, so the proxy before Kratos must replace them.
func TestDeviceOfProvider(t *testing.T) {
	t.Parallel()
	s, _ := start(t, nil, providertest.Start(t, "grace@example.com").Settings()...)
	b := s.newTab(t)
	b.sends = http.Header{"User-Agent": {"Mozilla/5.0 (grace's)"}, "True-Client-IP": {"198.51.100.1"}}
	b.get("/login")
	b.goToProvider()
	b.isAt("/", "grace@example.com")
	devices := b.devices()
	require.Len(t, devices, 1)
	assert.Equal(t, "Mozilla/5.0 (grace's)", devices[0].UserAgent)
	assert.Equal(t, "198.51.100.1", devices[0].IPAddress)
}
