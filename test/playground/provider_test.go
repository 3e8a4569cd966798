package playground_test

import (
	"net/url"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin"
	"github.com/orylogin/orylogin/orylogintest"
	"github.com/orylogin/orylogin/test/providertest"
)

// TestProviderPage checks that a test can press the same buttons at the provider of make kratos and
// at one of the fake.
func TestProviderPage(t *testing.T) {
	t.Parallel()
	provider, err := providertest.Run(t.Context())
	require.NoError(t, err)
	provider.Ask()
	server := orylogintest.NewServer(t, orylogintest.WithProviders(providertest.ID))
	_, err = server.Client().Login(t.Context(), orylogin.OIDC{Provider: providertest.ID})
	var change *orylogin.LocationChangeError
	require.ErrorAs(t, err, &change)
	there, err := url.Parse(change.URL)
	require.NoError(t, err)
	form := regexp.MustCompile(`(?s)<form>.*</form>`)
	require.Equal(t, form.FindString(page(t, change.URL)), form.FindString(page(t, provider.URL()+"/oidc/authorize?"+there.RawQuery)))
}
