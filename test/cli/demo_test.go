package cli

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDemo goes through all of its steps and shows no secret.
func TestDemo(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "run", "./cmd/demo").CombinedOutput()
	require.NoError(t, err, "%s", out)
	shown := string(out)
	for _, part := range []string{
		"serves at", "$ ory-login login", complaint, "exit code 3", "Logged in", "$ ory-login token",
		"$ ory-login whoami", "$ ory-login logout", "there is no valid session", "Done.",
	} {
		require.Contains(t, shown, part)
	}
	for _, secret := range []string{ada.Password, "a wild guess", "ory_st_"} {
		require.NotContains(t, shown, secret)
	}
}
