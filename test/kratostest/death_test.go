package kratostest_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/orylogin/orylogin/test/kratostest"
)

// deathEnv makes the test binary a program that starts a Kratos and dies in
// the way the variable tells.
const deathEnv = "KRATOSTEST_DEATH"

func TestMain(m *testing.M) {
	if death := os.Getenv(deathEnv); death != "" {
		startAndDie(death)
	}
	os.Exit(m.Run())
}

func startAndDie(death string) {
	kratos, err := kratostest.Run(context.Background())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println(kratos.PublicURL)
	// The parent closes the standard input once it has seen Kratos.
	_, _ = bufio.NewReader(os.Stdin).ReadByte()
	switch death {
	case "kill -9":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "panic":
		panic("as asked")
	}
	os.Exit(1)
}

func TestKratosEndsHoweverItsProcessEnds(t *testing.T) {
	t.Parallel()
	for _, death := range []string{"kill -9", "panic", "exit"} {
		t.Run(death, func(t *testing.T) {
			t.Parallel()
			temp := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), deathEnv+"="+death, "TMPDIR="+temp)
			input, err := cmd.StdinPipe()
			require.NoError(t, err)
			output, err := cmd.StdoutPipe()
			require.NoError(t, err)
			require.NoError(t, cmd.Start())

			line, err := bufio.NewReader(output).ReadString('\n')
			require.NoError(t, err)
			url := strings.TrimSpace(line)
			require.True(t, listening(t, url))
			require.NoError(t, input.Close())
			require.Error(t, cmd.Wait())

			assert.Eventually(t, func() bool { return !listening(t, url) }, 5*time.Second, 10*time.Millisecond)
			assert.Eventually(t, func() bool {
				left, err := filepath.Glob(filepath.Join(temp, "*"))
				return err == nil && len(left) == 0
			}, 5*time.Second, 10*time.Millisecond, "the directory of Kratos stays")
		})
	}
}
