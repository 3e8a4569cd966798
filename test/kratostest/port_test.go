package kratostest

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTakenPortsAreReplaced(t *testing.T) {
	t.Parallel()
	for _, listener := range []string{"public", "admin"} {
		t.Run(listener, func(t *testing.T) {
			t.Parallel()
			taken := listen(t)
			picked := 0
			server, err := launch(t.Context(), func(ctx context.Context) (int, error) {
				picked++
				if picked == map[string]int{"public": 1, "admin": 2}[listener] {
					return taken, nil
				}
				return freePort(ctx)
			}, nil)
			require.NoError(t, err)
			defer server.Stop()
			assert.Equal(t, 4, picked, "two ports for each of two attempts")
		})
	}
}

func TestTakenPortsOfASettingAreAnError(t *testing.T) {
	t.Parallel()
	_, err := Run(t.Context(), Set(publicPort, listen(t)))
	assert.ErrorIs(t, err, errPortTaken)
}

// listen returns a port that is in use during the test.
func listen(t *testing.T) int {
	t.Helper()
	var config net.ListenConfig
	listener, err := config.Listen(t.Context(), "tcp4", loopback+":0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	return listener.Addr().(*net.TCPAddr).Port
}
