package nginxtest_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/nginxtest"
)

// TestChange changes the configuration. The log and the port must stay the same after a
// restart.
func TestChange(t *testing.T) {
	t.Parallel()
	proxy := nginxtest.Start(t, nginxtest.Config{Server: "location / { return 204; }"})
	ask := func() int {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, proxy.URL+"/path", nil)
		require.NoError(t, err)
		response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode
	}
	require.Equal(t, http.StatusNoContent, ask())
	require.NoError(t, proxy.Configure(t.Context(), nginxtest.Config{Server: "location / { return 503; }"}))
	changed := func() bool { return ask() == http.StatusServiceUnavailable }
	require.Eventually(t, changed, time.Minute, 10*time.Millisecond)
	require.NoError(t, proxy.Halt())
	require.NoError(t, proxy.Resume(t.Context()))
	require.Equal(t, http.StatusServiceUnavailable, ask())
	require.NoError(t, proxy.Halt()) // nginx writes its log after the answer
	requests, err := proxy.Log()
	require.NoError(t, err)
	require.GreaterOrEqual(t, len(requests), 3)
	require.Equal(t, "/path", requests[0].Path)
	require.Equal(t, http.StatusNoContent, requests[0].Status)
}
