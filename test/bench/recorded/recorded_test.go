package recorded_test

import (
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/bench/recorded"
)

func TestLoad(t *testing.T) {
	t.Parallel()
	_, err := recorded.Load("no such answer")
	require.Error(t, err)
	for _, name := range recorded.Refusals() {
		answer, err := recorded.Load(name)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, answer.Status, http.StatusBadRequest, name)
		assert.True(t, json.Valid(answer.Body), name)
	}
}

func TestWithNodes(t *testing.T) {
	t.Parallel()
	answer, err := recorded.Load("flow")
	require.NoError(t, err)
	for _, count := range []int{1, 8, 800} {
		grown, err := answer.WithNodes(count)
		require.NoError(t, err)
		var flow struct {
			ID string `json:"id"`
			UI struct {
				Action string `json:"action"`
				Nodes  []any  `json:"nodes"`
			} `json:"ui"`
		}
		require.NoError(t, json.Unmarshal(grown.Body, &flow))
		assert.Len(t, flow.UI.Nodes, count)
		assert.NotEmpty(t, flow.ID)
		assert.NotEmpty(t, flow.UI.Action)
	}
}

func TestServerCountsConnections(t *testing.T) {
	t.Parallel()
	script, err := recorded.LoginScript()
	require.NoError(t, err)
	server := script.Serve()
	t.Cleanup(server.Close)
	for range 3 {
		client := &http.Client{Transport: &http.Transport{}}
		for range 2 {
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/sessions/whoami", nil)
			require.NoError(t, err)
			response, err := client.Do(request)
			require.NoError(t, err)
			body, err := io.ReadAll(response.Body)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			assert.Equal(t, script.Session.Body, body)
		}
		client.CloseIdleConnections()
	}
	assert.Equal(t, 3, server.Opened())
}
