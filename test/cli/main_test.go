package cli

import (
	"context"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/orylogin/orylogin/test/cli/clitest"
)

// binary is the command under test. binaryDir is its folder, which has nothing else.
var binary, binaryDir string

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "curl" {
		if err := asCurl(os.Args[1:]); err != nil {
			log.Fatal(err)
		}
		return
	}
	os.Exit(run(m))
}

func run(m *testing.M) int {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // otherwise nohup would make ory-login ignore it
	var err error
	if binaryDir, err = os.MkdirTemp("", "ory-login-"); err != nil {
		log.Print(err)
		return 1
	}
	defer func() { _ = os.RemoveAll(binaryDir) }()
	if binary, err = clitest.Build(context.Background(), binaryDir); err != nil {
		log.Print(err)
		return 1
	}
	return m.Run()
}
