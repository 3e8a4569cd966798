// Command build builds the named servers, kratos or hydra, unless they are there and up to
// date. It says on standard error that it builds, and which programs of the system are missing.
// Tests that need a missing program are skipped.
package main

import (
	"fmt"
	"os"

	"github.com/orylogin/orylogin/test/daemon"
	"github.com/orylogin/orylogin/test/hydratest"
	"github.com/orylogin/orylogin/test/kratostest"
	"github.com/orylogin/orylogin/test/plain"
)

func main() {
	servers := map[string]func() (string, error){"kratos": kratostest.Build, "hydra": hydratest.Build}
	for _, name := range os.Args[1:] {
		build, known := servers[name]
		if !known {
			plain.Failure(fmt.Sprintf("there is no server %q", name))
			os.Exit(2)
		}
		if _, err := build(); err != nil {
			plain.Failure(err)
			os.Exit(1)
		}
	}
	for _, command := range []daemon.Command{daemon.Postgres, daemon.Nginx, daemon.Redis} {
		if _, err := command.Find(); err != nil {
			plain.Failure("some tests are skipped:", err)
		}
	}
}
