package cli

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

// binary is the command under test, and binaryDir the folder that has it alone.
var binary, binaryDir string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "ory-login-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary, err = clitest.Build(context.Background(), folder)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	binaryDir = folder
	return m.Run()
}
