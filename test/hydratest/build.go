package hydratest

import (
	"sync"

	"github.com/orylogin/orylogin/test/daemon"
)

var program = daemon.Program{
	Name: "Ory Hydra", Package: "github.com/ory/hydra/v2", Folder: "hydra", Env: "HYDRA_BINARY",
}

// builtOnce builds the binary at most once in a process. It keeps a failure,
// too, so that it is not repeated for every test.
var builtOnce = sync.OnceValues(program.Build)

// Build builds the Hydra binary, unless it is there and up to date, and returns its path.
// Start and Run call it; calling it before says on stderr that it builds, which go test
// hides.
func Build() (string, error) { return builtOnce() }
