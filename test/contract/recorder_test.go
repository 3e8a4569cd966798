package contract_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/contract"
)

// TestRecorder shows an exchange whole, and takes nothing of it from either side.
func TestRecorder(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		received, err := io.ReadAll(r.Body)
		if err != nil {
			panic(err)
		}
		w.Header().Set("X-Answer", "yes")
		w.WriteHeader(http.StatusTeapot)
		_, _ = io.WriteString(w, "echo of "+string(received))
	}))
	t.Cleanup(server.Close)
	for name, test := range map[string]struct{ baseURL, target string }{
		"from the host on":     {"", "/base/path?a=b"},
		"from the base URL on": {server.URL + "/base", "/path?a=b"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var shown []contract.Exchange
			client := &http.Client{Transport: &contract.Recorder{
				Next: http.DefaultTransport, BaseURL: test.baseURL,
				Show: func(exchange contract.Exchange) { shown = append(shown, exchange) },
			}}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/base/path?a=b", strings.NewReader("hello"))
			require.NoError(t, err)
			request.Header.Set("X-Question", "yes")
			response, err := client.Do(request)
			require.NoError(t, err)
			received, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			require.Equal(t, "echo of hello", string(received))

			require.Len(t, shown, 1)
			exchange := shown[0]
			require.Equal(t, "yes", exchange.RequestHeader.Get("X-Question"))
			require.Equal(t, "yes", exchange.Header.Get("X-Answer"))
			exchange.RequestHeader, exchange.Header = nil, nil
			require.Equal(t, contract.Exchange{
				Method: http.MethodPost, Target: test.target, RequestBody: []byte("hello"),
				Status: http.StatusTeapot, Body: []byte("echo of hello"),
			}, exchange)
		})
	}
}

// TestRecorderWithoutAnswer shows nothing of a request that nobody answers.
func TestRecorderWithoutAnswer(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	recorder := &contract.Recorder{Next: http.DefaultTransport, Show: func(contract.Exchange) { t.Error("shown") }}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, nil)
	require.NoError(t, err)
	response, err := recorder.RoundTrip(request)
	if err == nil {
		require.NoError(t, response.Body.Close())
	}
	require.Error(t, err)
}
